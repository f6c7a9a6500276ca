package io.replicator.deploy;

import io.replicator.deploy.demo.DemoEvents;
import io.replicator.deploy.demo.Tally;
import io.replicator.deploy.view.HumanTime;
import io.replicator.deploy.view.Screen;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/** Prints what the demonstration tells, a line per event. */
final class DemoReport implements DemoEvents {
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss");

  private final Screen screen;

  DemoReport(Screen screen) {
    this.screen = screen;
  }

  @Override
  public void arrived(String from, String to, int number, Tally.Arrival arrival, Duration lag) {
    String line =
        "%s  %s -> %s  message %d arrived after %s"
            .formatted(
                TIME.format(LocalTime.now(ZoneId.systemDefault())),
                from,
                to,
                number,
                HumanTime.ofMillis(lag.toMillis()));
    switch (arrival) {
      case WHOLE -> screen.note(line);
      case REPEATED -> screen.note(line + ", again");
      case DIFFERENT -> screen.say(line + ", DIFFERENT from what was sent");
    }
  }

  @Override
  public void unreachable(String region, String reason) {
    screen.say("the queues of " + region + " do not answer: " + reason);
  }

  @Override
  public void reachable(String region) {
    screen.say("the queues of " + region + " answer again");
  }
}
