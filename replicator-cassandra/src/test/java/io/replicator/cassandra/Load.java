package io.replicator.cassandra;

import com.datastax.oss.driver.api.core.CqlSession;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/** Writes random statements into one cluster, some at a time, as an ordinary client. */
public final class Load {
  private static final int AT_ONCE = 24;

  private Load() {}

  /**
   * Writes so many statements; returns when all are confirmed.
   *
   * @return what failures said, each once; but for what contention brings
   */
  public static Set<String> write(CqlSession session, RandomCql random, int statements) {
    Semaphore free = new Semaphore(AT_ONCE);
    Set<String> failures = ConcurrentHashMap.newKeySet();
    for (int i = 0; i < statements; i++) {
      String cql = random.next();
      free.acquireUninterruptibly();
      session
          .executeAsync(cql)
          .whenComplete(
              (result, failure) -> {
                if (failure != null && !isContention(failure.getMessage())) {
                  failures.add(failure.getMessage() + ": " + cql);
                }
                free.release();
              });
    }
    free.acquireUninterruptibly(AT_ONCE);
    return failures;
  }

  /** A conditional write that met too many others may be carried out or not. */
  private static boolean isContention(String message) {
    return message.contains("CAS write query") || message.contains("CAS operation result");
  }
}
