package io.replicator.deploy.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SandboxFileTest {
  @TempDir private Path folder;

  @Test
  void tellsClientsAndScriptsWhereEverythingIs() {
    try (Sandbox sandbox =
        new Sandbox(
            folder,
            SandboxLayout.of(List.of("us-east-1", "us-west-2"), QueueServer.Storage.DISK))) {
      SandboxFile.write(folder, SandboxFile.describe(sandbox));
      JsonNode file = SandboxFile.read(folder);

      assertThat(keys(file)).containsExactly("regions", "resources");
      assertThat(keys(file.path("regions"))).containsExactly("us-east-1", "us-west-2");
      JsonNode region = file.path("regions").path("us-east-1");
      assertThat(keys(region)).containsExactly("kafka", "sqs", "jmx", "pids", "start");
      assertThat(region.path("kafka").asText()).matches("127\\.0\\.0\\.1:\\d+");
      assertThat(keys(region.path("sqs"))).containsExactly("endpoint", "accessKey", "secretKey");
      assertThat(region.at("/sqs/endpoint").asText()).matches("http://127\\.0\\.0\\.1:\\d+");
      assertThat(region.at("/jmx/agent").asText()).startsWith("service:jmx:");
      assertThat(keys(region.path("pids"))).as("of what does not run").isEmpty();
      assertThat(keys(region.path("start"))).containsExactlyInAnyOrder("agent", "kafka", "sqs");
      List<String> start = new ArrayList<>();
      region.at("/start/agent").forEach(word -> start.add(word.asText()));
      assertThat(start).contains("agent", "--config").anyMatch(word -> word.endsWith("agent.yaml"));
      assertThat(file.at("/resources/sqs/source").asText()).isEqualTo("orders-replication");
      assertThat(file.at("/resources/sqs/target").asText()).isEqualTo("orders");
    }
  }

  @Test
  void onlyServersThatTheStoresNeedAreThere() {
    assertThat(processes(SandboxStore.SQS)).containsExactlyInAnyOrder("kafka", "agent", "sqs");
    assertThat(processes(SandboxStore.S3)) // which sends its events to a queue
        .containsExactlyInAnyOrder("kafka", "agent", "sqs", "s3");
    assertThat(processes(SandboxStore.CASSANDRA))
        .containsExactlyInAnyOrder("kafka", "agent", "cassandra", "cassandra-capture");
  }

  private List<String> processes(SandboxStore store) {
    try (Sandbox sandbox =
        new Sandbox(
            folder.resolve(store.id()),
            SandboxLayout.of(List.of("us-east-1", "us-west-2"), QueueServer.Storage.DISK)
                .withStores(Set.of(store)))) {
      return keys(SandboxFile.describe(sandbox).at("/regions/us-east-1/start"));
    }
  }

  @Test
  void isNeverSeenHalfWritten() {
    try (Sandbox sandbox =
        new Sandbox(folder, SandboxLayout.of(List.of("us-east-1"), QueueServer.Storage.DISK))) {
      SandboxFile.write(folder, SandboxFile.describe(sandbox));
      SandboxFile.write(folder, SandboxFile.describe(sandbox));
      assertThat(folder.resolve("sandbox.json.new")).doesNotExist();
      assertThat(Files.exists(folder.resolve("sandbox.json"))).isTrue();
    }
  }

  @Test
  void isNotThereBeforeTheSandboxIsReady() {
    assertThatThrownBy(() -> SandboxFile.read(folder))
        .isInstanceOf(SandboxException.class)
        .hasMessageContaining("not ready yet");
  }

  private static List<String> keys(JsonNode node) {
    List<String> keys = new ArrayList<>();
    node.fieldNames().forEachRemaining(keys::add);
    return keys;
  }
}
