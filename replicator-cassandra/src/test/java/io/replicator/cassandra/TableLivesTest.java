package io.replicator.cassandra;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.cassandra.TableMutation.Column;
import io.replicator.cassandra.TableMutation.Kind;
import io.replicator.spi.ReplicationException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.junit.jupiter.api.Test;

/** Tables that are dropped and created again, at the origin and here. */
class TableLivesTest {
  private static final TableName TABLE = new TableName("shop", "orders");
  private static final List<Column> COLUMNS =
      List.of(new Column(Kind.PARTITION_KEY, "k", "int", false));
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
  private final TableLives lives = new TableLives("cassandra/shop@west");

  /** Returns an id that was made up so many seconds after noon. */
  private static UUID id(long second) {
    long units = (NOON.getEpochSecond() + second) * 10_000_000L + 0x01b21dd213814000L;
    return new UUID(
        (units << 32) | ((units & 0xFFFF00000000L) >>> 16) | 0x1000 | (units >>> 48), 7L);
  }

  private static TableMutation mutation(UUID id, long second) {
    return new TableMutation(
        TABLE,
        id,
        COLUMNS,
        List.of(),
        List.of(ByteBuffer.allocate(4)),
        OptionalLong.of((NOON.getEpochSecond() + second) * 1_000_000),
        List.of(),
        Optional.empty(),
        List.of());
  }

  private static Instant at(long second) {
    return NOON.plusSeconds(second);
  }

  private static TableShape target(UUID id) {
    return new TableShape(TABLE, id, COLUMNS, List.of(), true, false, false, 864_000, 0);
  }

  @Test
  void whatComesLateOfATableThatTheOriginHasDroppedIsOver() {
    assertThat(lives.isOver(mutation(id(0), 5), at(5))).isFalse();
    assertThat(lives.isOver(mutation(id(10), 11), at(11))).isFalse();
    assertThat(lives.isOver(mutation(id(0), 6), at(6))).isTrue();
    assertThat(lives.isOver(mutation(id(10), 12), at(12))).isFalse();
  }

  @Test
  void aTableThatCameBackUnderItsOldIdLives() {
    assertThat(lives.isOver(mutation(id(0), 5), at(5))).isFalse();
    assertThat(lives.isOver(mutation(id(10), 11), at(11))).isFalse();
    assertThat(lives.isOver(mutation(id(0), 20), at(20))).isFalse();
  }

  @Test
  void idsThatSomebodyChoseTellNothing() {
    assertThat(lives.isOver(mutation(new UUID(1, 2), 5), at(5))).isFalse();
    assertThat(lives.isOver(mutation(id(10), 11), at(11))).isFalse();
    assertThat(lives.isOver(mutation(new UUID(1, 2), 6), at(6))).isFalse();
    assertThat(lives.refusal(mutation(id(10), 11), at(11), target(id(3)))).isEmpty();
    assertThat(lives.refusal(mutation(id(10), 12), at(12), target(new UUID(1, 2)))).isEmpty();
  }

  @Test
  void whatWasWrittenBeforeTheTargetsTableWasCreatedAnewDoesNotEnterIt() {
    assertThat(lives.refusal(mutation(id(0), 5), at(5), target(id(1)))).isEmpty();
    Optional<ReplicationException> refusal =
        lives.refusal(mutation(id(0), 6), at(6), target(id(10)));
    assertThat(refusal).get().extracting(ReplicationException::kind).hasToString("POISON");
    assertThat(refusal.get())
        .hasMessage(
            "it was written at 2026-03-01T12:00:06Z, before shop.orders was dropped here and"
                + " created again at 2026-03-01T12:00:10Z");
    assertThat(refusal.get().hint()).contains("replicator backfill cassandra/shop@west");
    assertThat(lives.refusal(mutation(id(0), 11), at(11), target(id(10))))
        .as("the origin's table lives on")
        .isEmpty();
  }

  @Test
  void whatWaitedForATableThatIsCreatedLaterHereEntersIt() {
    assertThat(lives.refusal(mutation(id(0), 5), at(5), target(id(100)))).isEmpty();
    assertThat(lives.refusal(mutation(id(0), 6), at(6), target(id(100)))).isEmpty();
    assertThat(lives.refusal(mutation(id(50), 55), at(55), target(id(100))))
        .as("of another life of the origin's table")
        .isEmpty();
  }

  @Test
  void rowsOfATableThatWasCreatedAnewAtTheOriginAloneAreSaidOnce() {
    List<String> lines =
        warnings(
            () -> {
              lives.refusal(mutation(id(0), 5), at(5), target(id(1)));
              lives.refusal(mutation(id(10), 11), at(11), target(id(1)));
              lives.refusal(mutation(id(10), 12), at(12), target(id(1)));
              lives.refusal(mutation(id(0), 6), at(6), target(id(1)));
            });
    assertThat(lines)
        .singleElement()
        .asString()
        .startsWith("flow cassandra/shop@west: shop.orders was dropped at the origin and created")
        .contains(
            "again at 2026-03-01T12:00:10Z, and here it was not",
            "TRUNCATE \"shop\".\"orders\"",
            "replicator backfill cassandra/shop@west --table shop.orders");
  }

  @Test
  void theFirstOfANewLifeAsksForAFreshLook() {
    assertThat(lives.isBirth(mutation(id(0), 5))).isFalse();
    lives.refusal(mutation(id(0), 5), at(5), target(id(1)));
    assertThat(lives.isBirth(mutation(id(0), 6))).isFalse();
    assertThat(lives.isBirth(mutation(id(10), 11))).isTrue();
    lives.refusal(mutation(id(10), 11), at(11), target(id(20)));
    assertThat(lives.isBirth(mutation(id(10), 12))).isFalse();
    assertThat(lives.isBirth(mutation(id(0), 6))).isFalse();
  }

  @Test
  void nothingIsLeftWhereTheTableWasCreatedAnewHereToo() {
    assertThat(
            warnings(
                () -> {
                  lives.refusal(mutation(id(0), 5), at(5), target(id(1)));
                  lives.refusal(mutation(id(10), 21), at(21), target(id(20)));
                }))
        .isEmpty();
  }

  static List<String> warnings(Runnable work) {
    List<String> lines = new CopyOnWriteArrayList<>();
    AbstractAppender appender =
        new AbstractAppender("lines", null, null, true, Property.EMPTY_ARRAY) {
          @Override
          public void append(LogEvent event) {
            lines.add(event.getMessage().getFormattedMessage());
          }
        };
    appender.start();
    Logger logger = (Logger) LogManager.getLogger(TableLives.class);
    Level before = logger.getLevel();
    logger.addAppender(appender);
    logger.setLevel(Level.WARN);
    try {
      work.run();
      return lines;
    } finally {
      logger.removeAppender(appender);
      logger.setLevel(before);
    }
  }
}
