package io.replicator.deploy.sandbox;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A control client gives an order to a running sandbox. */
public final class ControlClient {
  private static final int PATIENCE_MS = 10_000;

  private ControlClient() {}

  /**
   * Gives an order and waits for the answer.
   *
   * @throws SandboxException if the sandbox does not answer
   */
  public static String order(RunningSandbox sandbox, String order) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), sandbox.port())) {
      socket.setSoTimeout(PATIENCE_MS);
      socket
          .getOutputStream()
          .write((sandbox.token() + " " + order + "\n").getBytes(StandardCharsets.UTF_8));
      String answer =
          new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
              .readLine();
      if (answer == null) {
        throw new SandboxException("the sandbox " + sandbox + " went away");
      }
      return answer;
    } catch (IOException e) {
      throw new SandboxException(
          "the sandbox " + sandbox + " does not answer: " + e.getMessage(), e);
    }
  }
}
