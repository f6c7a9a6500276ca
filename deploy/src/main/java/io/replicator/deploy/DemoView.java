package io.replicator.deploy;

import io.replicator.deploy.demo.Demonstration;
import io.replicator.deploy.demo.ObjectDemonstration;
import io.replicator.deploy.sandbox.AgentServer;
import io.replicator.deploy.sandbox.CassandraServer;
import io.replicator.deploy.sandbox.LinkProxy;
import io.replicator.deploy.sandbox.Sandbox;
import io.replicator.deploy.sandbox.SandboxRegion;
import io.replicator.deploy.status.AgentStatus;
import io.replicator.deploy.status.AgentWatch;
import io.replicator.deploy.view.HumanTime;
import io.replicator.deploy.view.LiveView;
import io.replicator.deploy.view.Screen;
import io.replicator.deploy.view.TroubleNews;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Shows how the demonstration goes: a table drawn anew on a terminal, lines elsewhere. */
final class DemoView implements AutoCloseable {
  private static final int QUIET_TICKS = 5;

  private final Sandbox sandbox;
  private final Demonstration demonstration;
  private final ObjectDemonstration objects;
  private final Screen screen;
  private final Map<String, List<AgentWatch>> watches = new TreeMap<>();
  private final TroubleNews news = new TroubleNews();
  private int ticks;

  DemoView(
      Sandbox sandbox, Demonstration demonstration, ObjectDemonstration objects, Screen screen) {
    this.sandbox = sandbox;
    this.demonstration = demonstration;
    this.objects = objects;
    this.screen = screen;
    for (SandboxRegion region : sandbox.regions()) {
      watches.put(
          region.name(),
          Stream.concat(
                  region.agents().stream().map(AgentServer::jmxUrl),
                  region.cassandra().stream().map(CassandraServer::captureJmxUrl))
              .map(AgentWatch::new)
              .toList());
    }
  }

  /** Shows the figures as they are now; called once a second. */
  void tick() {
    List<LiveView.Row> rows = rows();
    List<AgentStatus> all =
        watches.values().stream()
            .flatMap(List::stream)
            .filter(AgentWatch::hasAsked)
            .map(AgentWatch::last)
            .toList();
    ticks++;
    if (screen.drawsBlocks()) {
      List<String> block = new ArrayList<>(LiveView.block(rows));
      block.addAll(objects.lines());
      block.addAll(LiveView.troubles(all));
      screen.draw(block);
      return;
    }
    if (ticks % QUIET_TICKS == 1 || rows.stream().anyMatch(DemoView::isNews)) {
      rows.forEach(row -> screen.note(LiveView.line(row)));
      objects.lines().forEach(screen::note);
    }
    // Lines that stay: what was told is not told again each time.
    news.lines(all).forEach(screen::note);
  }

  @Override
  public void close() {
    screen.clear();
    watches.values().forEach(agents -> agents.forEach(AgentWatch::close));
  }

  private List<LiveView.Row> rows() {
    List<LiveView.Row> rows = new ArrayList<>();
    demonstration
        .counts()
        .forEach(
            (direction, count) -> {
              List<AgentStatus> targets =
                  watches.get(direction.to()).stream().map(AgentWatch::last).toList();
              LinkProxy link = sandbox.region(direction.from()).link(direction.to());
              rows.add(
                  new LiveView.Row(
                      direction,
                      described(link),
                      targets,
                      count,
                      demonstration.latencyMillis(direction.from())));
            });
    return rows;
  }

  private static boolean isNews(LiveView.Row row) {
    return !row.link().equals("up") || row.count().missing() > 2;
  }

  private static String described(LinkProxy link) {
    if (link.isCut()) {
      return "CUT";
    }
    return link.delay().isZero()
        ? "up"
        : "+" + HumanTime.ofMillis(link.delay().toMillis()) + " each way";
  }
}
