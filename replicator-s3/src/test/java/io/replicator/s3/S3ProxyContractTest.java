package io.replicator.s3;

import io.replicator.model.Region;
import io.replicator.spi.BodyGate;
import io.replicator.spi.Seen;
import io.replicator.spi.SettleTarget;
import io.replicator.spi.SettleTargetContract;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** A bucket of S3Proxy keeps the contract of a settle target. */
class S3ProxyContractTest extends SettleTargetContract {
  private static final String HERE = "here";
  private static final String ORIGIN = "origin";

  private static BucketServer server;
  private static BucketServer originServer;
  private static S3Clients clients;
  private static S3Clients originClients;

  private final BucketTarget target =
      new BucketTarget(
          Plans.of("us-west-2", HERE, server, Map.of(new Region("us-east-1"), originServer)),
          clients,
          BodyGate.WIDE);
  private final BucketTarget origin =
      new BucketTarget(
          Plans.of("us-east-1", ORIGIN, originServer, Map.of()), originClients, BodyGate.WIDE);

  @BeforeAll
  static void startServers() {
    server = BucketServer.start();
    originServer = BucketServer.start();
    server.create(HERE);
    originServer.create(ORIGIN);
    clients = clients(server);
    originClients = clients(originServer);
  }

  @AfterAll
  static void stopServers() {
    clients.close();
    originClients.close();
    server.close();
    originServer.close();
  }

  private static S3Clients clients(BucketServer of) {
    return new S3Clients(of.place(), Optional.empty(), Duration.ofSeconds(30), 64);
  }

  /** Markers are bound to ETags once a first write's answer has told what ETags these are. */
  @BeforeEach
  void writeOnce() {
    writeAtOrigin("first", new byte[1], Map.of());
    Optional<String> there = look("first", false).map(Seen::fingerprint);
    await(target().put(upsert("first", BucketPair.VERSION), there, () -> true));
  }

  @AfterEach
  void close() {
    target.close();
    origin.close();
  }

  @Override
  protected SettleTarget target() {
    return target;
  }

  @Override
  protected SettleTarget origin() {
    return origin;
  }

  @Override
  protected void write(String key, byte[] body, Map<String, String> metadata) {
    server.put(HERE, key, body, metadata);
  }

  @Override
  protected void writeAtOrigin(String key, byte[] body, Map<String, String> metadata) {
    originServer.put(ORIGIN, key, body, metadata);
  }

  @Override
  protected void remove(String key) {
    server.delete(HERE, key);
  }

  @Override
  protected void removeAtOrigin(String key) {
    originServer.delete(ORIGIN, key);
  }

  @Override
  protected Optional<byte[]> bytes(String key) {
    return server.get(HERE, key);
  }

  @Override
  protected void copy(String from, String to) {
    server.copy(HERE, from, to);
  }

  @Override
  protected void rewrite(String key, byte[] body) {
    server.put(HERE, key, body, server.head(HERE, key).metadata());
  }

  @Override
  protected int inlineLimit() {
    return Plans.INLINE_LIMIT;
  }

  /** On disk there are no two slashes, so S3Proxy refuses them with 400 from whomever. */
  @Override
  protected boolean takes(String key) {
    return !key.contains("//");
  }

  @Override
  protected int races() {
    return 2000;
  }
}
