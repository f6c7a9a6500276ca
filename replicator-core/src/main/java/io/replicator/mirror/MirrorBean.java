package io.replicator.mirror;

import io.replicator.jmx.MirrorMXBean;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Supplier;

/** A mirror bean shows the mirror from one peer to operators. */
final class MirrorBean implements MirrorMXBean {
  private final Supplier<MirrorStatus> status;
  private final InstantSource clock;

  MirrorBean(Supplier<MirrorStatus> status, InstantSource clock) {
    this.status = status;
    this.clock = clock;
  }

  @Override
  public String getState() {
    return status.get().condition().state().name();
  }

  @Override
  public String getReason() {
    return status.get().condition().reason();
  }

  @Override
  public String getHint() {
    return status.get().condition().hint();
  }

  @Override
  public String getLastHeartbeat() {
    return status.get().lastHeartbeat().map(Instant::toString).orElse("");
  }

  @Override
  public long getHeartbeatAgeMillis() {
    return status
        .get()
        .lastHeartbeat()
        .map(written -> Math.max(0, Duration.between(written, clock.instant()).toMillis()))
        .orElse(-1L);
  }

  @Override
  public long getClockSkewMillis() {
    return status.get().skew().map(skew -> skew.middle().toMillis()).orElse(0L);
  }

  @Override
  public long getClockSkewErrorMillis() {
    return status.get().skew().flatMap(Skew::error).map(Duration::toMillis).orElse(-1L);
  }

  @Override
  public String getClockWarning() {
    return status.get().skew().filter(Skew::isIntolerable).map(Skew::warning).orElse("");
  }

  @Override
  public long getRecords() {
    return status.get().records().orElse(-1);
  }

  @Override
  public long getBytes() {
    return status.get().bytes().orElse(-1);
  }

  @Override
  public long getRestarts() {
    return status.get().restarts();
  }
}
