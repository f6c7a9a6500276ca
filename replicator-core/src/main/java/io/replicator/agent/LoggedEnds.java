package io.replicator.agent;

import io.replicator.apply.Apply;
import io.replicator.capture.Capture;
import io.replicator.config.ResourceConfig;
import io.replicator.reading.Hearing;
import java.util.Optional;

/** The ends of a flow whose store has a log of its own: its changes are captured and applied. */
record LoggedEnds(Optional<Capture> capture, Optional<Apply> apply) implements Ends {
  @Override
  public Optional<Status.CaptureStatus> captured() {
    return capture.flatMap(end -> Status.CaptureStatus.of(end.sequences(), end.status()));
  }

  @Override
  public void watch(Hearing.Origin origin) {
    apply.ifPresent(end -> end.watch(origin));
  }

  @Override
  public void share(Shares shares, ResourceConfig config) {
    capture.ifPresent(end -> end.setMostPendingBytes(shares.pendingBytes()));
    apply.ifPresent(end -> end.setBounds(shares.bounds(config)));
  }

  @Override
  public void handOver() {
    capture.ifPresent(Capture::close);
    apply.ifPresent(Apply::handOver);
  }

  @Override
  public void close() {
    capture.ifPresent(Capture::close);
    apply.ifPresent(Apply::close);
  }
}
