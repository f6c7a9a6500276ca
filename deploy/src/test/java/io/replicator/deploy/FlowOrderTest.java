package io.replicator.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.jmx.FlowBean;
import io.replicator.model.Flow;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.rmi.server.RMIServerSocketFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.MBeanServerFactory;
import javax.management.ObjectName;
import javax.management.StandardMBean;
import javax.management.remote.JMXConnectorServer;
import javax.management.remote.JMXConnectorServerFactory;
import javax.management.remote.JMXServiceURL;
import javax.management.remote.rmi.RMIConnectorServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** Orders given to beans in this process, over the JDK's own connector. */
class FlowOrderTest {
  private static final Flow FLOW = Flow.parse("sqs/orders@us-east-1");

  /** What a process of a region shows. */
  public interface Placed {
    String getRegion();
  }

  /** What of a flow's bean is asked here. */
  public interface Ordered {
    String getRole();

    String getState();

    String getReason();

    void pause();

    void resume();

    String acceptGap();

    void throttle(long changes, long bytes);

    void unthrottle();

    String getBackfill();

    String backfill(String prefix, boolean repair, int rate);

    void stopBackfill();
  }

  private final List<String> obeyed = new CopyOnWriteArrayList<>();
  private final StringWriter err = new StringWriter();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final List<JMXConnectorServer> servers = new ArrayList<>();
  private Station west;

  @BeforeEach
  void serve() throws IOException, JMException {
    west = new Station("west", "Agent", "us-west-2");
    west.register();
  }

  @AfterEach
  void stop() throws IOException {
    for (JMXConnectorServer server : servers) {
      server.stop();
    }
  }

  @Test
  void eachOrderReachesTheFlowsBean() {
    assertThat(execute("pause", west)).isZero();
    assertThat(execute("resume", west)).isZero();
    assertThat(execute("accept-gap", west)).isZero();
    assertThat(obeyed).containsExactly("west: pause", "west: resume", "west: accept-gap");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void whatWasShownAsMissingIsToldWhereItIsAccepted() {
    assertThat(execute("accept-gap", west)).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains(
            FLOW
                + ": what it was shown to miss is taken as lost; just before it was DEGRADED: 2"
                + " changes of west are missing");
  }

  /** What it shows to nobody must not count as shown: it would be taken as lost unseen. */
  @Test
  void noOrderHasAGapShownToNobody() {
    for (String verb : List.of("pause", "resume", "accept-gap")) {
      assertThat(execute(verb, west)).isZero();
    }
    assertThat(west.showings).isZero();
  }

  @Test
  void aThrottleIsForThoseWhoApplyTheFlowAndOneOfARegionIsEnough() throws Exception {
    Station origin = new Station("origin", "Agent", "us-east-1");
    origin.role = "CAPTURE";
    origin.register();
    Station second = new Station("second", "Agent", "us-west-2");
    second.register();
    List<String> words = List.of("--changes", "5", "--bytes", "0");
    assertThat(execute("throttle", words, origin, west, second)).isZero();
    assertThat(execute("throttle", List.of("--configured"), origin, west)).isZero();
    assertThat(obeyed).containsExactly("west: throttle 5 0", "west: unthrottle");
    assertThat(err.toString()).isEmpty();
    assertThat(execute("throttle", words, origin)).isEqualTo(1);
    assertThat(err.toString()).contains("those asked only capture the flow " + FLOW);
  }

  @Test
  void aFlowThatThoseWhoAnswerDoNotHaveIsWrongUsage() throws Exception {
    Station bare = new Station("bare", "Agent", "us-east-1");
    assertThat(execute("pause", bare)).isEqualTo(2);
    assertThat(err.toString()).contains("there is no flow '" + FLOW + "' in those asked");
    Station away = new Station("away", "Agent", "us-west-2");
    away.server.stop();
    assertThat(execute("pause", bare, away)).isEqualTo(1);
  }

  @Test
  void whoseFlowRunsHasNoGapToAcceptAndIsNoRefusal() throws Exception {
    Station origin = new Station("origin", "Agent", "us-east-1");
    origin.role = "CAPTURE";
    origin.state = "RUNNING";
    origin.refusing = true;
    origin.register();
    assertThat(execute("accept-gap", origin, west)).isZero();
    assertThat(obeyed).containsExactly("west: accept-gap");
    assertThat(execute("accept-gap", origin)).isEqualTo(1);
    assertThat(err.toString()).contains("no gap is known here");
  }

  @Test
  void aRefusalIsTheReasonWhyTheCommandFails() {
    west.refusing = true;
    assertThat(execute("accept-gap", west)).isEqualTo(1);
    assertThat(err.toString()).contains("the agent of us-west-2 at ", ": no gap is known here");
    assertThat(obeyed).isEmpty();
  }

  @Test
  void aRegionThatRefusesIsToldOfThoughAnotherObeys() throws Exception {
    Station east = new Station("east", "Agent", "us-east-1");
    east.register();
    west.refusing = true;
    assertThat(execute("pause", east, west)).isEqualTo(1);
    assertThat(obeyed).containsExactly("east: pause");
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("the agent of us-east-1 at ");
    assertThat(err.toString()).contains("replicator: the agent of us-west-2 at ", ": no gap is");
  }

  @Test
  void whoDoesNotAnswerIsToldOfThoughAnotherObeys() throws Exception {
    Station away = new Station("away", "Agent", "us-east-1");
    away.server.stop();
    assertThat(execute("pause", west, away)).isEqualTo(1);
    assertThat(obeyed).containsExactly("west: pause");
    assertThat(err.toString()).contains("replicator: the agent at ", " does not answer: ");
  }

  @Test
  void whoHasNotTheFlowIsToldOfUnlessItsRegionObeys() throws Exception {
    Station bare = new Station("bare", "Agent", "us-east-1");
    assertThat(execute("pause", west, bare)).isEqualTo(1);
    assertThat(err.toString())
        .contains("the agent of us-east-1 at ", " does not have the flow " + FLOW);

    Station capture = new Station("capture", "CaptureProcess", "us-east-1");
    capture.register();
    err.getBuffer().setLength(0);
    assertThat(execute("pause", west, bare, capture)).isZero();
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void oneOfARegionThatObeysIsEnough() throws Exception {
    Station second = new Station("second", "Agent", "us-west-2");
    second.register();
    assertThat(execute("pause", west, second)).isZero();
    assertThat(obeyed).containsExactly("west: pause");
    west.refusing = true;
    assertThat(execute("resume", west, second)).isZero();
    assertThat(obeyed).containsExactly("west: pause", "second: resume");
  }

  @Test
  void theCaptureOfEachNodeIsToldToAcceptItsOwnGapAndOneIsEnoughToPause() throws Exception {
    Station one = new Station("one", "CaptureProcess", "us-east-1");
    one.register();
    Station other = new Station("other", "CaptureProcess", "us-east-1");
    other.register();
    assertThat(execute("accept-gap", one)).isZero();
    assertThat(execute("accept-gap", one, other)).isZero();
    assertThat(execute("pause", one, other)).isZero();
    assertThat(obeyed)
        .containsExactly("one: accept-gap", "one: accept-gap", "other: accept-gap", "one: pause");
    other.refusing = true;
    assertThat(execute("accept-gap", one, other)).isEqualTo(1);
  }

  @Test
  void whoDoesNotAnswerIsToldOfThoughTheBackfillIsOrdered() throws Exception {
    Station away = new Station("away", "Agent", "us-east-1");
    away.server.stop();
    west.role = "CAPTURE";
    west.backfill = "running: backfill, 7 keys sent";
    assertThat(execute("backfill", west)).isZero();
    assertThat(err.toString()).isEmpty();
    for (List<String> words : List.of(List.<String>of(), List.of("--show"), List.of("--stop"))) {
      err.getBuffer().setLength(0);
      assertThat(execute("backfill", words, west, away)).isEqualTo(1);
      assertThat(err.toString()).contains("replicator: the agent at ", " does not answer: ");
    }
    assertThat(obeyed).containsExactly("west: backfill", "west: backfill", "west: stop");
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("was started", "7 keys sent", FLOW + ": stopped");
  }

  @Test
  void aBackfillThatNobodyAskedCanKnowOfIsAskedOfItsOrigin() {
    assertThat(execute("backfill", List.of("--show"), west)).isEqualTo(1);
    assertThat(err.toString())
        .contains("none of those asked captures the flow " + FLOW, "an agent of us-east-1");
    west.role = "CAPTURE";
    err.getBuffer().setLength(0);
    assertThat(execute("backfill", List.of("--show"), west)).isEqualTo(1);
    assertThat(err.toString()).contains("no backfill of " + FLOW + " was ordered yet");
  }

  @Test
  void aStopTellsWhetherAnythingWasRunning() {
    west.role = "CAPTURE";
    west.backfill = "done: backfill, 7 keys sent";
    assertThat(execute("backfill", List.of("--stop"), west)).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains(FLOW + ": nothing was running");
    assertThat(execute("backfill", List.of("--stop", "--show"), west)).isEqualTo(2);
    assertThat(err.toString()).contains("--show only tells and --stop ends it");
  }

  private static RMIServerSocketFactory onLoopback() {
    return port -> new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
  }

  /** A process that a command may ask, and the flow's bean in it. */
  private final class Station implements Ordered {
    private final String name;
    private final MBeanServer beans = MBeanServerFactory.newMBeanServer();
    private final JMXConnectorServer server;
    private final String address;
    private boolean refusing;
    private int showings;
    private String role = "APPLY";
    private String state = "DEGRADED";
    private String backfill = "";

    Station(String name, String type, String region) throws IOException, JMException {
      this.name = name;
      server =
          JMXConnectorServerFactory.newJMXConnectorServer(
              new JMXServiceURL("service:jmx:rmi://"),
              Map.of(RMIConnectorServer.RMI_SERVER_SOCKET_FACTORY_ATTRIBUTE, onLoopback()),
              beans);
      server.start();
      address = server.getAddress().toString();
      servers.add(server);
      Placed process = () -> region;
      beans.registerMBean(
          new StandardMBean(process, Placed.class), new ObjectName("replicator:type=" + type));
    }

    void register() throws JMException {
      beans.registerMBean(
          new StandardMBean(this, Ordered.class), new ObjectName(FlowBean.objectName(FLOW)));
    }

    @Override
    public String getRole() {
      return role;
    }

    @Override
    public String getState() {
      return state;
    }

    @Override
    public String getReason() {
      showings++;
      return "2 changes of " + name + " are missing";
    }

    @Override
    public void pause() {
      obey("pause");
    }

    @Override
    public void resume() {
      obey("resume");
    }

    @Override
    public String acceptGap() {
      obey("accept-gap");
      return "DEGRADED: 2 changes of " + name + " are missing";
    }

    @Override
    public void throttle(long changes, long bytes) {
      obey("throttle " + changes + " " + bytes);
    }

    @Override
    public void unthrottle() {
      obey("unthrottle");
    }

    @Override
    public String getBackfill() {
      return backfill;
    }

    @Override
    public String backfill(String prefix, boolean repair, int rate) {
      obey("backfill");
      return FLOW + ": the backfill was started";
    }

    @Override
    public void stopBackfill() {
      obey("stop");
    }

    private void obey(String verb) {
      if (refusing) {
        throw new IllegalStateException("no gap is known here");
      }
      obeyed.add(name + ": " + verb);
    }
  }

  private int execute(String verb, Station... asked) {
    return execute(verb, List.of(), asked);
  }

  private int execute(String verb, List<String> words, Station... asked) {
    CommandLine line = Replicator.commandLine();
    line.getSubcommands().get(verb).setErr(new PrintWriter(err, true));
    List<String> arguments = new ArrayList<>(List.of(verb, FLOW.toString()));
    arguments.addAll(words);
    for (Station one : asked) {
      arguments.addAll(List.of("--jmx", one.address));
    }
    PrintStream before = System.out;
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    try {
      return line.execute(arguments.toArray(String[]::new));
    } finally {
      System.setOut(before);
    }
  }
}
