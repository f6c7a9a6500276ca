package io.replicator.deploy.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class ControlTest {
  private final List<String> orders = Collections.synchronizedList(new ArrayList<>());

  @Test
  void anOrderIsCarriedOutAndAnswered() {
    try (ControlServer server = server()) {
      assertThat(ControlClient.order(sandbox(server.port(), server.token()), "slow 80"))
          .isEqualTo("done: slow 80");
      assertThat(orders).containsExactly("slow 80");
    }
  }

  @Test
  void anOrderWithoutTheTokenIsNotCarriedOut() {
    try (ControlServer server = server()) {
      assertThat(ControlClient.order(sandbox(server.port(), "guess"), "cut")).startsWith("refused");
      assertThat(orders).isEmpty();
    }
  }

  @Test
  void aSandboxThatDoesNotListenIsNamed() {
    ControlServer server = server();
    server.close();
    RunningSandbox gone = sandbox(server.port(), server.token());
    assertThatThrownBy(() -> ControlClient.order(gone, "cut"))
        .isInstanceOf(SandboxException.class)
        .hasMessageContaining("does not answer");
  }

  private ControlServer server() {
    return new ControlServer(
        order -> {
          orders.add(order);
          return "done: " + order;
        });
  }

  private static RunningSandbox sandbox(int port, String token) {
    return new RunningSandbox(1, Path.of("here"), port, token, false);
  }
}
