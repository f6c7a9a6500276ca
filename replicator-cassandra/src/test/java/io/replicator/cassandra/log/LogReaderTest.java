package io.replicator.cassandra.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a segment is done with, on files of a node's form. */
class LogReaderTest {
  private static final int HEADER = 20;
  private static final int SIZE = 4_096;
  private final List<String> told = new ArrayList<>();
  private final Instant begin = Instant.ofEpochSecond(1_000);
  @TempDir private Path directory;
  private LogReader reader;
  private Instant upTo = Instant.EPOCH;
  private boolean runs;
  private boolean lost = true;

  @BeforeEach
  void open() {
    open(Position.startOf(1), Duration.ZERO);
  }

  private void open(Position from, Duration apart) {
    reader =
        new LogReader(
            new LogDirectory(directory),
            from,
            new LogListener() {
              @Override
              public void missed() {
                told.add("missed");
              }

              @Override
              public void entry(ByteBuffer entry, int version, Position before, WriteTime written) {
                told.add("entry of " + before.segment());
              }

              @Override
              public void passed(Position position) {}

              @Override
              public void caughtUp(Position position, Instant before) {
                told.add("caught up in " + position.segment());
                upTo = before;
              }

              @Override
              public void damaged(Path segment, DamagedLogException what) {
                told.add(what.getMessage());
              }

              @Override
              public boolean missing(
                  Position position, NavigableMap<Long, Path> segments, boolean read) {
                told.add(position.segment() + " is missing, " + (read ? "read" : "not read"));
                return lost && !read && segments.higherKey(position.segment()) != null;
              }

              @Override
              public boolean writes() {
                return runs;
              }

              @Override
              public void linkedAgain(boolean wrote) {
                told.add("linked again" + (wrote ? ", and may be lost" : ""));
              }

              @Override
              public void readsOn() {
                told.add("reads on");
              }
            },
            apart);
  }

  private static CRC32 idChecksum(long id) {
    CRC32 crc = new CRC32();
    SegmentFile.update(crc, (int) id);
    SegmentFile.update(crc, (int) (id >>> 32));
    return crc;
  }

  private static ByteBuffer segment(long id) {
    ByteBuffer bytes = ByteBuffer.allocate(SIZE);
    bytes.putInt(8).putLong(id).putShort((short) 2).put((byte) '{').put((byte) '}');
    CRC32 crc = new CRC32();
    SegmentFile.update(crc, 8);
    SegmentFile.update(crc, (int) id);
    SegmentFile.update(crc, (int) (id >>> 32));
    SegmentFile.update(crc, 2);
    crc.update(new byte[] {'{', '}'});
    return bytes.putInt((int) crc.getValue());
  }

  /** Adds a section of one entry at a place; returns where it ends. */
  private static int section(ByteBuffer bytes, long id, int at) {
    int length = 16;
    int end = at + 8 + 12 + length;
    CRC32 place = idChecksum(id);
    SegmentFile.update(place, at);
    bytes.putInt(at, end).putInt(at + 4, (int) place.getValue());
    CRC32 entry = new CRC32();
    SegmentFile.update(entry, length);
    bytes.putInt(at + 8, length).putInt(at + 12, (int) entry.getValue());
    entry.update(new byte[length]);
    bytes.putInt(end - 4, (int) entry.getValue());
    return end;
  }

  /** Adds an entry at a place whose section is not marked yet; returns where it ends. */
  private static int unmarked(ByteBuffer bytes, long id, int at) {
    int end = section(bytes, id, at);
    bytes.putLong(at, 0);
    return end;
  }

  private void write(long id, ByteBuffer bytes) throws IOException {
    byte[] content = new byte[SIZE];
    bytes.duplicate().clear().get(content);
    Files.write(directory.resolve("CommitLog-8-" + id + ".log"), content);
  }

  private void steps(int count, Instant now) throws IOException, InterruptedException {
    for (int i = 0; i < count; i++) {
      reader.step(now, now);
    }
  }

  @Test
  void aLateEntryOfTheSegmentBeforeIsReadAfterALaterOneWasBegun() throws Exception {
    ByteBuffer first = segment(1);
    int end = section(first, 1, HEADER);
    ByteBuffer second = segment(2);
    section(second, 2, HEADER);
    write(1, first);
    write(2, second);
    steps(3, begin);
    assertThat(told).containsExactly("entry of 1");
    section(first, 1, end);
    write(1, first);
    steps(10, begin.plus(LogReader.LATE));
    assertThat(told)
        .startsWith("entry of 1", "entry of 1", "entry of 2")
        .endsWith("caught up in 2");
  }

  @Test
  void theSectionsThatWaitAreToldOfOnceAndWhatIsWrittenLaterAnew() throws Exception {
    ByteBuffer first = segment(1);
    int end = section(first, 1, section(first, 1, HEADER));
    write(1, first);
    steps(1, begin);
    section(first, 1, end);
    write(1, first);
    steps(2, begin);
    assertThat(told).containsExactly("entry of 1", "entry of 1", "entry of 1");
  }

  @Test
  void oneWithoutAHeaderIsDamagedOnceALaterOneHasContent() throws Exception {
    ByteBuffer headless = segment(1);
    section(headless, 1, HEADER);
    headless.putInt(0, 0);
    write(1, headless);
    steps(2, begin);
    assertThat(told).containsExactly("caught up in 1", "caught up in 1");
    told.clear();
    ByteBuffer second = segment(2);
    section(second, 2, HEADER);
    write(2, second);
    steps(2, begin);
    assertThat(told).containsExactly("CommitLog-8-1.log has no header", "entry of 2");
  }

  @Test
  void anEmptiedLogIsMissingAndNothingIsKnownOfIt() throws Exception {
    steps(1, begin);
    assertThat(told).containsExactly("1 is missing, not read");
    told.clear();
    ByteBuffer second = segment(2);
    section(second, 2, HEADER);
    write(2, second);
    steps(1, begin);
    assertThat(told).startsWith("1 is missing, not read", "entry of 2");
  }

  /** A node links the segment that comes next while it writes to the one before. */
  @Test
  void aBlankSegmentBehindAMissingOneProvesNothing() throws Exception {
    ByteBuffer second = segment(2);
    write(2, second);
    steps(3, begin);
    assertThat(told).containsExactly("1 is missing, not read");
    assertThat(reader.isBlind(begin)).isTrue();
    assertThat(reader.at()).as("so that the next life sees it, too").isEqualTo(Position.startOf(1));
    section(second, 2, HEADER);
    write(2, second);
    told.clear();
    steps(2, begin);
    assertThat(told)
        .containsExactly("1 is missing, not read", "linked again", "entry of 2", "caught up in 2");
    assertThat(reader.isBlind(begin)).isFalse();
  }

  @Test
  void linksThatAreRemovedWhileTheLogIsReadAreMissedUntilALaterSegmentIsWrittenTo()
      throws Exception {
    ByteBuffer first = segment(1);
    section(first, 1, HEADER);
    write(1, first);
    steps(2, begin);
    Files.delete(directory.resolve("CommitLog-8-1.log"));
    steps(1, begin);
    steps(1, begin.plus(Links.BLIND));
    told.clear();
    ByteBuffer third = segment(3);
    write(3, third);
    steps(3, begin.plus(Links.BLIND));
    assertThat(told).as("the node may be writing to the second").isEmpty();
    section(third, 3, HEADER);
    write(3, third);
    steps(1, begin.plus(Links.BLIND));
    steps(9, begin.plus(Links.BLIND).plus(LogReader.LATE));
    assertThat(told).contains("linked again", "entry of 3").endsWith("caught up in 3");
  }

  @Test
  void whatANodeWritesWhileNothingStandsHereMayBeLostHoweverShortThatWas() throws Exception {
    runs = true;
    ByteBuffer first = segment(1);
    section(first, 1, HEADER);
    write(1, first);
    write(2, segment(2));
    steps(2, begin);
    Files.delete(directory.resolve("CommitLog-8-1.log"));
    Files.delete(directory.resolve("CommitLog-8-2.log"));
    steps(1, begin);
    steps(1, begin.plus(LogReader.LATE));
    assertThat(reader.isBlind(begin.plus(LogReader.LATE))).isTrue();
    told.clear();
    ByteBuffer third = segment(3);
    write(3, third);
    steps(3, begin.plus(LogReader.LATE));
    assertThat(told).isEmpty();
    section(third, 3, HEADER);
    write(3, third);
    steps(1, begin.plus(LogReader.LATE));
    steps(9, begin.plus(LogReader.LATE.multipliedBy(2)));
    assertThat(told)
        .startsWith("1 is missing, read", "linked again, and may be lost", "entry of 3")
        .endsWith("caught up in 3");
  }

  @Test
  void aBlankSegmentBehindOneThatIsMissingProvesNothingThoughTheOneBeforeIsRead() throws Exception {
    ByteBuffer first = segment(1);
    section(first, 1, HEADER);
    write(1, first);
    steps(2, begin);
    told.clear();
    Files.delete(directory.resolve("CommitLog-8-1.log"));
    write(3, segment(3));
    steps(3, begin);
    assertThat(told).as("the node may be writing to the second").isEmpty();
    write(2, segment(2));
    steps(1, begin);
    assertThat(told).as("the node writes to what is open").containsExactly("caught up in 1");
  }

  @Test
  void aBlankSegmentBehindOneThatIsGoneProvesNothingThoughNothingIsLost() throws Exception {
    lost = false;
    write(2, segment(2));
    steps(3, begin);
    assertThat(told).as("the node may be writing to the first").doesNotContain("caught up in 2");
    assertThat(reader.at()).isEqualTo(Position.startOf(1));
    ByteBuffer second = segment(2);
    section(second, 2, HEADER);
    write(2, second);
    steps(2, begin);
    assertThat(told).endsWith("entry of 2", "caught up in 2");
  }

  @Test
  void whatIsOfAFormThatCannotBeReadIsNotReadToItsEnd() throws Exception {
    ByteBuffer unknown = segment(1);
    unknown.putInt(0, 99); // its checksum is wrong by that, too
    section(unknown, 1, HEADER);
    write(1, unknown);
    steps(3, begin);
    assertThat(told).isEmpty();
    ByteBuffer second = segment(2);
    section(second, 2, HEADER);
    write(2, second);
    steps(3, begin);
    assertThat(told)
        .startsWith("CommitLog-8-1.log has a header with a wrong checksum")
        .endsWith("entry of 2", "caught up in 2");
  }

  @Test
  void linksThatAreMissingWhileNothingIsReadAreSeenToo() throws Exception {
    runs = true;
    ByteBuffer first = segment(1);
    section(first, 1, HEADER);
    write(1, first);
    steps(2, begin);
    told.clear();
    reader.saw(new TreeMap<>(), begin);
    reader.saw(new TreeMap<>(), begin.plusSeconds(1));
    Files.delete(directory.resolve("CommitLog-8-1.log"));
    ByteBuffer third = segment(3);
    section(third, 3, HEADER);
    write(3, third);
    steps(1, begin.plusSeconds(1));
    steps(3, begin.plusSeconds(1).plus(LogReader.LATE));
    assertThat(told).startsWith("1 is missing, read", "linked again, and may be lost");
  }

  @Test
  void aFolderThatIsMountedLaterMakesNoLaterRestartALoss() throws Exception {
    open(Position.startOf(0), Duration.ZERO);
    runs = true;
    steps(1, begin);
    steps(1, begin.plus(Links.BLIND));
    ByteBuffer first = segment(1);
    section(first, 1, HEADER);
    write(1, first);
    steps(2, begin.plus(Links.BLIND));
    runs = false;
    Files.delete(directory.resolve("CommitLog-8-1.log"));
    Instant later = begin.plusSeconds(60);
    steps(1, later);
    steps(1, later.plus(Links.BLIND));
    ByteBuffer next = segment(1_000);
    section(next, 1_000, HEADER);
    write(1_000, next);
    steps(1, later.plus(Links.BLIND));
    steps(3, later.plus(Links.BLIND).plus(LogReader.LATE));
    assertThat(told).contains("linked again", "entry of 1000");
  }

  @Test
  void aFolderThatIsEmptyWhileTheNodeIsDownIsNoLoss() throws Exception {
    ByteBuffer first = segment(1);
    section(first, 1, HEADER);
    write(1, first);
    steps(2, begin);
    Files.delete(directory.resolve("CommitLog-8-1.log"));
    steps(1, begin);
    steps(1, begin.plus(Links.BLIND));
    runs = true;
    ByteBuffer next = segment(1_000);
    section(next, 1_000, HEADER);
    write(1_000, next);
    steps(1, begin.plus(Links.BLIND));
    steps(4, begin.plus(Links.BLIND).plus(LogReader.LATE));
    assertThat(told).contains("linked again", "entry of 1000");
  }

  @Test
  void aFolderThatWasAwayIsReadOn() throws Exception {
    ByteBuffer first = segment(1);
    section(first, 1, HEADER);
    write(1, first);
    steps(2, begin);
    Files.delete(directory.resolve("CommitLog-8-1.log"));
    steps(1, begin);
    steps(1, begin.plus(Links.BLIND));
    assertThat(reader.isBlind(begin.plus(Links.BLIND))).isTrue();
    told.clear();
    write(1, first);
    steps(2, begin.plus(Links.BLIND));
    assertThat(reader.isBlind(begin.plus(Links.BLIND))).isFalse();
    assertThat(told).containsOnly("caught up in 1");
  }

  @Test
  void oneInWhichNothingWasWrittenIsPassedOver() throws Exception {
    write(1, ByteBuffer.allocate(SIZE));
    ByteBuffer second = segment(2);
    section(second, 2, HEADER);
    write(2, second);
    steps(2, begin);
    assertThat(told).containsExactly("entry of 2");
  }

  @Test
  void whatIsNotMarkedYetIsNotPassed() throws Exception {
    ByteBuffer first = segment(1);
    int end = section(first, 1, HEADER);
    unmarked(first, 1, end);
    write(1, first);
    steps(3, begin);
    steps(3, begin.plusSeconds(5));
    assertThat(told).as("while the node syncs").containsExactly("entry of 1");
    section(first, 1, end);
    write(1, first);
    steps(2, begin.plusSeconds(6));
    assertThat(told).endsWith("entry of 1", "caught up in 1");
    assertThat(upTo).isEqualTo(begin.plusSeconds(6).minus(LogReader.LATE));
  }

  @Test
  void whatStandsBehindAPlaceThatIsEmptyStillIsNotPassed() throws Exception {
    ByteBuffer first = segment(1);
    int end = section(first, 1, HEADER);
    int behind = 12 + 500;
    unmarked(first, 1, end + behind);
    write(1, first);
    steps(3, begin);
    steps(3, begin.plusSeconds(5));
    assertThat(told).as("while the node pauses").containsExactly("entry of 1");
    section(first, 1, end);
    write(1, first);
    assertThat(told).as("acknowledged, and not read").doesNotContain("caught up in 1");
  }

  @Test
  void whatIsNotMarkedYetInALaterSegmentIsNotPassed() throws Exception {
    ByteBuffer first = segment(1);
    section(first, 1, HEADER);
    write(1, first);
    ByteBuffer second = segment(2);
    unmarked(second, 2, HEADER);
    write(2, second);
    steps(3, begin);
    assertThat(told).containsExactly("entry of 1");
    section(second, 2, HEADER);
    write(2, second);
    steps(1, begin);
    steps(3, begin.plus(LogReader.LATE));
    assertThat(told).endsWith("entry of 2", "caught up in 2");
  }

  @Test
  void underConstantLoadAllIsReadThatStoodThereTwoSectionsBefore() throws Exception {
    ByteBuffer first = segment(1);
    int end = section(first, 1, HEADER);
    for (int second = 0; second < 6; second++) {
      unmarked(first, 1, end);
      write(1, first);
      steps(2, begin.plusSeconds(second));
      assertThat(upTo).isEqualTo(second < 2 ? Instant.EPOCH : begin.plusSeconds(second - 2));
      end = section(first, 1, end);
    }
  }

  @Test
  void aSegmentIsNotLeftWhileItsNodeHasSomethingToMark() throws Exception {
    ByteBuffer first = segment(1);
    unmarked(first, 1, section(first, 1, HEADER));
    write(1, first);
    ByteBuffer second = segment(2);
    section(second, 2, HEADER);
    write(2, second);
    steps(3, begin);
    steps(3, begin.plusSeconds(60));
    assertThat(told).containsExactly("entry of 1");
    ByteBuffer third = segment(3);
    section(third, 3, HEADER);
    write(3, third);
    steps(2, begin.plusSeconds(60));
    assertThat(told).as("what was not marked never will be").endsWith("entry of 2");
  }

  @Test
  void whatAKilledNodeHadNotMarkedIsLeftBehindOnceItRunsAgain() throws Exception {
    ByteBuffer first = segment(1);
    unmarked(first, 1, section(first, 1, HEADER));
    write(1, first);
    write(2, segment(2));
    ByteBuffer next = segment(1_000);
    section(next, 1_000, HEADER);
    write(1_000, next);
    steps(2, begin);
    steps(4, begin.plus(LogReader.LATE));
    steps(4, begin.plus(LogReader.LATE.multipliedBy(2)));
    assertThat(told).startsWith("entry of 1", "entry of 1000").endsWith("caught up in 1000");
  }

  @Test
  void anIdleFolderIsLookedAtTwentyTimesASecondAndAnEntryIsReadAtOnce() throws Exception {
    open(Position.startOf(1), LogReader.LOOK);
    ByteBuffer first = segment(1);
    int end = section(first, 1, HEADER);
    write(1, first);
    write(2, segment(2));
    steps(1, begin);
    told.clear();
    for (int poll = 0; poll < 200; poll++) {
      steps(1, begin.plusMillis(5L * (poll + 1)));
    }
    assertThat(told).hasSize(20).containsOnly("caught up in 1");
    told.clear();
    section(first, 1, end);
    write(1, first);
    steps(1, begin.plusMillis(1_001));
    assertThat(told).containsExactly("entry of 1");
  }

  private void writtenAt(long id, Instant when) throws IOException {
    Files.setLastModifiedTime(directory.resolve("CommitLog-8-" + id + ".log"), FileTime.from(when));
  }

  /** Opens a reader that has read one section of a segment; returns where that ends. */
  private int readOf(long id) throws Exception {
    open(Position.startOf(id), Duration.ZERO);
    ByteBuffer bytes = segment(id);
    int end = section(bytes, id, HEADER);
    write(id, bytes);
    steps(2, begin);
    assertThat(told).containsExactly("entry of " + id, "caught up in " + id);
    told.clear();
    return end;
  }

  /** Looks at the folder as often as a source does. */
  private void saw(long second) throws Exception {
    reader.saw(new LogDirectory(directory).segments(), begin.plusSeconds(second));
  }

  @Test
  void aPassedSegmentOfAClockThatWasAheadHoldsUpNothing() throws Exception {
    write(4, segment(4));
    writtenAt(4, begin.plusSeconds(3_600));
    readOf(5);
    writtenAt(5, begin);
    for (int second = 0; second <= 30; second++) {
      saw(second);
      steps(1, begin.plusSeconds(second));
    }
    assertThat(reader.wentBack()).isEmpty();
    assertThat(told).hasSize(31).containsOnly("caught up in 5");
    assertThat(upTo).isEqualTo(begin.plusSeconds(30).minus(LogReader.LATE));
    assertThat(reader.mayHaveGoneBack(begin.plusSeconds(30))).isFalse();
    told.clear();
    ByteBuffer bytes = segment(5);
    section(bytes, 5, section(bytes, 5, HEADER));
    write(5, bytes);
    writtenAt(5, begin);
    steps(1, begin.plusSeconds(31));
    assertThat(told).containsExactly("entry of 5");
  }

  @Test
  void aNodeThatGoesOnWritingBeforeThePositionIsNotReadToItsEnd() throws Exception {
    write(3, segment(3));
    write(4, segment(4));
    readOf(5);
    saw(0);
    writtenAt(3, begin);
    saw(1);
    steps(1, begin.plusSeconds(1));
    assertThat(reader.wentBack()).as("its last sync").isEmpty();
    assertThat(told).containsExactly("caught up in 5");
    told.clear();
    writtenAt(4, begin.plusSeconds(4));
    saw(5);
    assertThat(reader.wentBack()).isEmpty();
    writtenAt(4, begin.minusSeconds(60));
    saw(6);
    assertThat(reader.wentBack()).as("whatever its clock says").hasValue(4);
    steps(3, begin.plusSeconds(6));
    assertThat(told).isEmpty();
    saw(600);
    assertThat(reader.mayHaveGoneBack(begin.plusSeconds(600))).isTrue();

    ByteBuffer next = segment(6);
    section(next, 6, HEADER);
    write(6, next);
    steps(1, begin.plusSeconds(600));
    steps(9, begin.plusSeconds(600).plus(LogReader.LATE));
    assertThat(told).startsWith("reads on", "entry of 6").endsWith("caught up in 6");
    assertThat(reader.wentBack()).isEmpty();
    assertThat(reader.mayHaveGoneBack(begin.plusSeconds(601))).isFalse();
  }

  @Test
  void whatIsReadMeanwhileDisprovesThatTheNodeWritesBeforeThePosition() throws Exception {
    write(4, segment(4));
    int end = readOf(5);
    ByteBuffer bytes = segment(5);
    section(bytes, 5, HEADER);
    for (int second = 0; second <= 30; second++) {
      saw(second);
      writtenAt(4, begin.plusSeconds(second));
      if (second % 4 == 0) {
        end = section(bytes, 5, end);
        write(5, bytes);
      }
      steps(1, begin.plusSeconds(second));
      assertThat(reader.wentBack()).isEmpty();
    }
  }

  @Test
  void nothingIsDeletedBeforeItCanBeSeenWhereTheNodeWrites() throws Exception {
    assertThat(reader.mayHaveGoneBack(begin)).isTrue();
    saw(0);
    assertThat(reader.mayHaveGoneBack(begin.plusSeconds(10))).isTrue();
    assertThat(reader.mayHaveGoneBack(begin.plus(EarlierSegments.FIRST))).isFalse();
  }

  @Test
  void anEmptyLogIsNeverReadToItsEndAndThatIsSaidAfterAWhile() throws Exception {
    open(Position.startOf(0), Duration.ZERO);
    steps(2, begin);
    assertThat(told).containsOnly("0 is missing, not read");
    assertThat(reader.isBlind(begin)).isFalse();
    steps(1, begin.plus(Links.BLIND));
    assertThat(reader.isBlind(begin.plus(Links.BLIND))).isTrue();
    told.clear();
    write(1, segment(1));
    steps(2, begin.plus(Links.BLIND));
    assertThat(told).endsWith("caught up in 1");
    assertThat(reader.isBlind(begin.plus(Links.BLIND))).isFalse();
  }

  @Test
  void aLogThatIsEmptiedWhileItIsReadIsNotReadToItsEnd() throws Exception {
    write(1, segment(1));
    steps(1, begin);
    assertThat(told).containsExactly("caught up in 1");
    told.clear();
    Files.delete(directory.resolve("CommitLog-8-1.log"));
    steps(2, begin);
    assertThat(told).as("the node may write to one that nobody sees").isEmpty();
  }
}
