package io.replicator.deploy;

import io.replicator.deploy.view.LetterOutcome;
import io.replicator.letters.Letter;
import io.replicator.letters.LetterBox;
import io.replicator.letters.Selection;
import io.replicator.letters.Verdicts;
import io.replicator.wire.DeadLetterEnd.Verdict;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code replicator dead-letters drop}: they are not wanted any more. */
@Command(
    name = "drop",
    description =
        "Takes dead letters off the list for good. What they hold stays in the topic until its"
            + " retention ends, with who dropped them and when.",
    mixinStandardHelpOptions = true)
final class DeadLettersDropCommand implements Callable<Integer> {
  @Mixin private LetterRegion region;
  @Mixin private LetterOrder order;

  @Override
  public Integer call() {
    Selection selection = order.selection();
    return region.with(box -> drop(box, selection));
  }

  private int drop(LetterBox box, Selection selection) {
    try (Verdicts verdicts = region.verdicts()) {
      List<Letter> letters = order.select(region, box, selection);
      order.confirm("drop", letters);
      try {
        verdicts.drop(letters);
      } finally {
        order.print(new LetterOutcome(Verdict.DROPPED, verdicts.done(), List.of()));
      }
      return 0;
    }
  }
}
