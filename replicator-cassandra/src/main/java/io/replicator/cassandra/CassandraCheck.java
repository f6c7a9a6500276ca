package io.replicator.cassandra;

import io.replicator.spi.Finding;
import java.util.List;

final class CassandraCheck {
  CassandraCheck(Selection selection, CassandraSettings settings, Sessions sessions) {}

  List<Finding> findings() {
    return List.of();
  }
}
