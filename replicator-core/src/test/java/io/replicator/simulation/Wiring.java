package io.replicator.simulation;

import io.replicator.kafka.KafkaClients;
import io.replicator.model.Change;
import io.replicator.model.Region;
import io.replicator.spi.Applier;
import io.replicator.spi.Capabilities;
import io.replicator.spi.ChangeSink;
import io.replicator.spi.ChangeSource;
import io.replicator.spi.Finding;
import io.replicator.spi.SourceStatus;
import io.replicator.spi.StoreResource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.ProducerRecord;

/** The wiring between the stations and what they talk to: as it should be, or with one breach. */
final class Wiring {
  private final Breach breach;

  Wiring(Breach breach) {
    this.breach = breach;
  }

  /**
   * Returns what opens a capture's clients.
   *
   * @param durable is run whenever the capture is told that a change is durable
   */
  KafkaClients.Opener capturing(
      Cluster cluster, Clockwork clockwork, Life life, Faults faults, Runnable durable) {
    return new MemoryOpener(cluster, clockwork, life, faults) {
      @Override
      ClusterProducer producer() {
        return new ClusterProducer(cluster, clockwork, life, faults) {
          @Override
          boolean passesRefused() {
            return breach == Breach.BEHIND_A_FAILURE;
          }

          @Override
          void answer(
              ProducerRecord<byte[], byte[]> message,
              Callback callback,
              long offset,
              Exception failure) {
            if (failure == null && message.key() != null) {
              durable.run();
            }
            super.answer(message, callback, offset, failure);
          }
        };
      }
    };
  }

  /** Returns what opens an applying agent's clients. */
  KafkaClients.Opener applying(
      Cluster cluster, Clockwork clockwork, Life life, Faults faults, Arrivals arrivals) {
    return new ApplyingOpener(cluster, clockwork, life, faults, arrivals, breach);
  }

  /** Returns a door as the breach shows it. */
  StoreResource.Door.Changes door(StoreResource.Door.Changes door) {
    return sink -> {
      ChangeSource source = door.open(lying(sink));
      return breach == Breach.HOLD_FORGOTTEN ? forgetful(source) : source;
    };
  }

  private ChangeSink lying(ChangeSink sink) {
    return breach != Breach.SOURCE_BEFORE_KAFKA
        ? sink
        : new ChangeSink() {
          @Override
          public CompletionStage<Void> ready() {
            return sink.ready();
          }

          @Override
          public CompletionStage<Void> offer(Change change) {
            sink.offer(change);
            return CompletableFuture.completedFuture(null);
          }
        };
  }

  private static ChangeSource forgetful(ChangeSource source) {
    return new ChangeSource() {
      @Override
      public SourceStatus status() {
        SourceStatus status = source.status();
        return new SourceStatus(
            status.deliveredUpTo(),
            status.waiting(),
            status.retention(),
            Duration.ZERO,
            status.condition());
      }

      @Override
      public void close() {
        source.close();
      }
    };
  }

  /**
   * Returns a store's end as the breach shows it.
   *
   * @param ending ends a change in parking, if it waits there
   */
  StoreResource end(StoreResource end, Consumer<Change> ending) {
    return breach != Breach.DONE_BEFORE_ACK
            && breach != Breach.KEY_OVERTAKEN
            && breach != Breach.ENDED_BEFORE_APPLIED
        ? end
        : new StoreResource() {
          @Override
          public Capabilities capabilities() {
            return end.capabilities();
          }

          @Override
          public Door door() {
            return end.door();
          }

          @Override
          public List<Finding> check(Duration retention) {
            return end.check(retention);
          }

          @Override
          public Applier openApplier(Region origin) {
            Applier applier = end.openApplier(origin);
            return new Applier() {
              @Override
              public CompletionStage<Outcome> apply(Change change) {
                if (breach == Breach.KEY_OVERTAKEN) {
                  return applier.apply(OtherKeys.back(change));
                }
                if (breach == Breach.ENDED_BEFORE_APPLIED) {
                  ending.accept(change);
                  return applier.apply(change);
                }
                applier.apply(change);
                return CompletableFuture.completedFuture(Outcome.APPLIED);
              }

              @Override
              public void close() {
                applier.close();
              }
            };
          }
        };
  }

  /** Is shown what an applying agent is told. */
  interface Arrivals {
    /** A change was read. */
    void read();

    /** What was read of a partition and not begun is given up with it. */
    void givenUp();

    /** A line of the journal is known to be durable. */
    void remembered(String line);
  }

  /** An opener of clients that talk to a cluster in memory. */
  abstract static class MemoryOpener implements KafkaClients.Opener {
    final Cluster cluster;
    final Clockwork clockwork;
    final Life life;
    final Faults faults;

    MemoryOpener(Cluster cluster, Clockwork clockwork, Life life, Faults faults) {
      this.cluster = cluster;
      this.clockwork = clockwork;
      this.life = life;
      this.faults = faults;
    }

    abstract ClusterProducer producer();

    ClusterConsumer member(String group) {
      return new ClusterConsumer(cluster, clockwork, life, faults, Optional.of(group));
    }

    @Override
    public ClusterProducer producer(Map<String, Object> settings) {
      life.speaks();
      demand(settings, "acks", "all");
      demand(settings, "enable.idempotence", true);
      return producer();
    }

    @Override
    public ClusterConsumer consumer(Map<String, Object> settings) {
      life.speaks();
      return new ClusterConsumer(cluster, clockwork, life, faults, Optional.empty());
    }

    @Override
    public ClusterConsumer member(Map<String, Object> settings) {
      life.speaks();
      demand(settings, "enable.auto.commit", false);
      demand(settings, "auto.offset.reset", "none");
      return member((String) settings.get("group.id"));
    }

    /** What this world takes for granted. */
    private static void demand(Map<String, Object> settings, String name, Object value) {
      if (!value.equals(settings.get(name))) {
        throw new IllegalStateException(name + " is " + settings.get(name) + ", not " + value);
      }
    }
  }
}
