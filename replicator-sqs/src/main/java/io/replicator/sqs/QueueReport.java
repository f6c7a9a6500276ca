package io.replicator.sqs;

import io.replicator.spi.Finding;
import io.replicator.spi.Finding.Level;
import java.util.ArrayList;
import java.util.List;

/** A queue report gathers what is found of one queue. */
final class QueueReport {
  private final String subject;
  private final List<Finding> findings = new ArrayList<>();

  QueueReport(Queue queue) {
    this.subject = "sqs " + queue;
  }

  void ok(String detail) {
    add(Level.OK, subject, detail, "");
  }

  void untried(String detail, String mend) {
    add(Level.UNTRIED, subject, detail, mend);
  }

  void warning(String detail, String mend) {
    add(Level.WARNING, subject, detail, mend);
  }

  void error(String detail, String mend) {
    add(Level.ERROR, subject, detail, mend);
  }

  /** Adds what is not the queue's alone. */
  void add(Level level, String whose, String detail, String mend) {
    findings.add(new Finding(level, whose, detail, mend));
  }

  List<Finding> findings() {
    return List.copyOf(findings);
  }
}
