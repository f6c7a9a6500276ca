package io.replicator.check;

import io.replicator.spi.Finding;
import io.replicator.spi.Finding.Level;
import java.util.ArrayList;
import java.util.List;

/** A report gathers what one part of the check finds. Thread-safe. */
final class Report {
  private final List<Finding> findings = new ArrayList<>();

  synchronized void add(Finding finding) {
    findings.add(finding);
  }

  void add(Level level, String subject, String detail, String mend) {
    add(new Finding(level, subject, detail, mend));
  }

  void ok(String subject, String detail) {
    add(Level.OK, subject, detail, "");
  }

  /** Adds what could not be found out, with what the operator has to see to. */
  void untried(String subject, String detail, String mend) {
    add(Level.UNTRIED, subject, detail, mend);
  }

  void warning(String subject, String detail, String mend) {
    add(Level.WARNING, subject, detail, mend);
  }

  void error(String subject, String detail, String mend) {
    add(Level.ERROR, subject, detail, mend);
  }

  /** Returns what was found so far. */
  synchronized List<Finding> findings() {
    return List.copyOf(findings);
  }
}
