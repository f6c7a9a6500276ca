package io.replicator.deploy.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A running sandbox, as other processes find it: by a file in its folder that only its user can
 * read.
 *
 * @param pid its process
 * @param folder its folder
 * @param port where it takes orders, on the loopback address
 * @param token what an order must begin with
 * @param temporary whether its folder goes with it
 */
public record RunningSandbox(long pid, Path folder, int port, String token, boolean temporary) {
  static final String NAME = "control.json";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Reads the file in a folder; empty if there is none, or its process is gone. */
  public static Optional<RunningSandbox> in(Path folder) {
    return last(folder).filter(RunningSandbox::isAlive);
  }

  /** Reads the file in a folder, whether its process lives or not. */
  static Optional<RunningSandbox> last(Path folder) {
    Path file = folder.resolve(NAME);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      JsonNode json = JSON.readTree(file.toFile());
      return Optional.of(
          new RunningSandbox(
              json.path("pid").asLong(),
              folder,
              json.path("port").asInt(),
              json.path("token").asText(),
              json.path("temporary").asBoolean()));
    } catch (IOException e) {
      throw new SandboxException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  /** Tells whether its process is there. */
  public boolean isAlive() {
    return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent();
  }

  void write() {
    Path file = folder.resolve(NAME);
    try {
      Files.deleteIfExists(file);
      PrivateFile.write(
          file,
          JSON.createObjectNode()
              .put("pid", pid)
              .put("port", port)
              .put("token", token)
              .put("temporary", temporary)
              .toString());
    } catch (IOException e) {
      throw new SandboxException(file + " cannot be written: " + e.getMessage(), e);
    }
  }

  /** Leaves the token out. */
  @Override
  public String toString() {
    return folder + " (process " + pid + ")";
  }
}
