package io.replicator.agent;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.replicator.model.Era;
import io.replicator.model.Region;
import io.replicator.spi.SourceStatus;
import io.replicator.wire.Stamp;
import io.replicator.wire.Written;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * A status is what an agent tells the agents of all regions about itself, every second.
 *
 * @param format number of this form
 * @param region where the agent runs
 * @param agent tells it from the others of its region
 * @param sentMillis when, since 1970, by the agent's clock
 * @param captures what it captures, by resource
 * @param flows what its flows are doing
 * @param ages how old the status of other regions' agents looks to it at least, by agent, in
 *     milliseconds: by its own clock, less than nothing where theirs is ahead
 */
record Status(
    @JsonProperty("format") int format,
    @JsonProperty("region") String region,
    @JsonProperty("agent") String agent,
    @JsonProperty("sentMillis") long sentMillis,
    @JsonProperty("captures") Map<String, CaptureStatus> captures,
    @JsonProperty("flows") List<FlowStatus> flows,
    @JsonProperty("ages") Map<String, Long> ages) {
  static final int FORMAT = 1;

  /**
   * What another version leaves out is empty, not a fault.
   *
   * @throws IllegalArgumentException if it names no region or agent, or no possible time
   */
  Status {
    require(region != null, "region");
    new Region(region);
    require(agent != null, "agent");
    Era.checked(Instant.ofEpochMilli(sentMillis));
    captures = captures == null ? Map.of() : Map.copyOf(captures);
    flows = flows == null ? List.of() : List.copyOf(flows);
    ages = ages == null ? Map.of() : Map.copyOf(ages);
    require(ages.values().stream().allMatch(it -> Math.abs(it) <= Stamp.MOST), "possible ages");
  }

  /** Returns how old an agent's status looks to this one at least, in milliseconds. */
  OptionalLong ageOf(String other) {
    Long age = ages.get(other);
    return age == null ? OptionalLong.empty() : OptionalLong.of(age);
  }

  private static List<Long> checked(List<Long> sent) {
    List<Long> numbers = sent == null ? List.of() : List.copyOf(sent);
    require(numbers.stream().allMatch(it -> it >= 0 && it <= Stamp.MOST), "numbers of changes");
    return numbers;
  }

  private static void require(boolean there, String name) {
    if (!there) {
      throw new IllegalArgumentException("a status without " + name);
    }
  }

  /**
   * What an agent captures of a resource.
   *
   * @param incarnation the producer's
   * @param sent the number of its last change by partition
   * @param waiting changes that wait in the source; -1 if not known
   * @param upToMillis everything delivered before is captured; null if not known
   * @param retentionMillis how long the source keeps what is not captured; null if not known
   * @param former incarnations that are silent now and had written something before the present
   *     one's first record; null where nothing is said of them, as by older agents
   */
  record CaptureStatus(
      @JsonProperty("incarnation") String incarnation,
      @JsonProperty("sent") List<Long> sent,
      @JsonProperty("waiting") long waiting,
      @JsonProperty("upToMillis") Long upToMillis,
      @JsonProperty("retentionMillis") Long retentionMillis,
      @JsonProperty("former") List<Former> former) {
    /**
     * @throws IllegalArgumentException if it names no incarnation, or what no capture can know
     */
    CaptureStatus {
      require(incarnation != null, "incarnation");
      sent = checked(sent);
      if (upToMillis != null) {
        Era.checked(Instant.ofEpochMilli(upToMillis));
      }
      former = former == null ? null : List.copyOf(former);
    }

    /**
     * Returns what is to be told of a capture, if it has an incarnation.
     *
     * @param written what that has written
     * @param source what the source knows, if it was opened
     * @param former returns what is to be said of others; null for nothing
     */
    static Optional<CaptureStatus> of(
        Optional<Written> written,
        Optional<SourceStatus> source,
        Function<Written, List<Former>> former) {
      return written.map(
          present ->
              new CaptureStatus(
                  present.incarnation(),
                  present.last(),
                  source.map(status -> status.waiting().orElse(-1)).orElse(-1L),
                  source
                      .flatMap(SourceStatus::deliveredUpTo)
                      .map(Instant::toEpochMilli)
                      .orElse(null),
                  source.flatMap(SourceStatus::retention).map(Duration::toMillis).orElse(null),
                  former.apply(present)));
    }
  }

  /**
   * An incarnation that speaks no more for itself.
   *
   * @param sent the number of its last change by partition
   * @param atMillis when it had written that, by the clock of its agent
   */
  record Former(
      @JsonProperty("incarnation") String incarnation,
      @JsonProperty("sent") List<Long> sent,
      @JsonProperty("atMillis") long atMillis) {
    /**
     * @throws IllegalArgumentException if it names no incarnation, or impossible numbers
     */
    Former {
      require(incarnation != null, "the incarnation of a former life");
      sent = checked(sent);
      Era.checked(Instant.ofEpochMilli(atMillis));
    }

    static Former of(Written written) {
      return new Former(written.incarnation(), written.last(), written.at().toEpochMilli());
    }
  }

  /**
   * What a flow is doing in an agent, as its bean says.
   *
   * @param pending changes that are to be applied in the agent's partitions; -1 if not known
   * @param partitions how many are in the agent's hands; 0 from an agent that does not tell
   */
  record FlowStatus(
      @JsonProperty("flow") String flow,
      @JsonProperty("role") String role,
      @JsonProperty("state") String state,
      @JsonProperty("reason") String reason,
      @JsonProperty("lagMillis") long lagMillis,
      @JsonProperty("pending") long pending,
      @JsonProperty("partitions") int partitions) {}
}
