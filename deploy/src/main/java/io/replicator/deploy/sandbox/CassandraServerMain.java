package io.replicator.deploy.sandbox;

import com.datastax.oss.driver.api.core.CqlSession;
import io.replicator.deploy.process.Supervised;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Runs a Cassandra node. Its arguments: the port on which it serves, and a file of CQL statements,
 * a line each, which it carries out before it counts as ready.
 */
public final class CassandraServerMain {
  /** Named and not imported: its classes are on the class path of this process alone. */
  private static final String DAEMON = "org.apache.cassandra.service.CassandraDaemon";

  private CassandraServerMain() {}

  /** Starts the node and serves until SIGTERM. */
  public static void main(String[] arguments) throws IOException, ReflectiveOperationException {
    Supervised.begin();
    try {
      Class.forName(DAEMON).getMethod("main", String[].class).invoke(null, (Object) new String[0]);
    } catch (InvocationTargetException e) {
      throw new IllegalStateException("the node did not start", e.getCause());
    }
    try (CqlSession session = CqlClient.open(Integer.parseInt(arguments[0]))) {
      for (String statement : Files.readAllLines(Path.of(arguments[1]))) {
        session.execute(statement);
      }
    }
    Supervised.ready();
  }
}
