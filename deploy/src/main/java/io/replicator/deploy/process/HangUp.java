package io.replicator.deploy.process;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The hang-up signal, SIGHUP, by which daemons are told to read their configuration again. The JDK
 * has it in {@code sun.misc.Signal}, which is supported but which the compiler warns of without an
 * end: it is reached by name.
 */
public final class HangUp {
  private static final Logger LOG = LoggerFactory.getLogger(HangUp.class);

  private HangUp() {}

  /**
   * Has {@code action} run at each SIGHUP, on a thread of the JVM's, instead of the process ended.
   * Does nothing where there is no such signal, where the JVM leaves signals alone ({@code -Xrs}),
   * and in a process that was started to ignore it, as by {@code nohup}.
   */
  public static void handle(Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object acting =
          Proxy.newProxyInstance(
              handler.getClassLoader(),
              new Class<?>[] {handler},
              (proxy, method, arguments) -> {
                if (method.getName().equals("handle")) {
                  action.run();
                }
                return null;
              });
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance("HUP"), acting);
    } catch (InvocationTargetException e) {
      LOG.info("SIGHUP is not heeded: {}", e.getCause().getMessage());
    } catch (ReflectiveOperationException e) {
      LOG.info("SIGHUP is not heeded: {}", e.toString());
    }
  }
}
