package io.replicator.deploy;

import io.replicator.deploy.view.LetterView;
import io.replicator.letters.LetterBox;
import io.replicator.letters.Letters;
import io.replicator.letters.Selection;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code replicator dead-letters show}: all that is known of one. */
@Command(
    name = "show",
    description = "Shows all that is known of a dead letter, also of one that has ended.",
    mixinStandardHelpOptions = true)
final class DeadLettersShowCommand implements Callable<Integer> {
  @Mixin private LetterRegion region;

  @Parameters(paramLabel = "ID", description = "As list shows it.")
  private long id;

  @Option(
      names = "--payload",
      paramLabel = "FILE",
      description = "Write what the change carries to a new file, as it is.")
  private Path payload;

  @Option(names = "--json", description = "Print it as JSON.")
  private boolean json;

  @Override
  public Integer call() {
    return region.with(this::show);
  }

  private int show(LetterBox box) {
    Letters letters = box.read();
    if (letters.ending(id).isEmpty()) {
      letters.select(Selection.of(Set.of(id))); // refuses what is not there
    }
    List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
    box.visit(Set.of(id), found::add);
    if (found.isEmpty()) {
      throw CommandFailure.refused(
          "dead letter "
              + id
              + " has left the topic; replicator dead-letters list shows the others");
    }
    LetterView view = new LetterView(found.get(0), letters.ending(id));
    if (payload != null) {
      write(found.get(0).value());
    }
    if (json) {
      System.out.println(view.json());
    } else {
      view.lines().forEach(System.out::println);
    }
    return 0;
  }

  private void write(byte[] bytes) {
    try {
      Files.write(
          payload,
          bytes == null ? new byte[0] : bytes,
          StandardOpenOption.CREATE_NEW,
          StandardOpenOption.WRITE);
    } catch (FileAlreadyExistsException e) {
      throw CommandFailure.refused("--payload: " + payload + " exists already; name a new file", e);
    } catch (IOException e) {
      throw CommandFailure.refused(
          "--payload: " + payload + " cannot be written (" + e + "); name a file that can", e);
    }
  }
}
