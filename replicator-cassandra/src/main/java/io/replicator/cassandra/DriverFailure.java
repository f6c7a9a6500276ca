package io.replicator.cassandra;

import com.datastax.oss.driver.api.core.AllNodesFailedException;
import com.datastax.oss.driver.api.core.DriverTimeoutException;
import com.datastax.oss.driver.api.core.auth.AuthenticationException;
import com.datastax.oss.driver.api.core.servererrors.CoordinatorException;
import com.datastax.oss.driver.api.core.servererrors.InvalidQueryException;
import com.datastax.oss.driver.api.core.servererrors.OverloadedException;
import com.datastax.oss.driver.api.core.servererrors.SyntaxError;
import com.datastax.oss.driver.api.core.servererrors.UnauthorizedException;
import com.datastax.oss.driver.api.core.servererrors.UnavailableException;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.CompletionException;

/** What a failure of the driver means for a flow. */
final class DriverFailure {
  private DriverFailure() {}

  /**
   * Translates a failure.
   *
   * @param what was tried
   */
  static ReplicationException of(String what, Throwable failure) {
    Throwable cause = failure;
    while ((cause instanceof CompletionException
            || cause instanceof java.util.concurrent.ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof ReplicationException known) {
      return known;
    }
    if (cause instanceof AllNodesFailedException all) {
      // What each node answered says more than that none did.
      cause =
          all.getAllErrors().values().stream()
              .flatMap(errors -> errors.stream())
              .filter(error -> !(error instanceof AllNodesFailedException))
              .findFirst()
              .orElse(all);
      return exception(kind(cause, true), what, cause);
    }
    return exception(kind(cause, false), what, cause);
  }

  private static Kind kind(Throwable cause, boolean everywhere) {
    if (cause instanceof UnauthorizedException
        || cause instanceof AuthenticationException
        || cause instanceof UnavailableException
        || cause instanceof OverloadedException) {
      return Kind.BLOCKED;
    }
    if (cause instanceof InvalidQueryException || cause instanceof SyntaxError) {
      return Kind.SCHEMA;
    }
    if (cause instanceof DriverTimeoutException) {
      return Kind.TRANSIENT;
    }
    return everywhere ? Kind.BLOCKED : Kind.TRANSIENT;
  }

  private static ReplicationException exception(Kind kind, String what, Throwable cause) {
    String hint =
        switch (kind) {
          case SCHEMA ->
              "the target refuses the statement: make its tables and types like the origin's";
          case BLOCKED ->
              cause instanceof UnauthorizedException || cause instanceof AuthenticationException
                  ? "look at user, password and the rights granted to the user"
                  : "look at the cluster's nodes; nothing is lost meanwhile";
          default -> "";
        };
    return new ReplicationException(kind, what + ": " + text(cause), hint, cause);
  }

  /** What a node answered is told by itself; why none did stands at the bottom. */
  private static String text(Throwable failure) {
    Throwable cause = failure;
    while (!(cause instanceof CoordinatorException) && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof ClosedChannelException) {
      return "the connection is refused, or was closed";
    }
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }
}
