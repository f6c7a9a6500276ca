package io.replicator.deploy.status;

import io.replicator.jmx.FlowBean;
import io.replicator.model.Flow;
import io.replicator.reading.Throttle;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.management.Attribute;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/**
 * An agent connection reads one agent's beans, again and again; it comes back by itself after the
 * agent was gone. One thread at a time.
 */
public final class AgentConnection implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 5;
  private static final long RELOAD_SECONDS = 120;
  private static final long FLOW_SECONDS = 20;

  private final String url;
  private final Map<String, Object> environment;
  private final ExecutorService thread;
  private JMXConnector connector;
  private boolean closed;

  /**
   * @param url the agent's JMX service URL
   * @param environment what the JMX connector needs: credentials, socket factories
   */
  public AgentConnection(String url, Map<String, Object> environment) {
    this.url = url;
    this.environment = Map.copyOf(environment);
    // RMI knows no deadline that covers everything: an agent that hangs must not hang its reader.
    thread =
        Executors.newCachedThreadPool(
            work -> {
              Thread reader = new Thread(work, "jmx-reader");
              reader.setDaemon(true);
              return reader;
            });
  }

  /** Reads all beans, within five seconds. */
  public AgentStatus read() {
    return read(Set.of());
  }

  /**
   * Reads all beans likewise, for somebody who shows no operator what they say: not their reasons,
   * since what an agent has told of a gap counts as seen, and may be accepted.
   */
  public AgentStatus readUnseen() {
    return read(Set.of("Reason"));
  }

  private AgentStatus read(Set<String> except) {
    Future<AgentStatus> reading = thread.submit(() -> readNow(except));
    try {
      return reading.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      forget();
      return new AgentStatus.Silent(url, reason(e.getCause()));
    } catch (TimeoutException e) {
      reading.cancel(true);
      forget();
      return new AgentStatus.Silent(url, "no answer within " + PATIENCE_SECONDS + " s");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new AgentStatus.Silent(url, "interrupted");
    }
  }

  /**
   * Has the agent read its configuration again, and returns what it changed.
   *
   * @throws IllegalStateException if it changed nothing, or does not answer; its message says why
   */
  public String reload() {
    return call(
        server ->
            (String)
                server.invoke(
                    new ObjectName("replicator:type=Agent"),
                    "reload",
                    new Object[0],
                    new String[0]),
        RELOAD_SECONDS,
        "LastReload of its bean will tell");
  }

  /**
   * Orders a backfill of a flow, and returns what was ordered; empty if the agent has no bean of
   * the flow.
   *
   * @throws IllegalStateException if it cannot be ordered there; its message says why
   */
  public Optional<String> backfill(Flow flow, String prefix, boolean repair, int rate) {
    return onFlow(
        flow,
        (server, bean) ->
            (String)
                server.invoke(
                    bean,
                    "backfill",
                    new Object[] {prefix, repair, rate},
                    new String[] {"java.lang.String", "boolean", "int"}));
  }

  /** Ends a backfill of a flow where it is, likewise. */
  public Optional<String> stopBackfill(Flow flow) {
    return onFlow(
        flow,
        (server, bean) -> {
          String state = (String) server.getAttribute(bean, "Backfill");
          server.invoke(bean, "stopBackfill", new Object[0], new String[0]);
          return flow + (state.startsWith("running") ? ": stopped" : ": nothing was running");
        });
  }

  /** Holds a flow in the agent's region, likewise. */
  public Optional<String> pause(Flow flow) {
    return order(flow, "pause", "paused");
  }

  /** Lets a flow go on in the agent's region, likewise. */
  public Optional<String> resume(Flow flow) {
    return order(flow, "resume", "goes on");
  }

  /**
   * Takes what a flow is known to miss in the agent's region as lost, likewise; the answer has what
   * the flow said of itself there just before.
   */
  public Optional<String> acceptGap(Flow flow) {
    return onFlow(
        flow,
        (server, bean) -> {
          Object was = server.invoke(bean, "acceptGap", new Object[0], new String[0]);
          return flow
              + ": what it was shown to miss is taken as lost"
              + (was == null ? "" : "; just before it was " + was); // an older agent does not say
        });
  }

  private Optional<String> order(Flow flow, String operation, String done) {
    return onFlow(
        flow,
        (server, bean) -> {
          server.invoke(bean, operation, new Object[0], new String[0]);
          return flow + ": " + done;
        });
  }

  /** Returns how far the last backfill of a flow has come, likewise. */
  public Optional<String> backfillState(Flow flow) {
    return onFlow(flow, (server, bean) -> (String) server.getAttribute(bean, "Backfill"));
  }

  /**
   * Throttles a flow in the agent's region, likewise.
   *
   * @param changes a second; 0 for no limit, empty for the present one
   * @param bytes a second; likewise
   */
  public Optional<String> throttle(Flow flow, Optional<Long> changes, Optional<Long> bytes) {
    return onFlow(
        flow,
        (server, bean) -> {
          long ofChanges = limit(server, bean, "ApplyRate", changes);
          long ofBytes = limit(server, bean, "ApplyBytesRate", bytes);
          server.invoke(
              bean, "throttle", new Object[] {ofChanges, ofBytes}, new String[] {"long", "long"});
          return flow + ": at most " + new Throttle.Rates(ofChanges, ofBytes).words();
        });
  }

  private static long limit(
      MBeanServerConnection server, ObjectName bean, String attribute, Optional<Long> wanted)
      throws JMException, IOException {
    return wanted.isPresent() ? wanted.get() : limit(server, bean, attribute);
  }

  /** The bean shows -1 where there is no limit. */
  private static long limit(MBeanServerConnection server, ObjectName bean, String attribute)
      throws JMException, IOException {
    return Math.max(0, (Long) server.getAttribute(bean, attribute));
  }

  /** Takes a flow's throttle back to what is configured, likewise. */
  public Optional<String> unthrottle(Flow flow) {
    return order(flow, "unthrottle", "as configured");
  }

  /** Returns how a flow is throttled, likewise. */
  public Optional<String> throttleState(Flow flow) {
    return onFlow(
        flow,
        (server, bean) ->
            flow
                + ": "
                + new Throttle.Rates(
                        limit(server, bean, "ApplyRate"), limit(server, bean, "ApplyBytesRate"))
                    .words());
  }

  /** A call to a flow's bean. */
  private interface FlowCall {
    String on(MBeanServerConnection server, ObjectName bean) throws JMException, IOException;
  }

  private Optional<String> onFlow(Flow flow, FlowCall work) {
    return Optional.ofNullable(
        call(
            server -> {
              ObjectName bean = new ObjectName(FlowBean.objectName(flow));
              return server.isRegistered(bean) ? work.on(server, bean) : null;
            },
            FLOW_SECONDS,
            "it may take effect later"));
  }

  /** A call to the agent's beans. */
  private interface Call {
    String on(MBeanServerConnection server) throws JMException, IOException;
  }

  private String call(Call work, long seconds, String otherwise) {
    Future<String> calling = thread.submit(() -> work.on(connector().getMBeanServerConnection()));
    try {
      return calling.get(seconds, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException(reason(e.getCause()), e);
    } catch (TimeoutException e) {
      throw new IllegalStateException("no answer within " + seconds + " s; " + otherwise, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** Returns the JMX service URL of the agent. */
  public String url() {
    return url;
  }

  @Override
  public void close() {
    thread.shutdownNow(); // its threads would stay for a minute
    synchronized (this) {
      closed = true;
    }
    close(forget());
  }

  private static void close(JMXConnector open) {
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        return; // the agent is gone: nothing is left to close
      }
    }
  }

  /** Not under the lock: to connect with an agent that stands still takes a minute. */
  @SuppressWarnings("BanJNDI") // it connects where the operator said, and nowhere else
  private JMXConnector connector() throws IOException {
    synchronized (this) {
      if (connector != null) {
        return connector;
      }
    }
    JMXConnector made = JMXConnectorFactory.connect(new JMXServiceURL(url), environment);
    JMXConnector kept;
    synchronized (this) {
      connector = connector == null && !closed ? made : connector;
      kept = connector;
    }
    if (kept != made) {
      close(made); // another reader's came first, or nobody wants one any more
    }
    if (kept == null) {
      throw new IOException("closed");
    }
    return kept;
  }

  /** A broken connector is left to itself: closing it would wait for the agent again. */
  private synchronized JMXConnector forget() {
    JMXConnector open = connector;
    connector = null;
    return open;
  }

  private AgentStatus readNow(Set<String> except) throws IOException, JMException {
    MBeanServerConnection server = connector().getMBeanServerConnection();
    List<Bean> agents = beans(server, "replicator:type=Agent,*", except);
    if (agents.isEmpty()) {
      agents = beans(server, "replicator:type=MirrorProcess,*", except);
    }
    if (agents.isEmpty()) {
      agents = beans(server, "replicator:type=CaptureProcess,*", except);
    }
    if (agents.isEmpty()) {
      return new AgentStatus.Silent(url, "it answers, but holds no replicator agent");
    }
    return new AgentStatus.Answered(
        url,
        System.nanoTime(),
        agents.get(0),
        beans(server, "replicator:type=Flow,*", except),
        beans(server, "replicator:type=Mirror,*", except),
        beans(server, "replicator:type=Target,*", except));
  }

  private static List<Bean> beans(MBeanServerConnection server, String pattern, Set<String> except)
      throws IOException, JMException {
    List<Bean> beans = new ArrayList<>();
    for (ObjectName name : server.queryNames(new ObjectName(pattern), null)) {
      String[] attributes =
          Arrays.stream(server.getMBeanInfo(name).getAttributes())
              .map(MBeanAttributeInfo::getName)
              .filter(attribute -> !except.contains(attribute))
              .toArray(String[]::new);
      Map<String, Object> values = new TreeMap<>();
      for (Attribute attribute : server.getAttributes(name, attributes).asList()) {
        values.put(attribute.getName(), attribute.getValue());
      }
      beans.add(new Bean(name, values));
    }
    beans.sort(Comparator.comparing(bean -> bean.name().getCanonicalName()));
    return beans;
  }

  private static String reason(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    if (root instanceof InstanceNotFoundException) {
      return "it is no agent: a mirror's or a capture's process has nothing to reload";
    }
    if (root instanceof SecurityException && String.valueOf(root.getMessage()).contains("level")) {
      return "it lets this user only read: give it readwrite in the access file";
    }
    if (root instanceof SecurityException) {
      return "it refuses the user name or the password: " + root.getMessage();
    }
    return root.getMessage() == null ? root.toString() : root.getMessage();
  }
}
