package io.replicator.cassandra;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.tools.ToolProvider;

/** A type of a user's own, whose class only the node has. */
final class CustomType {
  static final String NAME = "com.acme.Money";

  private static final String SOURCE =
      """
      package com.acme;

      import java.nio.ByteBuffer;
      import org.apache.cassandra.cql3.Term;
      import org.apache.cassandra.db.marshal.StringType;
      import org.apache.cassandra.db.marshal.UTF8Type;
      import org.apache.cassandra.serializers.TypeSerializer;

      public final class Money extends StringType {
        public static final Money instance = new Money();

        private Money() {
          super(ComparisonType.BYTE_ORDER);
        }

        @Override
        public ByteBuffer fromString(String source) {
          return UTF8Type.instance.fromString(source);
        }

        @Override
        public Term fromJSONObject(Object parsed) {
          return UTF8Type.instance.fromJSONObject(parsed);
        }

        @Override
        public TypeSerializer<String> getSerializer() {
          return UTF8Type.instance.getSerializer();
        }
      }
      """;

  private CustomType() {}

  /** Puts its class where a node that is not started yet has its own. */
  static void addTo(CassandraNode node) {
    try {
      Path source = Files.writeString(node.folder().resolve("Money.java"), SOURCE);
      int failed =
          ToolProvider.getSystemJavaCompiler()
              .run(
                  null,
                  null,
                  null,
                  "-proc:none",
                  "-cp",
                  System.getProperty("java.class.path"),
                  "-d",
                  node.lib().toString(),
                  source.toString());
      assertThat(failed).isZero();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
