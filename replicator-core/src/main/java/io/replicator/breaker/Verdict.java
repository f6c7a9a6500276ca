package io.replicator.breaker;

import io.replicator.spi.ReplicationException;
import java.util.concurrent.CompletionException;

/** A verdict is what the answer to a call says of the target. */
enum Verdict {
  /** It does its work. */
  WELL,
  /** It does not. */
  ILL,
  /** It refuses, perhaps all alike. */
  REFUSES,
  /** It refuses this change, and takes others. */
  REFUSES_ONE,
  /** Nothing. */
  NOTHING;

  /** Judges what came of a call. */
  interface Judge<T> {
    /**
     * Returns the verdict.
     *
     * @param answer what the call completed with; null if it failed
     * @param failure why it failed; null if it did not
     */
    Verdict of(T answer, Throwable failure);
  }

  /** Tells a failure of the target from one of the change alone; null is none at all. */
  static Verdict of(Throwable failure) {
    if (failure == null) {
      return WELL;
    }
    if (cause(failure) instanceof ReplicationException known) {
      return switch (known.kind()) {
        case TRANSIENT -> ILL;
        case BLOCKED -> REFUSES;
        case POISON, SCHEMA, NEWER -> WELL; // it has answered, and others will pass
        case OPEN, FATAL -> NOTHING;
      };
    }
    return ILL;
  }

  /** Returns what it is where the change failed before while the target took others. */
  Verdict ofFailing() {
    return switch (this) {
      case ILL -> NOTHING;
      case REFUSES -> REFUSES_ONE;
      case WELL, REFUSES_ONE, NOTHING -> this;
    };
  }

  /** Returns what a stage failed with. */
  static Throwable cause(Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }
}
