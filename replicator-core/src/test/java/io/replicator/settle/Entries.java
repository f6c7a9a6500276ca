package io.replicator.settle;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import io.replicator.model.Change;
import io.replicator.model.Clocks;
import io.replicator.model.Flow;
import io.replicator.model.Hint;
import io.replicator.model.Region;
import io.replicator.model.Resource;
import io.replicator.model.Version;
import io.replicator.reading.Bounds;
import io.replicator.reading.Reading;
import io.replicator.reading.Window;
import io.replicator.wire.HintForm;
import io.replicator.wire.Stamp;
import io.replicator.wire.WireFormat;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;

/** Entries of one flow for tests that need no Kafka. */
final class Entries {
  private static final Region ORIGIN = new Region("there");
  private static final Flow FLOW = new Flow(new Resource("s3", "bucket"), ORIGIN);

  private Entries() {}

  static Inflow inflow() {
    return inflow(false);
  }

  static Inflow inflow(boolean hints) {
    return new Inflow(
        FLOW,
        "changes",
        "parking",
        hints,
        new Window(Bounds.MOST),
        new Figures(InstantSource.system()),
        new Conditions(FLOW.toString()),
        List::of,
        InstantSource.system(),
        new Owners());
  }

  static Input input(Inflow inflow) {
    Reading reading = new Reading(0, Instant.EPOCH, Optional.empty(), Clocks.system());
    return new Input(new TopicPartition(inflow.topic(), 0), inflow, reading, 0);
  }

  /** Work that is open to all, and begun by the test. */
  static Owner.Work work(Consumer<Entry> begun) {
    return work(begun, () -> true);
  }

  /** Work that is open while it is said to be. */
  static Owner.Work work(Consumer<Entry> begun, BooleanSupplier open) {
    return new Owner.Work() {
      @Override
      public void begin(Owner owner, Entry entry) {
        begun.accept(entry);
      }

      @Override
      public boolean isOpen(Inflow inflow) {
        return open.getAsBoolean();
      }

      @Override
      public long size(Entry entry) {
        return 1;
      }

      @Override
      public void dropped(Entry entry) {}
    };
  }

  static Entry inline(long offset) {
    return inline(input(inflow()), "key", offset);
  }

  static Entry inline(Input input, String key, long offset) {
    Change change =
        new Change(
            "id" + offset,
            key,
            Change.Kind.UPSERT,
            Instant.EPOCH,
            Optional.of(new Version(offset, 0, ORIGIN)),
            Optional.empty(),
            new TreeMap<>(),
            "value".getBytes(UTF_8),
            false);
    return entry(input, change, offset, "mjx2k3-a");
  }

  /** Says that a key may have been written. */
  static Entry look(Input input, String key, long offset) {
    return look(input, key, offset, "mjx2k3-a");
  }

  static Entry look(Input input, String key, long offset, String incarnation) {
    return look(input, key, offset, new Stamp(incarnation, offset + 1));
  }

  /** Says so in a record that has another number than by its place. */
  static Entry look(Input input, String key, long offset, long number) {
    return look(input, key, offset, new Stamp("mjx2k3-a", number));
  }

  private static Entry look(Input input, String key, long offset, Stamp stamp) {
    Change hint = HintForm.encode(new Hint(key, Hint.Kind.WRITTEN, Instant.EPOCH));
    return entry(input, hint, offset, stamp);
  }

  private static Entry entry(Input input, Change change, long offset, String incarnation) {
    return entry(input, change, offset, new Stamp(incarnation, offset + 1));
  }

  private static Entry entry(Input input, Change change, long offset, Stamp stamp) {
    return Entry.of(
        input,
        new ConsumerRecord<>(
            input.place().topic(),
            0,
            offset,
            0,
            TimestampType.CREATE_TIME,
            change.key().length(),
            change.payload().length,
            change.key().getBytes(UTF_8),
            change.payload(),
            WireFormat.encode(FLOW, change, stamp),
            Optional.empty()));
  }
}
