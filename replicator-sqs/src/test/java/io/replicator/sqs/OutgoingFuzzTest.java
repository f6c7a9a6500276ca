package io.replicator.sqs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicator.fixture.Fuzz;
import io.replicator.fixture.FuzzedRecord;
import io.replicator.model.Change;
import io.replicator.model.Region;
import io.replicator.spi.ReplicationException;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;

/** Whatever a change holds, it is refused as what no queue takes, or sent as it is. */
class OutgoingFuzzTest {
  private static final Region ORIGIN = new Region("us-west-2");

  private static Change change(Random random) {
    Change like = FuzzedRecord.change(random, Fuzz.mutated(random, "id-1"));
    TreeMap<String, byte[]> attributes = new TreeMap<>(like.attributes());
    for (int i = random.nextInt(12); i > 0; i--) {
      String type = random.nextInt(4) == 0 ? "Binary" : "String.x";
      byte[] value = "wert äö".getBytes(UTF_8);
      String name = new AttributeName(type, "ä/" + i).toString();
      boolean damaged = random.nextInt(12) == 0;
      attributes.put(
          damaged ? Fuzz.mutated(random, name) : name,
          damaged ? Fuzz.mutated(random, value) : value);
    }
    if (random.nextInt(4) == 0) {
      attributes.put(CapturedMessage.TRACE, Fuzz.mutated(random, "Root=1".getBytes(UTF_8)));
      attributes.put(CapturedMessage.GROUP, Fuzz.mutated(random, "group".getBytes(UTF_8)));
    }
    byte[] body = "the body, äöü 雪".getBytes(UTF_8);
    byte[] payload =
        switch (random.nextInt(20)) {
          case 0 -> new byte[0];
          case 1 -> new byte[(1 << 20) + random.nextInt(3) - 1];
          case 2, 3, 4 -> Fuzz.mutated(random, body);
          default -> body;
        };
    return new Change(
        like.id(),
        random.nextBoolean() ? like.key() : Fuzz.mutated(random, "group"),
        random.nextInt(9) == 0 ? Change.Kind.DELETE : Change.Kind.UPSERT,
        like.time(),
        like.version(),
        like.base(),
        attributes,
        payload);
  }

  @Test
  void aChangeIsRefusedAsPoisonOrSentWithWhatItHolds() {
    int[] outcomes = new int[2];
    Fuzz.times(
        10_000,
        random -> {
          Change change = change(random);
          SendMessageBatchRequestEntry entry;
          OutgoingMessage message;
          try {
            message = OutgoingMessage.of(change, ORIGIN, random.nextBoolean());
            entry = message.entry("0", random.nextBoolean());
          } catch (ReplicationException e) {
            assertThat(e.kind()).isEqualTo(ReplicationException.Kind.POISON);
            outcomes[0]++;
            return;
          }
          outcomes[1]++;
          assertThat(entry.messageBody().getBytes(UTF_8)).isEqualTo(change.payload());
          assertThat(message.size()).isLessThanOrEqualTo(OutgoingMessage.MOST_BYTES);
          entry.messageAttributes().forEach((name, value) -> assertHeld(change, name, value));
          if (entry.messageDeduplicationId() != null) {
            assertThat(entry.messageDeduplicationId()).matches("[!-~]{1,128}");
            assertThat(entry.messageGroupId()).isEqualTo(change.key());
          }
        });
    assertThat(outcomes).doesNotContain(0);
  }

  private static void assertHeld(Change change, String name, MessageAttributeValue value) {
    if (name.equals(ReplicatorId.ATTRIBUTE)) {
      assertThat(value.stringValue()).endsWith(change.id());
      return;
    }
    byte[] sent =
        value.binaryValue() != null
            ? value.binaryValue().asByteArray()
            : value.stringValue().getBytes(UTF_8);
    assertThat(change.attributes().entrySet())
        .anySatisfy(
            one -> {
              assertThat(AttributeName.parse(one.getKey()))
                  .contains(new AttributeName(value.dataType(), name));
              assertThat(one.getValue()).isEqualTo(sent);
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"%", "%4", "%zz", "%-1", "%+1", "%FF", "a%C3"})
  void anAttributeWithoutAPossibleNameIsPoison(String name) {
    Change odd =
        Change.upsert(
            "i",
            "k",
            Instant.EPOCH,
            new TreeMap<>(Map.of("attribute/String/" + name, new byte[] {'v'})),
            new byte[] {'b'});
    assertPoison(() -> OutgoingMessage.of(odd, ORIGIN, false));
  }

  @ParameterizedTest
  @ValueSource(strings = {"attribute/String/a", "attribute/Number/a", "trace", "group"})
  void whatHasToBeTextIsNotSentAsOtherText(String attribute) {
    Change odd =
        Change.upsert(
            "i",
            "k",
            Instant.EPOCH,
            new TreeMap<>(Map.of(attribute, new byte[] {'v', -1})),
            new byte[] {'b'});
    OutgoingMessage message = OutgoingMessage.of(odd, ORIGIN, false);
    assertPoison(() -> message.entry("0", true));
  }

  private static void assertPoison(org.assertj.core.api.ThrowableAssert.ThrowingCallable send) {
    assertThatThrownBy(send)
        .isInstanceOfSatisfying(
            ReplicationException.class,
            e -> assertThat(e.kind()).isEqualTo(ReplicationException.Kind.POISON));
  }
}
