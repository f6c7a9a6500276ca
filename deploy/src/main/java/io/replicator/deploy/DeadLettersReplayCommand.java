package io.replicator.deploy;

import io.replicator.deploy.view.LetterOutcome;
import io.replicator.letters.Letter;
import io.replicator.letters.LetterBox;
import io.replicator.letters.Selection;
import io.replicator.letters.Verdicts;
import io.replicator.letters.Way;
import io.replicator.wire.DeadLetterEnd.Verdict;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code replicator dead-letters replay}: they are to be tried again. */
@Command(
    name = "replay",
    description = {
      "Gives the changes of dead letters back to their flows, which try them again as they came."
          + " Nothing newer is overwritten: versions decide in S3, times of cells in Cassandra. A"
          + " queue gets the message now, behind what came since.",
      "What fails again is a dead letter again."
    },
    mixinStandardHelpOptions = true)
final class DeadLettersReplayCommand implements Callable<Integer> {
  @Mixin private LetterRegion region;
  @Mixin private LetterOrder order;

  @Override
  public Integer call() {
    Selection selection = order.selection();
    return region.with(box -> replay(box, selection));
  }

  private int replay(LetterBox box, Selection selection) {
    try (Verdicts verdicts = region.verdicts()) {
      List<Way> ways = region.ways(order.select(region, box, selection));
      List<Way.Shut> shut = only(Way.Shut.class, ways);
      List<Way.Open> open = only(Way.Open.class, ways);
      LetterOutcome.reasons(shut).forEach(System.err::println);
      if (open.isEmpty()) {
        throw CommandFailure.refused("none of them can be replayed; nothing was done");
      }
      List<Letter> letters = open.stream().map(Way.Open::letter).toList();
      order.confirm("replay", letters);
      try {
        verdicts.replay(box, open);
      } finally {
        order.print(new LetterOutcome(Verdict.REPLAYED, verdicts.done(), shut));
      }
      return shut.isEmpty() ? 0 : 1;
    }
  }

  private static <T> List<T> only(Class<T> kind, List<Way> ways) {
    return ways.stream().filter(kind::isInstance).map(kind::cast).toList();
  }
}
