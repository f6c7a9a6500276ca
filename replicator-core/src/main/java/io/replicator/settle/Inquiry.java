package io.replicator.settle;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * An inquiry asks whose bucket it is, once for all who want to know at the same time: one question
 * is under way at most, and one waits for those who came after it was put. Safe for any thread.
 */
final class Inquiry {
  private final Supplier<CompletionStage<Optional<String>>> question;
  private final Duration fresh;
  private final InstantSource clock;
  private CompletableFuture<Answer> current;
  private Instant asked = Instant.EPOCH;
  private CompletableFuture<Answer> next;

  /**
   * @param fresh how long ago a question may have been put whose answer still does
   */
  Inquiry(
      Supplier<CompletionStage<Optional<String>>> question, Duration fresh, InstantSource clock) {
    this.question = question;
    this.fresh = fresh;
    this.clock = clock;
  }

  /**
   * What came back.
   *
   * @param identity of the bucket; empty if it has none
   * @param asked when the question was put, which the answer is no older than
   */
  record Answer(Optional<String> identity, Instant asked) {}

  /**
   * Asks, or joins those who have asked.
   *
   * @param anew whether the question must be put after this call
   * @return what completes with the answer, or with the failure of the question
   */
  CompletionStage<Answer> ask(boolean anew) {
    CompletableFuture<Answer> mine;
    synchronized (this) {
      if (current != null) {
        if (!anew && clock.instant().isBefore(asked.plus(fresh))) {
          return current;
        }
        if (next == null) {
          next = new CompletableFuture<>();
        }
        return next;
      }
      current = new CompletableFuture<>();
      asked = clock.instant();
      mine = current;
    }
    put(mine);
    return mine;
  }

  private void put(CompletableFuture<Answer> answer) {
    Instant since;
    synchronized (this) {
      since = asked;
    }
    CompletionStage<Optional<String>> put;
    try {
      put = question.get();
    } catch (RuntimeException e) {
      put = CompletableFuture.failedFuture(e);
    }
    put.whenComplete(
        (identity, failure) -> {
          CompletableFuture<Answer> waiting;
          synchronized (this) {
            waiting = next;
            current = next;
            next = null;
            asked = clock.instant();
          }
          if (failure == null) {
            answer.complete(new Answer(identity, since));
          } else {
            answer.completeExceptionally(failure);
          }
          if (waiting != null) {
            put(waiting);
          }
        });
  }
}
