package io.replicator.kafka;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.UnsupportedSaslMechanismException;

/**
 * A denial says why a Kafka does not let us in, or why no client could be made for it, and which
 * key of the configuration mends that. It repeats no secret.
 *
 * @param reason without the name of the Kafka
 * @param mend the keys, and what to do with them
 */
public record Denial(String reason, String mend) {
  /** Kafka says it so, and has no exception of its own for it. */
  private static final String UNKNOWN = "No resolvable bootstrap urls";

  /**
   * Returns the denial behind a failure; empty if it is another one, such as an outage.
   *
   * @param section whose keys are named: {@code kafka}, or {@code peers.us-west-2.kafka}
   */
  public static Optional<Denial> of(String section, Throwable failure) {
    List<Throwable> chain = chain(failure);
    String deepest = words(chain.get(chain.size() - 1));
    for (Throwable cause : chain) {
      if (cause instanceof SslAuthenticationException) {
        return found("the TLS handshake failed: " + deepest, tls(section));
      }
      if (cause instanceof UnsupportedSaslMechanismException) {
        return found(
            "authentication failed: " + deepest,
            "set " + section + ".sasl.mechanism to one that the brokers' listener has");
      }
      if (cause instanceof AuthenticationException) {
        return found(
            "authentication failed: " + deepest,
            "correct user and password in "
                + section
                + ".sasl.jaas.config, or create the user on the brokers with credentials for "
                + section
                + ".sasl.mechanism");
      }
      if (cause instanceof ConfigException
          && String.valueOf(cause.getMessage()).contains(UNKNOWN)) {
        return found(
            "no host in its bootstrap.servers has an address",
            "look whether this machine's DNS answers, or correct "
                + section
                + ".bootstrap.servers");
      }
      if (cause instanceof ConfigException) {
        return found("its options are refused: " + words(cause), "correct " + section);
      }
    }
    if (deepest.contains("LoginModule")) {
      return found(
          "no client can be made for it: " + deepest,
          "correct the login module's class in " + section + ".sasl.jaas.config");
    }
    for (int i = chain.size() - 2; i >= 0; i--) {
      if (ofConstruction(chain.get(i))) {
        String which = chain.get(i).getMessage() + " (" + words(chain.get(i + 1)) + ")";
        return found("no client can be made for it: " + which, tls(section));
      }
    }
    return Optional.empty();
  }

  /** Returns in a line what is at the bottom of a failure. */
  public static String cause(Throwable failure) {
    List<Throwable> chain = chain(failure);
    return words(chain.get(chain.size() - 1));
  }

  private static Optional<Denial> found(String reason, String mend) {
    return Optional.of(new Denial(reason, mend));
  }

  private static String tls(String section) {
    return "correct "
        + section
        + ".ssl.truststore.* (it must hold the brokers' certificate or its issuer's), "
        + section
        + ".ssl.keystore.* (where the brokers ask for a certificate), or "
        + section
        + ".security.protocol";
  }

  /** Clients wrap what they meet while they are made; all that reads files is TLS. */
  private static boolean ofConstruction(Throwable cause) {
    return cause.getClass() == KafkaException.class
        && cause.getMessage() != null
        && cause.getMessage().startsWith("Failed to ");
  }

  private static String words(Throwable cause) {
    String message = cause.getMessage();
    return cause.getClass().getSimpleName() + (message == null ? "" : ": " + message);
  }

  private static List<Throwable> chain(Throwable failure) {
    Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    List<Throwable> chain = new ArrayList<>();
    for (Throwable at = failure; at != null && seen.add(at); at = at.getCause()) {
      chain.add(at);
    }
    return chain;
  }
}
