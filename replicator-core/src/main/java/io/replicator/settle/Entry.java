package io.replicator.settle;

import io.replicator.model.Hint;
import io.replicator.model.OnFailure;
import io.replicator.model.Version;
import io.replicator.wire.Decoded;
import io.replicator.wire.HintForm;
import io.replicator.wire.Parked;
import io.replicator.wire.Stamp;
import io.replicator.wire.WireFormat;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;

/** An entry is one record of an input on its way through its owner, which guards its fields. */
final class Entry {
  /** So long a body that is gone from its origin is waited for to be followed by a later change. */
  private static final Duration GONE = Duration.ofMinutes(10);

  /** A request takes a minute at most, and a pause ten seconds; what is longer was no try. */
  private static final Duration LONGEST_TRY = Duration.ofSeconds(70);

  final Input input;
  final ConsumerRecord<byte[], byte[]> message;
  final Decoded decoded;

  /** What ends it where it was parked; empty where it is not. */
  final Optional<Output> end;

  /** Its place in the order of its input. */
  long number;

  int attempts;

  /** What a listing has shown whose end this is; kept for the next attempt. */
  Optional<Listings.Shown> shown = Optional.empty();

  private Instant goneSince;

  /** How often it failed by itself, as far as that counts, and for how long. */
  private int failures;

  private Duration failing = Duration.ZERO;
  private Instant failedAt;

  /** How often it was refused as if all were, while others were not. */
  private int refusals;

  private Instant refusedAt;

  /** What gave way to it, and is done when this is. */
  final List<Entry> forerunners = new ArrayList<>();

  /** Whether the rate has let it pass. */
  boolean passed;

  /** Whether it has the number of one of its key that stood before it, not done yet. */
  boolean copy;

  boolean begun;
  boolean done;

  private Entry(
      Input input, ConsumerRecord<byte[], byte[]> message, Decoded decoded, Optional<Output> end) {
    this.input = input;
    this.message = message;
    this.decoded = decoded;
    this.end = end;
  }

  /** Returns the entry of a record; not for one that ends a parked change. */
  static Entry of(Input input, ConsumerRecord<byte[], byte[]> message) {
    if (!input.isParking()) {
      return new Entry(input, message, decode(message), Optional.empty());
    }
    byte[] key = message.key() == null ? new byte[0] : message.key();
    Headers ending = Parked.ending(Parked.key(message.headers()).orElse(null));
    Optional<Output> end = Optional.of(new Output.Ended(message.topic(), key, ending));
    int format = Parked.format(message.headers());
    if (format > Parked.FORMAT) {
      return new Entry(input, message, new Decoded.Newer(format), end);
    }
    try {
      ConsumerRecord<byte[], byte[]> original =
          original(message, Parked.read(message.headers(), message.key(), message.value()));
      Decoded decoded = decode(original);
      return new Entry(
          input,
          original,
          decoded instanceof Decoded.Beat
              ? new Decoded.Unreadable("a heartbeat has nothing to wait for")
              : decoded,
          end);
    } catch (IllegalArgumentException e) {
      return new Entry(input, message, new Decoded.Unreadable(e.getMessage()), end);
    }
  }

  private static Decoded decode(ConsumerRecord<byte[], byte[]> message) {
    return WireFormat.decode(message.headers(), message.key(), message.value());
  }

  /** Returns what was parked, at the place where it is. */
  private static ConsumerRecord<byte[], byte[]> original(
      ConsumerRecord<byte[], byte[]> message, Parked parked) {
    byte[] key = parked.key();
    byte[] value = parked.value();
    return new ConsumerRecord<>(
        message.topic(),
        message.partition(),
        message.offset(),
        message.timestamp(),
        message.timestampType(),
        key == null ? -1 : key.length,
        value == null ? -1 : value.length,
        key,
        value,
        parked.headers(),
        message.leaderEpoch());
  }

  /** Tells whether it was set aside before. */
  boolean isParked() {
    return end.isPresent();
  }

  /** Returns the key that it is about; its place where it cannot be read. */
  String key() {
    return decoded instanceof Decoded.Captured captured ? captured.change().key() : place();
  }

  /** Tells whether it is a hint that has its key looked at and says nothing else. */
  boolean isLook() {
    return input.inflow().isHints()
        && decoded instanceof Decoded.Captured captured
        && HintForm.kind(captured.change())
            .filter(kind -> kind == Hint.Kind.WRITTEN || kind == Hint.Kind.LISTED)
            .isPresent();
  }

  /** Takes note that its body is gone; tells whether that was so for long enough. */
  boolean isGoneForLong(Instant now) {
    if (goneSince == null) {
      goneSince = now;
    }
    return now.isAfter(goneSince.plus(GONE));
  }

  /**
   * Takes note that it failed by itself. That counts against it only where the bucket has taken the
   * content of another since it last did, for else it may be the bucket's fault; of the first time
   * that cannot be told.
   *
   * @param written when the last attempt was begun whose content the bucket has taken
   * @return whether it counts, and its resource grants it no other try
   */
  boolean isSpent(Instant now, Instant written, OnFailure onFailure) {
    boolean counts = failedAt != null && written.isAfter(failedAt);
    if (counts) {
      Duration since = Duration.between(failedAt, now);
      failing = failing.plus(since.compareTo(LONGEST_TRY) < 0 ? since : LONGEST_TRY);
    }
    if (counts || failures == 0) {
      failures++;
    }
    failedAt = now;
    return counts && onFailure.isSpent(failures, failing);
  }

  /**
   * Takes note that it was refused as if all were; nothing is counted against it meanwhile. It is
   * refused alone where others were answered since it was refused before; then the fault is its
   * own, for good. The first time it is so only for now: all may be refused from this moment on.
   *
   * @param since what counts the first time: others were answered after this
   * @param answered when the last attempt was begun for which the bucket has answered
   * @return how often it was refused alone; 0 if all may be
   */
  int refused(Instant now, Instant since, Instant answered) {
    boolean first = refusedAt == null;
    boolean alone = answered.isAfter(first ? since : refusedAt);
    refusedAt = now;
    excuse();
    if (first) {
      return alone ? 1 : 0;
    }
    refusals += alone || refusals > 0 ? 1 : 0;
    return refusals;
  }

  /** Tells whether it failed while the bucket took others. */
  boolean failsAlone() {
    return refusals > 0 || failures > 1;
  }

  /** What happens while the bucket takes nothing is not counted against it. */
  void excuse() {
    failedAt = null;
  }

  /** Tells whether it is about a later version than another; a replay brings older ones again. */
  boolean isNewerThan(Entry other) {
    return version().isPresent()
        && other.version().filter(version -> version.compareTo(version().get()) < 0).isPresent();
  }

  /** Returns the number that its capture gave it. */
  Optional<Stamp> stamp() {
    return decoded instanceof Decoded.Captured captured
        ? Optional.of(captured.stamp())
        : Optional.empty();
  }

  private Optional<Version> version() {
    return decoded instanceof Decoded.Captured captured
        ? captured.change().version()
        : Optional.empty();
  }

  /** Returns where it stands. */
  String place() {
    return message.topic() + "-" + message.partition() + "@" + message.offset();
  }

  long bytes() {
    long bytes = 512L + Math.max(0, message.serializedValueSize());
    for (var header : message.headers()) {
      bytes += 48L + (header.value() == null ? 0 : header.value().length);
    }
    return bytes;
  }
}
