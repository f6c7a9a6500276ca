package io.replicator.jmx;

import io.replicator.breaker.Breaker;
import io.replicator.breaker.Traffic.End;
import io.replicator.model.Region;
import io.replicator.model.Resource;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import javax.management.MBeanNotificationInfo;
import javax.management.Notification;
import javax.management.NotificationBroadcasterSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A target's bean: reads its breaker as it is when it is asked, and tells each change of it. */
public final class TargetBean extends NotificationBroadcasterSupport implements TargetMXBean {
  private static final Logger LOG = LoggerFactory.getLogger(TargetBean.class);

  private record Turn(Instant time, String reason) {}

  private final String name;
  private final Breaker breaker;
  private final InstantSource clock;
  private final AtomicLong notifications = new AtomicLong();
  private volatile Optional<Turn> last = Optional.empty();

  /**
   * @param name of the target in the log
   */
  public TargetBean(String name, Breaker breaker, InstantSource clock) {
    super(
        new MBeanNotificationInfo(
            new String[] {CHANGED}, Notification.class.getName(), "the breaker changed its state"));
    this.name = name;
    this.breaker = breaker;
    this.clock = clock;
    breaker.listen(this::changed);
  }

  /**
   * Returns the name under which a target's bean is registered.
   *
   * @param bodies the region whose bodies it is the source of; empty for the target itself
   */
  public static String objectName(Resource resource, Optional<Region> bodies) {
    return "replicator:type=Target,store="
        + resource.store()
        + ",resource="
        + resource.name()
        + bodies.map(region -> ",bodies=" + region).orElse("");
  }

  private void changed(String from, String to, String why) {
    Instant now = clock.instant();
    last = Optional.of(new Turn(now, why));
    String line = "breaker before " + name + ": " + to + ", was " + from + ": " + why;
    if (to.equals("OPEN") || to.startsWith("FORCED")) {
      LOG.warn(line);
    } else {
      LOG.info(line);
    }
    Notification notification =
        new Notification(CHANGED, name, notifications.incrementAndGet(), now.toEpochMilli(), line);
    notification.setUserData(to);
    sendNotification(notification);
  }

  @Override
  public String getState() {
    return breaker.state();
  }

  @Override
  public String getStateTime() {
    return last.map(turn -> turn.time().toString()).orElse("");
  }

  @Override
  public String getStateReason() {
    return last.map(Turn::reason).orElse("");
  }

  @Override
  public long getOpenings() {
    return breaker.openings();
  }

  @Override
  public long getOk() {
    return breaker.traffic().count(End.OK);
  }

  @Override
  public long getFailed() {
    return breaker.traffic().count(End.FAILED);
  }

  @Override
  public long getTimedOut() {
    return breaker.traffic().count(End.TIMED_OUT);
  }

  @Override
  public long getRejected() {
    return breaker.traffic().count(End.REJECTED);
  }

  @Override
  public long getShortCircuited() {
    return breaker.traffic().count(End.SHORT_CIRCUITED);
  }

  @Override
  public int getInFlight() {
    return breaker.inFlight();
  }

  @Override
  public long getLatencyP50Millis() {
    return breaker.traffic().millis(50);
  }

  @Override
  public long getLatencyP99Millis() {
    return breaker.traffic().millis(99);
  }

  @Override
  public long getLatencyMaxMillis() {
    return breaker.traffic().millis(100);
  }

  @Override
  public String getLastError() {
    return breaker.lastFailure();
  }

  @Override
  public void forceOpen() {
    breaker.forceOpen();
  }

  @Override
  public void forceClosed() {
    breaker.forceClosed();
  }

  @Override
  public void automatic() {
    breaker.automatic();
  }
}
