package io.replicator.ledger;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.replicator.fixture.Fuzz;
import io.replicator.model.Region;
import io.replicator.model.Version;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LedgerFuzzTest {
  private static final String TOPIC = "replicator.us-east-1.s3.photos";

  private static LedgerRecord valid(Random random) {
    return switch (random.nextInt(5)) {
      case 0 -> LedgerRecord.holder(new Ledger.Holder("agent 1", random.nextBoolean()));
      case 1 -> LedgerRecord.identity("id-" + random.nextLong());
      case 2 -> LedgerRecord.snapshot(TOPIC, "{\"format\":1}");
      default -> LedgerRecord.entry("photos/cat.jpg", entry(random));
    };
  }

  private static LedgerEntry entry(Random random) {
    LedgerEntry entry =
        random.nextBoolean()
            ? LedgerEntry.present(version(random), Optional.of(version(random)), "e:abc")
            : LedgerEntry.deleted(version(random), Optional.empty());
    return random.nextBoolean()
        ? entry
        : entry.withIntent(Optional.of(new LedgerEntry.Intent(version(random), Optional.empty())));
  }

  private static Version version(Random random) {
    return new Version(random.nextInt(), random.nextInt(100), new Region("us-east-1"));
  }

  private static String text(byte[] bytes) {
    return new String(bytes, UTF_8);
  }

  @Test
  void aDamagedRecordIsRefusedAsItIsTakenOrCanBeReadFromThenOn() {
    int[] refused = new int[1];
    Fuzz.times(
        20_000,
        random -> {
          LedgerRecord valid = valid(random);
          byte[] key = random.nextInt(4) == 0 ? valid(random).key() : valid.key();
          byte[] value = random.nextInt(9) == 0 ? null : Fuzz.mutated(random, valid.value());
          Ledger ledger = new Ledger();
          ledger.take(text(valid.key()), text(valid.value()));
          try {
            ledger.take(text(key), value == null ? null : text(value));
          } catch (NewerFormatException | IllegalArgumentException e) {
            refused[0]++;
          }
          ledger.forEach(
              (name, entry) -> assertThat(LedgerEntry.parse(entry.toText())).isEqualTo(entry));
          ledger.holder().ifPresent(holder -> assertThat(holder.name()).isNotNull());
          assertThat(ledger.lostCount()).isBetween(0L, 1L);
        });
    assertThat(refused[0]).isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1 ", "1 agent", "1 agent helt", "0 agent held", "-7 agent held", "held"})
  void whatNamesNoHolderIsNone(String value) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Ledger().take(LedgerRecord.HOLDER, value));
  }
}
