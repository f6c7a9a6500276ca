package io.replicator.apply;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.fixture.FakeTarget;
import io.replicator.kafka.KafkaClients;
import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import io.replicator.model.Change;
import io.replicator.model.Clocks;
import io.replicator.model.Flow;
import io.replicator.model.OnFailure;
import io.replicator.reading.Bounds;
import io.replicator.spi.Applier;
import io.replicator.timer.Timer;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

/**
 * A doomed apply is an apply station in a process of its own, to be killed. Its target is a file, a
 * line for each change that it took; one key hangs in it for ever, so that nothing behind can be
 * committed, and others may fail.
 */
final class DoomedApply {
  static final String HANGING = "k7";

  private DoomedApply() {}

  /** Starts the process, in which no key fails. */
  static Process start(ApplyRig rig, Path lines) throws IOException {
    return start(rig, lines, "none ");
  }

  /** Starts the process, in which the keys that begin so fail, and are parked after a second. */
  static Process start(ApplyRig rig, Path lines, String failing) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx128m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            DoomedApply.class.getName(),
            rig.kafka.bootstrapServers(),
            rig.flow.toString(),
            rig.deadLetters(),
            lines.toString(),
            failing)
        .redirectErrorStream(true)
        .redirectOutput(new File(lines + ".log"))
        .start();
  }

  /** Runs until it is killed. Arguments: brokers, flow, dead letters, file, failing. */
  public static void main(String[] args) throws InterruptedException {
    KafkaClients kafka = new KafkaClients(Map.of("bootstrap.servers", args[0]), "doomed");
    var producer = kafka.producer("local");
    Path lines = Path.of(args[3]);
    var store = Executors.newFixedThreadPool(4);
    FakeTarget target = new FakeTarget(false);
    target.conduct(
        change ->
            change.key().startsWith(args[4])
                ? CompletableFuture.failedFuture(new IllegalStateException("not now"))
                : change.key().equals(HANGING)
                    ? new CompletableFuture<>()
                    : CompletableFuture.supplyAsync(() -> write(lines, change), store));
    new Apply(
            Flow.parse(args[1]),
            ApplyRig.HERE,
            () -> target.openApplier(Flow.parse(args[1]).origin()),
            target.capabilities().keepsHistory(),
            kafka,
            producer,
            new DeadLetters(args[2], producer, InstantSource.system()),
            new Timer(2),
            Clocks.system(),
            Duration.ofDays(14),
            new OnFailure.Retry(Duration.ofSeconds(1)),
            Bounds.MOST,
            List::of,
            new Figures(InstantSource.system()),
            new Conditions("doomed"))
        .start();
    new CountDownLatch(1).await();
  }

  private static Applier.Outcome write(Path lines, Change change) {
    try {
      Files.write(
          lines,
          (change.id() + "\n").getBytes(UTF_8),
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Applier.Outcome.APPLIED;
  }

  /** Returns the ids of the changes that the target took. */
  static List<String> taken(Path lines) {
    try {
      return Files.exists(lines) ? Files.readAllLines(lines) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
