package io.replicator.spi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.replicator.model.Change;
import io.replicator.model.Region;
import io.replicator.model.Version;
import io.replicator.spi.SettleTarget.Put;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The contract that every settle target keeps, whatever its store: what is looked at, written and
 * deleted through it, and what its users do meanwhile.
 *
 * <p>A store's test extends this and brings two buckets: the one that is settled, and the one of
 * the origin, from which bodies by reference can be fetched.
 */
public abstract class SettleTargetContract {
  private static final Version OLDER = new Version(1_700_000_000, 0, new Region("us-east-1"));
  private static final Version NEWER = new Version(1_700_000_000, 1, new Region("us-east-1"));

  /** Returns the target of the bucket that is settled. */
  protected abstract SettleTarget target();

  /** Returns the target of the bucket at the origin. */
  protected abstract SettleTarget origin();

  /** A user writes into the bucket that is settled. */
  protected abstract void write(String key, byte[] body, Map<String, String> metadata);

  /** A user writes into the bucket at the origin. */
  protected abstract void writeAtOrigin(String key, byte[] body, Map<String, String> metadata);

  /** A user deletes in the bucket that is settled. */
  protected abstract void remove(String key);

  /** A user deletes in the bucket at the origin. */
  protected abstract void removeAtOrigin(String key);

  /** Returns what a user reads in the bucket that is settled; empty if there is nothing. */
  protected abstract Optional<byte[]> bytes(String key);

  /** A user copies an object with all its metadata. */
  protected abstract void copy(String from, String to);

  /** A user writes other bytes over an object and keeps all its metadata. */
  protected abstract void rewrite(String key, byte[] body);

  /** Returns a length above which bodies travel by reference. */
  protected abstract int inlineLimit();

  /** Returns how often a user's write is raced. */
  protected int races() {
    return 200;
  }

  /** Tells whether the store takes a key at all, from anyone. */
  protected boolean takes(String key) {
    return true;
  }

  @Test
  void nothingIsSeenWhereNothingIs() {
    assertThat(look("nothing", false)).isEmpty();
    assertThat(look("nothing", true)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "ä/ 雪+%", "q?y=1&z", "//two", "a b/c+d=e", "%41", "dots/..x/.y"})
  void aKeyIsTakenAsItIs(String key) {
    assumeThat(takes(key)).isTrue();
    writeAtOrigin(key, bytesOf("of " + key), Map.of());
    Change change = upsert(key, OLDER);
    assertThat(await(put(change, Optional.empty()))).isInstanceOf(Put.Written.class);
    assertThat(bytes(key)).hasValue(bytesOf("of " + key));
    assertThat(
            await(target().delete(key, look(key, false).orElseThrow().fingerprint(), () -> true)))
        .isTrue();
    assertThat(bytes(key)).isEmpty();
  }

  @Test
  void howeverItIsLookedAtTheFingerprintIsTheSame() {
    write("looked-at", bytesOf("some"), Map.of("colour", "blue"));
    Seen headed = look("looked-at", false).orElseThrow();
    Seen whole = look("looked-at", true).orElseThrow();
    assertThat(headed.fingerprint()).isEqualTo(whole.fingerprint());
    assertThat(headed.modifiedSeconds()).isEqualTo(whole.modifiedSeconds());
    assertThat(headed.replicaOf()).isEmpty();
    Content read = await(target().read("looked-at", headed)).orElseThrow();
    whole.content().ifPresent(content -> assertThat(content.payload()).isEqualTo(read.payload()));
    assertThat(read.payload()).isEqualTo(bytesOf("some"));
  }

  @Test
  void bytesAndMetadataAreInTheFingerprint() {
    write("told-apart", bytesOf("one"), Map.of("colour", "blue"));
    String first = look("told-apart", false).orElseThrow().fingerprint();
    write("told-apart", bytesOf("two"), Map.of("colour", "blue"));
    String second = look("told-apart", false).orElseThrow().fingerprint();
    write("told-apart", bytesOf("two"), Map.of("colour", "red"));
    String third = look("told-apart", false).orElseThrow().fingerprint();
    assertThat(first).isNotEqualTo(second);
    assertThat(second).isNotEqualTo(third);
  }

  @Test
  void whatIsWrittenShowsAsItWasToldAndAsAReplica() {
    writeAtOrigin("replica", bytesOf("content"), Map.of("colour", "blue"));
    Put put = await(put(upsert("replica", OLDER), Optional.empty()));
    Seen seen = look("replica", false).orElseThrow();
    assertThat(put).isEqualTo(new Put.Written(seen.fingerprint()));
    assertThat(seen.replicaOf()).contains(OLDER);
    Seen there = await(origin().look("replica", false)).orElseThrow();
    assertThat(seen.fingerprint()).as("the same in both regions").isEqualTo(there.fingerprint());
    assertThat(there.replicaOf()).isEmpty();
  }

  @Test
  void sizesAroundEveryLimitArriveWhole() {
    for (int size : new int[] {0, 1, inlineLimit() - 1, inlineLimit(), inlineLimit() + 1}) {
      String key = "size-" + size;
      byte[] body = random(size, size);
      writeAtOrigin(key, body, Map.of("size", Integer.toString(size)));
      Put put = await(put(upsert(key, OLDER), Optional.empty()));
      Seen seen = look(key, true).orElseThrow();
      assertThat(put).as(key).isEqualTo(new Put.Written(seen.fingerprint()));
      assertThat(seen.replicaOf()).as(key).contains(OLDER);
      assertThat(bytes(key)).as(key).hasValue(body);
    }
  }

  @Test
  void aPutIsRefusedUnlessTheStoreShowsWhatIsExpected() {
    assumeThat(target().isConditional()).isTrue();
    writeAtOrigin("guarded", bytesOf("from afar"), Map.of());
    Change change = upsert("guarded", OLDER);
    write("guarded", bytesOf("mine"), Map.of());
    String mine = look("guarded", false).orElseThrow().fingerprint();
    assertThat(await(put(change, Optional.empty()))).isEqualTo(new Put.Refused());

    write("guarded", bytesOf("mine again"), Map.of());
    assertThat(await(put(change, Optional.of(mine)))).isEqualTo(new Put.Refused());
    assertThat(bytes("guarded")).hasValue(bytesOf("mine again"));

    String again = look("guarded", false).orElseThrow().fingerprint();
    remove("guarded");
    assertThat(await(put(change, Optional.of(again)))).isEqualTo(new Put.Refused());
    assertThat(bytes("guarded")).isEmpty();
  }

  @Test
  void aPutReplacesWhatIsExpected() {
    write("replaced", bytesOf("old"), Map.of());
    writeAtOrigin("replaced", bytesOf("new"), Map.of());
    Optional<String> old = look("replaced", false).map(Seen::fingerprint);
    assertThat(await(put(upsert("replaced", OLDER), old))).isInstanceOf(Put.Written.class);
    assertThat(bytes("replaced")).hasValue(bytesOf("new"));
  }

  @Test
  void aDeleteIsRefusedUnlessTheStoreShowsWhatIsExpected() {
    write("kept", bytesOf("one"), Map.of());
    String one = look("kept", false).orElseThrow().fingerprint();
    write("kept", bytesOf("two"), Map.of());
    assertThat(await(target().delete("kept", one, () -> true))).isFalse();
    assertThat(bytes("kept")).hasValue(bytesOf("two"));

    String two = look("kept", false).orElseThrow().fingerprint();
    assertThat(await(target().delete("kept", two, () -> true))).isTrue();
    assertThat(bytes("kept")).isEmpty();
    assertThat(await(target().delete("kept", two, () -> true))).as("gone already").isTrue();
  }

  @Test
  void aCopyOfAReplicaToAnotherKeyIsNoReplica() {
    replicate("copied", bytesOf("content"));
    copy("copied", "copy");
    assertThat(look("copied", false).orElseThrow().replicaOf()).contains(OLDER);
    assertThat(look("copy", false).orElseThrow().replicaOf()).isEmpty();
  }

  @Test
  void aRewriteThatKeptTheMetadataIsNoReplica() {
    replicate("rewritten", bytesOf("content"));
    rewrite("rewritten", bytesOf("CONTENT"));
    assertThat(look("rewritten", false).orElseThrow().replicaOf()).isEmpty();
  }

  @Test
  void aNewerReplicaBearsTheNewerVersion() {
    replicate("twice", bytesOf("content"));
    Optional<String> first = look("twice", false).map(Seen::fingerprint);
    await(put(upsert("twice", NEWER), first));
    assertThat(look("twice", false).orElseThrow().replicaOf()).contains(NEWER);
  }

  @Test
  void whatWasReplacedMeanwhileIsNotRead() {
    write("moving", bytesOf("one"), Map.of());
    Seen one = look("moving", false).orElseThrow();
    write("moving", bytesOf("two"), Map.of());
    assertThat(await(target().read("moving", one))).isEmpty();
    remove("moving");
    assertThat(await(target().read("moving", one))).isEmpty();
  }

  @Test
  void aBodyThatIsGoneOrChangedAtItsOriginIsToldSo() {
    byte[] body = random(inlineLimit() + 1, 1);
    writeAtOrigin("gone", body, Map.of());
    Change gone = upsert("gone", OLDER);
    removeAtOrigin("gone");
    assertThat(await(put(gone, Optional.empty()))).isInstanceOf(Put.BodyGone.class);

    writeAtOrigin("changed", body, Map.of());
    Change changed = upsert("changed", OLDER);
    writeAtOrigin("changed", random(inlineLimit() + 1, 2), Map.of());
    assertThat(await(put(changed, Optional.empty()))).isInstanceOf(Put.BodyGone.class);
    assertThat(look("gone", false)).isEmpty();
    assertThat(look("changed", false)).isEmpty();
  }

  @Test
  void anIdentityIsLeftOnceAndStays() {
    Optional<String> before = await(target().identity());
    String claimed = await(target().claim());
    before.ifPresent(known -> assertThat(claimed).isEqualTo(known));
    assertThat(await(target().claim())).isEqualTo(claimed);
    assertThat(await(target().identity())).contains(claimed);
    assertThat(await(origin().claim())).isNotEqualTo(claimed);
  }

  /** A user's write lands before the put or after it, and never under it without being seen. */
  @Test
  void aLocalWriteThatRacesWithAPutIsNeverOverwrittenUnseen() {
    assumeThat(target().isConditional()).isTrue();
    writeAtOrigin("raced", bytesOf("from afar"), Map.of());
    for (int i = 0; i < races(); i++) {
      String key = "raced";
      byte[] mine = bytesOf("mine " + i);
      Optional<String> expected = look(key, false).map(Seen::fingerprint);
      Change change = upsert(key, new Version(1_700_000_001, i, new Region("us-east-1")));
      CompletableFuture<Void> writing =
          CompletableFuture.runAsync(() -> write(key, mine, Map.of()));
      CompletionStage<Put> putting = put(change, expected);
      writing.join();
      Put put = await(putting);
      // Had the put come second it would have been refused: whatever it did, mine came last.
      assertThat(bytes(key)).as("race " + i + ", " + put).hasValue(mine);
    }
  }

  private void replicate(String key, byte[] body) {
    writeAtOrigin(key, body, Map.of("colour", "blue"));
    assertThat(await(put(upsert(key, OLDER), Optional.empty()))).isInstanceOf(Put.Written.class);
  }

  /** Returns the change that the origin would publish of what it shows. */
  protected final Change upsert(String key, Version version) {
    Seen seen = await(origin().look(key, true)).orElseThrow();
    Content content = seen.content().orElseGet(() -> await(origin().read(key, seen)).orElseThrow());
    return new Change(
        key + "@" + version,
        key,
        Change.Kind.UPSERT,
        Instant.ofEpochSecond(seen.modifiedSeconds()),
        Optional.of(version),
        Optional.empty(),
        content.attributes(),
        content.payload());
  }

  protected final Optional<Seen> look(String key, boolean withContent) {
    return await(target().look(key, withContent));
  }

  protected static <T> T await(CompletionStage<T> stage) {
    return stage.toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
  }

  protected static byte[] bytesOf(String text) {
    return text.getBytes(UTF_8);
  }

  protected static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private CompletionStage<Put> put(Change change, Optional<String> expected) {
    return target().put(change, expected, () -> true);
  }

  @Test
  void whatAnotherOwnsByNowIsNotWritten() {
    writeAtOrigin("handed over", bytesOf("x"), Map.of());
    Change change = upsert("handed over", OLDER);
    assertThat(await(target().put(change, Optional.empty(), () -> false)))
        .isEqualTo(new Put.Refused());
    assertThat(bytes("handed over")).isEmpty();
    await(target().put(change, Optional.empty(), () -> true));
    String there = look("handed over", false).orElseThrow().fingerprint();
    assertThat(await(target().delete("handed over", there, () -> false))).isFalse();
    assertThat(bytes("handed over")).isPresent();
  }
}
