package io.replicator.agent;

import io.replicator.apply.Apply;
import io.replicator.backfill.Backfill;
import io.replicator.capture.Capture;
import io.replicator.config.ResourceConfig;
import io.replicator.reading.Hearing;
import java.util.Optional;

/**
 * The ends of a flow whose store has a log of its own: its changes are captured and applied.
 *
 * @param backfill where it is captured beside a node
 * @param predecessors of the capture
 */
record LoggedEnds(
    Optional<Capture> capture,
    Optional<Apply> apply,
    Optional<Backfill> backfill,
    Predecessors predecessors)
    implements Ends {
  @Override
  public Optional<Status.CaptureStatus> captured() {
    return capture.flatMap(
        end ->
            Status.CaptureStatus.of(
                end.written(),
                end.status(),
                present -> predecessors.toTell(present, end.former())));
  }

  @Override
  public void watch(Hearing.Origin origin) {
    apply.ifPresent(end -> end.watch(origin));
    backfill.ifPresent(Backfill::tick);
  }

  @Override
  public void share(Shares shares, ResourceConfig config) {
    capture.ifPresent(end -> end.setMostPendingBytes(shares.pendingBytes()));
    apply.ifPresent(end -> end.setBounds(shares.bounds(config)));
  }

  @Override
  public void handOver() {
    backfill.ifPresent(Backfill::close);
    capture.ifPresent(Capture::close);
    apply.ifPresent(Apply::handOver);
  }

  @Override
  public void close() {
    backfill.ifPresent(Backfill::close);
    capture.ifPresent(Capture::close);
    apply.ifPresent(Apply::close);
  }
}
