package io.replicator.settle;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class InquiryTest {
  private static final Duration FRESH = Duration.ofSeconds(1);

  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
  private final List<CompletableFuture<Optional<String>>> questions = new ArrayList<>();
  private final Inquiry inquiry =
      new Inquiry(
          () -> {
            CompletableFuture<Optional<String>> question = new CompletableFuture<>();
            questions.add(question);
            return question;
          },
          FRESH,
          now::get);

  @Test
  void oneQuestionAnswersAllWhoWantToKnowAtTheSameTime() {
    CompletionStage<Inquiry.Answer> first = inquiry.ask(true);
    CompletionStage<Inquiry.Answer> second = inquiry.ask(false);

    assertThat(questions).hasSize(1);
    questions.get(0).complete(Optional.of("mine"));
    assertThat(first).isCompletedWithValue(new Inquiry.Answer(Optional.of("mine"), now.get()));
    assertThat(second).isCompletedWithValue(new Inquiry.Answer(Optional.of("mine"), now.get()));
  }

  @Test
  void whoNeedsWhatIsTrueNowGetsNoAnswerToAnEarlierQuestion() {
    CompletionStage<Inquiry.Answer> earlier = inquiry.ask(true);
    CompletionStage<Inquiry.Answer> later = inquiry.ask(true);
    CompletionStage<Inquiry.Answer> alsoLater = inquiry.ask(true);

    questions.get(0).complete(Optional.of("mine"));
    assertThat(earlier).isCompleted();
    assertThat(later).isNotCompleted();
    assertThat(questions).hasSize(2);
    questions.get(1).complete(Optional.empty());
    assertThat(later).isCompletedWithValue(new Inquiry.Answer(Optional.empty(), now.get()));
    assertThat(alsoLater).isCompleted();
    assertThat(questions).hasSize(2);
  }

  @Test
  void aQuestionPutLongAgoAnswersNobodyWhoComesNow() {
    var unused = inquiry.ask(false);
    now.updateAndGet(it -> it.plus(FRESH));

    CompletionStage<Inquiry.Answer> later = inquiry.ask(false);
    questions.get(0).complete(Optional.of("mine"));
    assertThat(later).isNotCompleted();
    assertThat(questions).hasSize(2);
  }

  @Test
  void aFailureReachesAllWhoAskedAndTheNextOneAsksAgain() {
    CompletionStage<Inquiry.Answer> first = inquiry.ask(true);
    CompletionStage<Inquiry.Answer> second = inquiry.ask(true);

    questions.get(0).completeExceptionally(new IllegalStateException("away"));
    assertThat(first).isCompletedExceptionally();
    questions.get(1).complete(Optional.of("mine"));
    assertThat(second).isCompletedWithValue(new Inquiry.Answer(Optional.of("mine"), now.get()));
    assertThat(inquiry.ask(false)).isNotCompleted();
    assertThat(questions).hasSize(3);
  }
}
