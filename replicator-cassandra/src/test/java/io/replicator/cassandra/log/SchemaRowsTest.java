package io.replicator.cassandra.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.cql.ColumnDefinition;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.detach.AttachmentPoint;
import com.datastax.oss.driver.internal.core.cql.DefaultColumnDefinition;
import com.datastax.oss.driver.internal.core.cql.DefaultColumnDefinitions;
import com.datastax.oss.driver.internal.core.cql.DefaultRow;
import com.datastax.oss.protocol.internal.ProtocolConstants;
import com.datastax.oss.protocol.internal.response.result.ColumnSpec;
import com.datastax.oss.protocol.internal.response.result.RawType;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A schema that changes while it is read. */
class SchemaRowsTest {
  private static SchemaRows rows(List<String> tables, List<String> columns) {
    return new SchemaRows(
        Map.of(
            "tables", tables.stream().map(SchemaRowsTest::row).toList(),
            "columns", columns.stream().map(SchemaRowsTest::row).toList()));
  }

  private static Row row(String table) {
    RawType text = RawType.PRIMITIVES.get(ProtocolConstants.DataType.VARCHAR);
    ColumnDefinition column =
        new DefaultColumnDefinition(
            new ColumnSpec("system_schema", "any", "table_name", 0, text), AttachmentPoint.NONE);
    return new DefaultRow(
        DefaultColumnDefinitions.valueOf(List.of(column)),
        List.of(ByteBuffer.wrap(table.getBytes(UTF_8))));
  }

  @Test
  void aTableDroppedBetweenTwoOfTheQueriesIsNotSeenInHalf() throws InterruptedException {
    Deque<SchemaRows> readings =
        new ArrayDeque<>(
            List.of(
                rows(List.of("t", "gone"), List.of("t")),
                rows(List.of("t"), List.of("t")),
                rows(List.of("t"), List.of("t"))));
    SchemaRows steady = SchemaRows.steady(readings::remove);
    assertThat(readings).isEmpty();
    assertThat(steady.rows("tables")).hasSize(1);
    assertThat(steady.byTable("columns")).containsOnlyKeys("t");
  }

  @Test
  void aSchemaThatNeverRestsIsReadAgainLater() {
    AtomicInteger count = new AtomicInteger();
    assertThatThrownBy(
            () ->
                SchemaRows.steady(
                    () -> {
                      List<String> next = Stream.of("t" + count.getAndIncrement()).toList();
                      return rows(next, next);
                    }))
        .isInstanceOf(DriverException.class);
  }
}
