package io.replicator.deploy.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.replicator.jmx.FlowBean;
import io.replicator.model.Flow;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import javax.management.MBeanServer;
import javax.management.MBeanServerFactory;
import javax.management.ObjectName;
import javax.management.remote.JMXConnectorServer;
import javax.management.remote.JMXConnectorServerFactory;
import javax.management.remote.JMXServiceURL;
import org.junit.jupiter.api.Test;

class AgentConnectionTest {
  private static final Flow ORDERS = Flow.parse("sqs/orders@us-east-1");

  /** As much of a flow's bean as is asked here. */
  public interface LimitedMXBean {
    long getApplyRate();

    long getApplyBytesRate();

    void throttle(long changes, long bytes);
  }

  private static final class Limited implements LimitedMXBean {
    private long changes = -1;
    private long bytes = -1;

    @Override
    public long getApplyRate() {
      return changes;
    }

    @Override
    public long getApplyBytesRate() {
      return bytes;
    }

    @Override
    public void throttle(long toChanges, long toBytes) {
      changes = toChanges == 0 ? -1 : toChanges;
      bytes = toBytes == 0 ? -1 : toBytes;
    }
  }

  @Test
  void aLimitThatIsNotGivenStaysAsItIs() throws Exception {
    MBeanServer beans = MBeanServerFactory.newMBeanServer();
    beans.registerMBean(new Limited(), new ObjectName(FlowBean.objectName(ORDERS)));
    JMXConnectorServer server =
        JMXConnectorServerFactory.newJMXConnectorServer(
            new JMXServiceURL("service:jmx:rmi://127.0.0.1"), Map.of(), beans);
    server.start();
    try (AgentConnection agent = new AgentConnection(server.getAddress().toString(), Map.of())) {
      assertThat(agent.throttle(ORDERS, Optional.empty(), Optional.of(4_096L)))
          .contains("sqs/orders@us-east-1: at most any number of changes, 4096 bytes/s");
      assertThat(agent.throttle(ORDERS, Optional.of(20L), Optional.empty()))
          .contains("sqs/orders@us-east-1: at most 20 changes/s, 4096 bytes/s");
      assertThat(agent.throttle(ORDERS, Optional.empty(), Optional.of(0L)))
          .contains("sqs/orders@us-east-1: at most 20 changes/s, any number of bytes");
      assertThat(agent.throttleState(ORDERS))
          .contains("sqs/orders@us-east-1: 20 changes/s, any number of bytes");
    } finally {
      server.stop();
    }
  }

  @Test
  void anAgentThatStandsStillKeepsNobodyWaiting() throws Exception {
    try (ServerSocket still = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        AgentConnection agent =
            new AgentConnection(
                "service:jmx:rmi:///jndi/rmi://127.0.0.1:" + still.getLocalPort() + "/jmxrmi",
                Map.of())) {
      assertTimeoutPreemptively(
          Duration.ofSeconds(40), // it would be a minute for each
          () -> {
            for (int time = 0; time < 2; time++) {
              assertThat(agent.read())
                  .isInstanceOfSatisfying(
                      AgentStatus.Silent.class,
                      silent -> assertThat(silent.reason()).contains("no answer within 5 s"));
            }
          });
    }
  }
}
