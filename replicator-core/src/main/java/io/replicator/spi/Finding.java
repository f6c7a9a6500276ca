package io.replicator.spi;

import java.util.Objects;

/**
 * A finding is the result of one dry test of {@code replicator check}.
 *
 * @param level how bad it is
 * @param subject what was tried, such as {@code sqs queue orders}
 * @param detail what came of it
 * @param mend what to do; empty when nothing is to be done
 */
public record Finding(Level level, String subject, String detail, String mend) {
  /** How bad a finding is. */
  public enum Level {
    OK,
    /** Could not be found out, or not without changing something: to be seen to by the operator. */
    UNTRIED,
    /** Works, but will surprise. */
    WARNING,
    /** Would not work. */
    ERROR
  }

  public Finding {
    Objects.requireNonNull(level, "level");
    Objects.requireNonNull(subject, "subject");
    Objects.requireNonNull(detail, "detail");
    Objects.requireNonNull(mend, "mend");
  }
}
