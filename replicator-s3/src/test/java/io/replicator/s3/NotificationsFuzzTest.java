package io.replicator.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.replicator.fixture.Fuzz;
import io.replicator.model.Hint;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged messages of every store that notifies are refused, or tell what stands in them. */
class NotificationsFuzzTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String AMAZON =
      """
      {"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1",
      "eventTime":"2026-01-02T03:04:05.678Z","eventName":"ObjectCreated:Put",
      "s3":{"s3SchemaVersion":"1.0","bucket":{"name":"photos","arn":"arn:aws:s3:::photos"},
      "object":{"key":"KEY","size":1024,"eTag":"d41d8cd98f00b204","sequencer":"0A1B"}}}]}""";
  private static final String MINIO =
      """
      {"EventName":"s3:ObjectCreated:Put","Key":"photos/KEY","Records":[{"eventVersion":"2.0",
      "eventTime":"2026-01-02T03:04:05Z","eventName":"s3:ObjectRemoved:Delete",
      "s3":{"bucket":{"name":"photos","ownerIdentity":{"principalId":"minio"}},
      "object":{"key":"KEY","userMetadata":{"content-type":"text/plain"},"sequencer":"17"}},
      "source":{"host":"127.0.0.1","port":"","userAgent":"MinIO"}}]}""";
  private static final String CEPH =
      """
      {"Records":[{"eventVersion":"2.2","eventSource":"ceph:s3","awsRegion":"default",
      "eventTime":"2026-01-02T03:04:05.678901Z","eventName":"ObjectCreated:Copy",
      "s3":{"bucket":{"name":"photos","id":"ab.1"},"object":{"key":"KEY","size":3,"metadata":[],
      "tags":[]}},"eventId":"1767.1"},{"eventTime":"2026-01-02T03:04:06Z",
      "eventName":"LifecycleExpiration:Delete","s3":{"bucket":{"name":"photos"},
      "object":{"key":"second+KEY"}}}]}""";
  private static final List<String> SHAPES = List.of(AMAZON, MINIO, CEPH);

  private final Notifications notifications = new Notifications(NotificationsTest.plan(true, true));

  private static String valid(Random random) throws JsonProcessingException {
    String key = URLEncoder.encode("a/é " + random.nextInt(1000) + "+%雪", UTF_8);
    String message = SHAPES.get(random.nextInt(SHAPES.size())).replace("KEY", key);
    for (int wrappings = random.nextInt(3); wrappings > 0; wrappings--) {
      message =
          JSON.writeValueAsString(
              JSON.createObjectNode().put("Type", "Notification").put("Message", message));
    }
    return message;
  }

  @Test
  void whatIsWholeIsUnderstood() {
    Fuzz.times(1_000, random -> assertThat(notifications.read(valid(random))).isNotEmpty());
  }

  @Test
  void aDamagedMessageIsRefusedOrTellsOfKeysThatStandInIt() {
    int[] refused = new int[1];
    Fuzz.times(
        10_000,
        random -> {
          String message = valid(random);
          for (int i = random.nextInt(3); i >= 0; i--) {
            message =
                random.nextBoolean() ? Fuzz.mutated(random, message) : reshaped(random, message);
          }
          List<Hint> hints;
          try {
            hints =
                random.nextBoolean()
                    ? notifications.read(message)
                    : notifications.read(message.getBytes(UTF_8));
          } catch (Notifications.UnreadableException e) {
            refused[0]++;
            assertThat(e.getMessage()).hasSizeLessThan(1_000);
            return;
          }
          Set<String> said = said(message);
          for (Hint hint : hints) {
            assertThat(said).contains(hint.key());
            assertThat(Fuzz.isCountable(hint.time(), Instant.EPOCH)).isTrue();
            assertThat(new String(hint.key().getBytes(UTF_8), UTF_8)).isEqualTo(hint.key());
          }
        });
    assertThat(refused[0]).isPositive();
  }

  @Test
  void bytesThatAreNoTextAreRefused() {
    Fuzz.times(
        5_000,
        random -> {
          byte[] message = Fuzz.mutated(random, valid(random).getBytes(UTF_8));
          String text = new String(message, UTF_8);
          try {
            for (Hint hint : notifications.read(message)) {
              assertThat(said(text)).contains(hint.key());
              assertThat(text.getBytes(UTF_8)).isEqualTo(message);
            }
          } catch (Notifications.UnreadableException e) {
            assertThat(e.getMessage()).isNotEmpty();
          }
        });
  }

  /** Returns a message with a value of another type, a field less, or one that nests too deep. */
  private static String reshaped(Random random, String message) throws JsonProcessingException {
    JsonNode root;
    try {
      root = JSON.readTree(message);
    } catch (JsonProcessingException e) {
      return message;
    }
    List<JsonNode> all = new ArrayList<>();
    collect(root, all);
    List<JsonNode> holders = all.stream().filter(JsonNode::isContainerNode).toList();
    if (holders.isEmpty()) {
      return "[" + message + "]";
    }
    JsonNode holder = holders.get(random.nextInt(holders.size()));
    JsonNode other = all.get(random.nextInt(all.size())).deepCopy();
    JsonNode odd =
        switch (random.nextInt(6)) {
          case 0 -> JSON.nullNode();
          case 1 -> JSON.getNodeFactory().numberNode(random.nextLong());
          case 2 -> JSON.getNodeFactory().textNode(Fuzz.extreme(random));
          case 3 -> JSON.createArrayNode().add(other);
          case 4 -> JSON.createObjectNode();
          default -> other;
        };
    if (holder instanceof ArrayNode array) {
      if (array.isEmpty() || random.nextBoolean()) {
        array.add(odd);
      } else {
        array.set(random.nextInt(array.size()), odd);
      }
    } else if (holder instanceof ObjectNode object && !object.isEmpty()) {
      List<String> names = new ArrayList<>();
      object.fieldNames().forEachRemaining(names::add);
      String name = names.get(random.nextInt(names.size()));
      if (random.nextInt(4) == 0) {
        object.remove(name);
      } else {
        object.set(name, odd);
      }
    }
    return JSON.writeValueAsString(root);
  }

  private static void collect(JsonNode node, List<JsonNode> all) {
    all.add(node);
    node.forEach(child -> collect(child, all));
  }

  /** Returns every text in a message and in what it wraps, and what each is decoded to. */
  private static Set<String> said(String message) {
    Set<String> said = new HashSet<>();
    List<JsonNode> all = new ArrayList<>();
    try {
      collect(JSON.readTree(message), all);
    } catch (JsonProcessingException e) {
      return said;
    }
    for (JsonNode node : all) {
      if (node.isTextual()) {
        try {
          said.add(URLDecoder.decode(node.textValue(), UTF_8));
        } catch (IllegalArgumentException e) {
          said.add(node.textValue());
        }
        said.addAll(said(node.textValue()));
      }
    }
    return said;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "%",
        "%4",
        "%-1",
        "%+1",
        "%zz",
        "%FF",
        "a%C3",
        "%ED%A0%80",
        "a%C0%80",
        "\\ud800",
        "",
      })
  void aKeyThatIsNoneIsRefusedAndNoOtherIsMadeUp(String key) {
    assertThatThrownBy(
            () -> notifications.read(NotificationsTest.message("ObjectCreated:Put", "photos", key)))
        .isInstanceOf(Notifications.UnreadableException.class)
        .hasMessageContaining("key");
  }

  @Test
  void aKeyLongerThanAnyIsRefusedInFewWords() {
    String key = "k".repeat(250_000);
    assertThatThrownBy(
            () -> notifications.read(NotificationsTest.message("ObjectCreated:Put", "photos", key)))
        .isInstanceOf(Notifications.UnreadableException.class)
        .message()
        .hasSizeLessThan(300);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"Records\":[null]}",
        "{\"Records\":[{}]}",
        "{\"Records\":[{\"eventName\":7}]}",
        "{\"Records\":[]}{\"Records\":[]}",
        "{\"Records\":[],\"Records\":[]}",
        "{\"Records\":[]} and more",
        "{\"Message\":\"{\\\"Message\\\":\\\"\\\"}\"}"
      })
  void whatMayTellMoreThanIsUnderstoodIsRefused(String message) {
    assertThatThrownBy(() -> notifications.read(message))
        .isInstanceOf(Notifications.UnreadableException.class);
  }

  @Test
  void aMessageWithoutBodyIsRefused() {
    assertThatThrownBy(() -> notifications.read((String) null))
        .isInstanceOf(Notifications.UnreadableException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"+1000000000-12-31T23:59:59Z", "-999999999-01-01T00:00:00+18:00", ""})
  void aTimeThatNoClockTellsIsRefused(String time) {
    String message =
        NotificationsTest.message("ObjectCreated:Put", "photos", "a")
            .replaceAll("2026-[^\"]*", time);
    assertThatThrownBy(() -> notifications.read(message))
        .isInstanceOf(Notifications.UnreadableException.class)
        .hasMessageContaining("is no time");
  }

  @Test
  void depthAndLengthAreRefusedOrReadInNoTime() throws Exception {
    String deep = "[".repeat(10_000) + "]".repeat(10_000);
    assertThatThrownBy(() -> notifications.read("{\"Records\":" + deep + "}"))
        .isInstanceOf(Notifications.UnreadableException.class);
    assertThatThrownBy(
            () -> notifications.read("{\"a\":" + "9".repeat(200_000) + ",\"Records\":1}"))
        .isInstanceOf(Notifications.UnreadableException.class);
    String wrapped = NotificationsTest.message("ObjectCreated:Put", "photos", "a");
    for (int i = 0; i < 12; i++) {
      wrapped = JSON.writeValueAsString(JSON.createObjectNode().put("Message", wrapped));
    }
    String many = wrapped;
    assertThatThrownBy(() -> notifications.read(many))
        .isInstanceOf(Notifications.UnreadableException.class);
  }
}
