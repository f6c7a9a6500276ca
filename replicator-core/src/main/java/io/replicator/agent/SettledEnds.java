package io.replicator.agent;

import io.replicator.backfill.Backfill;
import io.replicator.capture.Capture;
import io.replicator.config.ResourceConfig;
import io.replicator.reading.Hearing;
import io.replicator.settle.Inflow;
import io.replicator.settle.Settle;
import java.util.Optional;

/**
 * The ends of a flow whose store gives hints. All flows of a resource are settled by one station;
 * the first of them opens and closes it for all.
 *
 * @param station of the resource, in the hands of its first flow
 * @param intake of the hints, in the hands of the region's own flow
 * @param backfill likewise
 * @param predecessors of what the station tells
 */
record SettledEnds(
    Inflow inflow,
    Optional<Settle> station,
    Optional<Capture> intake,
    Optional<Backfill> backfill,
    Predecessors predecessors)
    implements Ends {

  /** What the station tells the others, by the source's word on what waits in it. */
  @Override
  public Optional<Status.CaptureStatus> captured() {
    return intake.flatMap(
        end ->
            station.flatMap(
                it ->
                    Status.CaptureStatus.of(
                        it.written(),
                        end.status(),
                        present -> predecessors.toTell(present, it.former()))));
  }

  @Override
  public void watch(Hearing.Origin origin) {
    if (intake.isEmpty()) {
      inflow.watch(origin);
    }
    backfill.ifPresent(Backfill::tick);
  }

  @Override
  public void share(Shares shares, ResourceConfig config) {
    intake.ifPresent(end -> end.setMostPendingBytes(shares.pendingBytes()));
    station.ifPresent(it -> it.setBounds(shares.bounds(config)));
  }

  @Override
  public void handOver() {
    backfill.ifPresent(Backfill::close);
    intake.ifPresent(Capture::close);
    station.ifPresent(Settle::handOver);
  }

  @Override
  public void close() {
    backfill.ifPresent(Backfill::close);
    intake.ifPresent(Capture::close);
    station.ifPresent(Settle::close);
  }
}
