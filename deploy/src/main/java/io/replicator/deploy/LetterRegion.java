package io.replicator.deploy;

import io.replicator.config.AgentConfig;
import io.replicator.kafka.KafkaClients;
import io.replicator.letters.Letter;
import io.replicator.letters.LetterBox;
import io.replicator.letters.Letters;
import io.replicator.letters.Selection;
import io.replicator.letters.Verdicts;
import io.replicator.letters.Way;
import io.replicator.letters.Ways;
import io.replicator.model.Flow;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.Settings;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import picocli.CommandLine.Option;

/** The dead letters of the region that a configuration is of: what their commands share. */
final class LetterRegion {
  private static final String NAME = "replicator-dead-letters";

  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "The configuration of the region's agents, in YAML.")
  private Path file;

  private AgentConfig config;
  private KafkaClients kafka;

  /** Does something with the letter box; what goes wrong is told in a line, with what mends it. */
  <T> T with(Function<LetterBox, T> work) {
    return told(
        () -> {
          read();
          try (LetterBox box = LetterBox.open(config.region(), kafka)) {
            return work.apply(box);
          } finally {
            config.stores().forEach(store -> store.store().close());
          }
        });
  }

  private void read() {
    config = ConfigFile.read(file);
    kafka = new KafkaClients(config.kafka().options(), NAME);
  }

  private static <T> T told(Supplier<T> work) {
    try {
      return work.get();
    } catch (ReplicationException e) {
      String hint = e.hint().isEmpty() ? "" : ". What mends it: " + e.hint();
      throw CommandFailure.refused(e.getMessage() + hint, e);
    }
  }

  /** Begins to replay or drop; letters must be read after that. */
  Verdicts verdicts() {
    return Verdicts.open(config.region(), kafka, operator(), InstantSource.system());
  }

  /** Returns the ways of letters back to their flows. */
  List<Way> ways(Collection<Letter> letters) {
    return Ways.of(config, kafka, InstantSource.system()).of(letters);
  }

  /**
   * Makes sure that the flow of a selection is one that is configured, or has letters; any other
   * becomes a usage failure with the nearest.
   */
  void requireFlow(Selection selection, Letters letters) {
    Optional<Flow> flow = selection.flow();
    TreeSet<String> known = new TreeSet<>(letters.flows());
    Ways.flows(config).forEach(it -> known.add(it.toString()));
    if (flow.isPresent() && !known.contains(flow.get().toString())) {
      throw CommandFailure.usage(
          "--flow: '"
              + flow.get()
              + "' is not configured here, and has no dead letters"
              + Settings.known(flow.get().toString(), known));
    }
  }

  /** Who is to stand with what is done: user@host. */
  private static String operator() {
    String host;
    try {
      host = InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      host = "unknown"; // a machine that does not know its own name
    }
    return System.getProperty("user.name") + "@" + host;
  }
}
