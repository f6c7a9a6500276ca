package io.replicator.deploy.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScreenTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  @Test
  void aLineIsPrintedAboveTheBlockThatStays() {
    Screen screen = new Screen(out, true, false);
    screen.draw(List.of("one", "two"));
    bytes.reset();
    screen.say("news");
    assertThat(printed()).isEqualTo("\033[2A\r\033[Jnews\n\033[?7lone\ntwo\n\033[?7h");
  }

  @Test
  void whatIsNoTerminalGetsPlainLinesOnly() {
    Screen screen = new Screen(out, false, false);
    screen.draw(List.of("block"));
    screen.say("news");
    assertThat(printed()).isEqualTo("news\n");
  }

  @Test
  void quietLeavesAllButTheEssentialOut() {
    Screen screen = new Screen(out, true, true);
    screen.draw(List.of("block"));
    screen.note("detail");
    screen.say("essential");
    assertThat(printed()).isEqualTo("essential\n");
  }

  private String printed() {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
