package io.replicator.deploy.bucket;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;

/**
 * A bucket server's configuration: a properties file that its process reads at each start.
 *
 * @param port where it listens, on the loopback address
 * @param data the folder of objects, with a subfolder per bucket
 * @param spool the folder of events that are not sent yet
 * @param region what events say
 * @param accessKey whose requests are served
 * @param secretKey what these are signed with
 * @param queues the region's SQS
 * @param buckets what is created where it is missing; each has a queue of its events
 * @param disturbance what happens to events on their way
 */
public record BucketServerConfig(
    int port,
    Path data,
    Path spool,
    String region,
    String accessKey,
    String secretKey,
    URI queues,
    List<String> buckets,
    Disturbance disturbance) {
  public BucketServerConfig {
    buckets = List.copyOf(buckets);
  }

  /** Returns the queue of a bucket's events. */
  public static String queue(String bucket) {
    return bucket + "-events";
  }

  /** Reads what {@link #write} wrote. */
  public static BucketServerConfig read(Path file) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    }
    return new BucketServerConfig(
        Integer.parseInt(value(properties, "port")),
        Path.of(value(properties, "data")),
        Path.of(value(properties, "spool")),
        value(properties, "region"),
        value(properties, "access-key"),
        value(properties, "secret-key"),
        URI.create(value(properties, "queues")),
        List.of(value(properties, "buckets").split(",")),
        new Disturbance(
            Long.parseLong(value(properties, "events.seed")),
            Integer.parseInt(value(properties, "events.delay-ms")),
            Double.parseDouble(value(properties, "events.repeat")),
            Boolean.parseBoolean(value(properties, "events.reorder"))));
  }

  /** Writes it for a process to read. */
  public void write(Path file) throws IOException {
    Properties properties = new Properties();
    properties.setProperty("port", Integer.toString(port));
    properties.setProperty("data", data.toString());
    properties.setProperty("spool", spool.toString());
    properties.setProperty("region", region);
    properties.setProperty("access-key", accessKey);
    properties.setProperty("secret-key", secretKey);
    properties.setProperty("queues", queues.toString());
    properties.setProperty("buckets", String.join(",", buckets));
    properties.setProperty("events.seed", Long.toString(disturbance.seed()));
    properties.setProperty("events.delay-ms", Integer.toString(disturbance.delayMillis()));
    properties.setProperty("events.repeat", Double.toString(disturbance.repeat()));
    properties.setProperty("events.reorder", Boolean.toString(disturbance.reorder()));
    try (Writer writer = Files.newBufferedWriter(file)) {
      properties.store(writer, null);
    }
  }

  /** Returns the same with another secret: requests signed with the old one are refused. */
  public BucketServerConfig withSecretKey(String secret) {
    return new BucketServerConfig(
        port, data, spool, region, accessKey, secret, queues, buckets, disturbance);
  }

  /** Returns the same with events that travel otherwise. */
  public BucketServerConfig withDisturbance(Disturbance other) {
    return new BucketServerConfig(
        port, data, spool, region, accessKey, secretKey, queues, buckets, other);
  }

  private static String value(Properties properties, String key) {
    String value = properties.getProperty(key);
    if (value == null) {
      throw new IllegalArgumentException("'" + key + "' is missing");
    }
    return value;
  }
}
