package io.replicator.deploy;

import io.replicator.deploy.view.LetterTable;
import io.replicator.letters.Letter;
import io.replicator.letters.LetterBox;
import io.replicator.letters.Letters;
import io.replicator.letters.Selection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code replicator dead-letters list}: one line for each. */
@Command(
    name = "list",
    description = "Lists the dead letters of a region, oldest first.",
    mixinStandardHelpOptions = true)
final class DeadLettersListCommand implements Callable<Integer> {
  @Mixin private LetterRegion region;
  @Mixin private LetterFilter filter;

  @Option(names = "--json", description = "Print them as JSON, with their whole reasons.")
  private boolean json;

  @Override
  public Integer call() {
    Selection selection = filter.selection(Set.of());
    return region.with(box -> list(box, selection));
  }

  private int list(LetterBox box, Selection selection) {
    Letters letters = box.read();
    region.requireFlow(selection, letters);
    List<Letter> selected = letters.select(selection);
    LetterTable table = new LetterTable(selected, letters.open().size());
    if (json) {
      System.out.println(table.json());
    } else {
      table.lines().forEach(System.out::println);
    }
    letters
        .unreadable()
        .forEach((id, why) -> System.err.println("dead letter " + id + " cannot be read: " + why));
    return 0;
  }
}
