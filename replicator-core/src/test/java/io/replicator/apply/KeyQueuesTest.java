package io.replicator.apply;

import static io.replicator.fixture.FakeSource.change;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.wire.Decoded;
import io.replicator.wire.Stamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

/** Which of the entries that may begin is the next one. */
class KeyQueuesTest {
  private final KeyQueues queues = new KeyQueues();

  private static Entry entry(String key) {
    Stamp stamp = new Stamp(Stamp.newIncarnation(Instant.EPOCH, Stamp.newCapture()), 1);
    return new Entry(
        new ConsumerRecord<>("t", 0, 0, new byte[0], new byte[0]),
        new Decoded.Captured(change(key, key), stamp));
  }

  private static String key(Entry entry) {
    return ((Decoded.Captured) entry.decoded).change().key();
  }

  private List<String> rest() {
    List<String> rest = new ArrayList<>();
    while (queues.peek() != null) {
      rest.add(key(queues.remove()));
    }
    return rest;
  }

  @Test
  void whatComesAgainTakesTurnsWithWhatIsNewHoweverManyOfEitherThereAre() {
    for (String key : List.of("again-1", "again-2", "again-3")) {
      queues.addAgain(entry(key));
    }
    for (String key : List.of("new-1", "new-2")) {
      queues.add(entry(key));
    }
    assertThat(rest()).containsExactly("new-1", "again-1", "new-2", "again-2", "again-3");
  }

  @Test
  void oneThatWasGivenBackIsTheNextOfItsKindAgain() {
    queues.add(entry("new-1"));
    queues.add(entry("new-2"));
    queues.addAgain(entry("again-1"));
    queues.giveBack(queues.remove());
    queues.addAgain(entry("again-2"));
    assertThat(rest()).containsExactly("new-1", "again-1", "new-2", "again-2");
  }
}
