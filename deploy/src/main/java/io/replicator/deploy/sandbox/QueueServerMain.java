package io.replicator.deploy.sandbox;

import com.typesafe.config.ConfigFactory;
import io.replicator.deploy.process.Supervised;
import java.nio.file.Path;
import org.elasticmq.server.ElasticMQServer;
import org.elasticmq.server.config.ElasticMQServerConfig;

/** Runs an ElasticMQ server. Its one argument is the server's configuration file. */
public final class QueueServerMain {
  private QueueServerMain() {}

  /** Starts the server and serves until SIGTERM. */
  public static void main(String[] arguments) {
    Supervised.begin();
    var file = ConfigFactory.parseFile(Path.of(arguments[0]).toFile());
    var config = file.withFallback(ConfigFactory.load()).resolve();
    var stop = new ElasticMQServer(new ElasticMQServerConfig(config)).start();
    Runtime.getRuntime().addShutdownHook(new Thread(stop::apply, "queues-stop"));
    Supervised.ready();
  }
}
