package io.replicator.cassandra;

import io.replicator.spi.Finding;
import io.replicator.spi.Finding.Level;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Tries whether anybody listens at each contact point: the driver says of all together only that
 * none of them would do, and nothing of those that it can do without.
 */
final class ContactPointCheck {
  private static final String KEY = "stores.cassandra.contact-points";
  private static final Duration LOOK = Duration.ofSeconds(5);

  private record Dead(NodeAddress point, String detail, String mend) {}

  private final List<NodeAddress> points;
  private final List<Dead> dead;

  private ContactPointCheck(List<NodeAddress> points, List<Dead> dead) {
    this.points = points;
    this.dead = dead;
  }

  /** Tries all of them at once. */
  static ContactPointCheck of(List<NodeAddress> points) {
    return new ContactPointCheck(
        points, points.parallelStream().flatMap(point -> tried(point).stream()).toList());
  }

  /** Tells whether somebody listens at one of them at least. */
  boolean reachesOne() {
    return dead.size() < points.size();
  }

  /** Returns what is wrong with each where nobody listens: not grave while there are others. */
  List<Finding> findings() {
    Level level = reachesOne() ? Level.WARNING : Level.ERROR;
    return dead.stream()
        .map(one -> new Finding(level, subject(one.point()), one.detail(), one.mend()))
        .toList();
  }

  /** Returns the key with its value. */
  static String subject(Object value) {
    return KEY + " '" + value + "'";
  }

  private static Optional<Dead> tried(NodeAddress point) {
    InetSocketAddress address = point.resolved();
    if (address.isUnresolved()) {
      return Optional.of(
          new Dead(point, "the name " + point.host() + " is not known", "correct the name"));
    }
    try (Socket socket = new Socket()) {
      socket.connect(address, (int) LOOK.toMillis());
      return Optional.empty();
    } catch (ConnectException e) {
      return Optional.of(
          new Dead(
              point,
              "nobody listens there (" + e.getMessage() + ")",
              "correct the address or the port (native_transport_port in cassandra.yaml, 9042 by"
                  + " default), or start the node"));
    } catch (SocketTimeoutException e) {
      return Optional.of(
          new Dead(
              point,
              "does not answer within " + LOOK.toSeconds() + " s",
              "correct the address, start the node, or look at what stands between"));
    } catch (IOException e) {
      return Optional.of(
          new Dead(point, "cannot be reached: " + e.getMessage(), "correct the address"));
    }
  }
}
