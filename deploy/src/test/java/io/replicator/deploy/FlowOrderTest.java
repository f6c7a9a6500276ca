package io.replicator.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.jmx.FlowBean;
import io.replicator.model.Flow;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.rmi.server.RMIServerSocketFactory;
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

  /** What the agent of a region shows. */
  public interface Agent {
    String getRegion();
  }

  /** What of a flow's bean is asked here. */
  public interface Ordered {
    String getRole();

    void pause();

    void resume();

    void acceptGap();
  }

  private final List<String> obeyed = new CopyOnWriteArrayList<>();
  private final StringWriter err = new StringWriter();
  private final MBeanServer beans = MBeanServerFactory.newMBeanServer();
  private JMXConnectorServer server;
  private boolean refusing;

  @BeforeEach
  void serve() throws IOException, JMException {
    server =
        JMXConnectorServerFactory.newJMXConnectorServer(
            new JMXServiceURL("service:jmx:rmi://"),
            Map.of(RMIConnectorServer.RMI_SERVER_SOCKET_FACTORY_ATTRIBUTE, onLoopback()),
            beans);
    server.start();
    register("replicator:type=Agent", () -> "us-west-2", Agent.class);
    register(FlowBean.objectName(FLOW), bean(), Ordered.class);
  }

  @AfterEach
  void stop() throws IOException {
    server.stop();
  }

  @Test
  void eachOrderReachesTheFlowsBean() {
    assertThat(execute("pause")).isZero();
    assertThat(execute("resume")).isZero();
    assertThat(execute("accept-gap")).isZero();
    assertThat(obeyed).containsExactly("pause", "resume", "accept-gap");
  }

  @Test
  void aRefusalIsTheReasonWhyTheCommandFails() {
    refusing = true;
    assertThat(execute("accept-gap")).isEqualTo(1);
    assertThat(err.toString()).contains("the agent of us-west-2 at ", ": no gap is known here");
    assertThat(obeyed).isEmpty();
  }

  private static RMIServerSocketFactory onLoopback() {
    return port -> new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
  }

  private Ordered bean() {
    return new Ordered() {
      @Override
      public String getRole() {
        return "APPLY";
      }

      @Override
      public void pause() {
        obeyed.add("pause");
      }

      @Override
      public void resume() {
        obeyed.add("resume");
      }

      @Override
      public void acceptGap() {
        if (refusing) {
          throw new IllegalStateException("no gap is known here");
        }
        obeyed.add("accept-gap");
      }
    };
  }

  private <T> void register(String name, T bean, Class<T> type) throws JMException {
    beans.registerMBean(new StandardMBean(bean, type), new ObjectName(name));
  }

  private int execute(String verb) {
    CommandLine line = Replicator.commandLine();
    line.getSubcommands().get(verb).setErr(new PrintWriter(err, true));
    return line.execute(verb, FLOW.toString(), "--jmx", server.getAddress().toString());
  }
}
