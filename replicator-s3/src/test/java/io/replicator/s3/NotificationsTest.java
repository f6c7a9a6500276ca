package io.replicator.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicator.model.Hint;
import io.replicator.model.Region;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages of every store that notifies are understood, and what they tell is not lost. */
class NotificationsTest {
  private static final String TIME = "2026-01-02T03:04:05.678Z";

  private final Notifications notifications = new Notifications(plan(true, false));

  static BucketPlan plan(boolean deletes, boolean expirations) {
    return new BucketPlan(
        new Region("us-east-1"),
        "photos",
        Map.of(),
        new KeyMapping("", "", new TreeMap<>()),
        new Place("us-east-1", Optional.empty(), Optional.empty()),
        Map.of(),
        1,
        1,
        true,
        true,
        deletes,
        expirations);
  }

  static String message(String event, String bucket, String key) {
    return """
        {"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","eventTime":"%s",
        "eventName":"%s","unknown":{"a":[1]},"s3":{"bucket":{"name":"%s"},
        "object":{"key":"%s","sequencer":"0A"}}}]}"""
        .formatted(TIME, event, bucket, key);
  }

  @ParameterizedTest
  @CsvSource({
    "ObjectCreated:Put, WRITTEN",
    "ObjectCreated:CompleteMultipartUpload, WRITTEN",
    "s3:ObjectCreated:Copy, WRITTEN",
    "ObjectTagging:Put, WRITTEN",
    "s3:ObjectTagging:Delete, WRITTEN",
    "ObjectRemoved:Delete, REMOVED",
    "s3:ObjectRemoved:DeleteMarkerCreated, REMOVED",
  })
  void anEventGivesAHint(String event, Hint.Kind kind) throws Exception {
    assertThat(notifications.read(message(event, "photos", "a")))
        .containsExactly(new Hint("a", kind, Instant.parse(TIME)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ObjectRestore:Completed",
        "ObjectAcl:Put",
        "LifecycleTransition",
        "Replication:OperationFailedReplication",
        "SomethingNew:Yes"
      })
  void otherEventsGiveNone(String event) throws Exception {
    assertThat(notifications.read(message(event, "photos", "a"))).isEmpty();
  }

  @Test
  void anUnknownEventIsLoggedOnceAndOneThatIsPassedOverOnPurposeIsNot() throws Exception {
    List<String> lines = new CopyOnWriteArrayList<>();
    AbstractAppender appender =
        new AbstractAppender("lines", null, null, true, Property.EMPTY_ARRAY) {
          @Override
          public void append(LogEvent event) {
            lines.add(event.getMessage().getFormattedMessage());
          }
        };
    appender.start();
    Logger logger = (Logger) LogManager.getLogger(Notifications.class);
    logger.addAppender(appender);
    logger.setLevel(Level.WARN);
    try {
      for (int i = 0; i < 2; i++) {
        notifications.read(message("s3:SomethingNew:Yes", "photos", "a"));
        notifications.read(message("ObjectAcl:Put", "photos", "a"));
        notifications.read(message("s3:ObjectRestore:Completed", "photos", "a"));
      }
      assertThat(lines).singleElement().asString().contains("'SomethingNew:Yes'", "photos");
      for (int i = 0; i < 1000; i++) {
        notifications.read(message("SomethingNew:" + i, "photos", "a"));
      }
      assertThat(lines).hasSizeLessThan(100);
    } finally {
      logger.removeAppender(appender);
    }
  }

  @Test
  void expirationsAreDeletesWhereThatIsConfigured() throws Exception {
    String expired = message("LifecycleExpiration:DeleteMarkerCreated", "photos", "a");
    assertThat(new Notifications(plan(true, true)).read(expired))
        .extracting(Hint::kind)
        .containsExactly(Hint.Kind.REMOVED);
    assertThat(new Notifications(plan(true, false)).read(expired))
        .extracting(Hint::kind)
        .containsExactly(Hint.Kind.EXPIRED);
    assertThat(
            new Notifications(plan(false, false))
                .read(message("ObjectRemoved:Delete", "photos", "a")))
        .extracting(Hint::kind)
        .containsExactly(Hint.Kind.REMOVED);
  }

  @ParameterizedTest
  @CsvSource({
    "a+b%2Bc, a b+c",
    "%C3%A4/+%E9%9B%AA%2B%25, ä/ 雪+%",
    "q%3Fy%3D1%26z, q?y=1&z",
    "//two, //two",
  })
  void keysAreFormEncoded(String encoded, String key) throws Exception {
    assertThat(notifications.read(message("ObjectCreated:Put", "photos", encoded)))
        .extracting(Hint::key)
        .containsExactly(key);
  }

  @Test
  void whatIsNotReplicatedGivesNoHint() throws Exception {
    assertThat(notifications.read(message("ObjectCreated:Put", "other", "a"))).isEmpty();
    assertThat(notifications.read(message("ObjectCreated:Put", "photos", ".replicator/identity")))
        .isEmpty();
  }

  @Test
  void testEventsAndWrappedMessagesAreUnderstood() throws Exception {
    assertThat(
            notifications.read(
                "{\"Service\":\"Amazon S3\",\"Event\":\"s3:TestEvent\",\"Bucket\":\"photos\"}"))
        .isEmpty();
    String inner = message("ObjectCreated:Put", "photos", "a").replace("\n", "");
    String wrapped =
        "{\"Type\":\"Notification\",\"Message\":\"" + inner.replace("\"", "\\\"") + "\"}";
    assertThat(notifications.read(wrapped)).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense",
        "{}",
        "[]",
        "{\"Records\":[{\"eventName\":\"ObjectCreated:Put\"}]}",
        "{\"Records\":[{\"eventName\":\"ObjectCreated:Put\",\"eventTime\":\"now\","
            + "\"s3\":{\"bucket\":{\"name\":\"photos\"},\"object\":{\"key\":\"a\"}}}]}",
        "{\"Records\":[{\"eventName\":\"ObjectCreated:Put\",\"eventTime\":\"2026-01-02T03:04:05Z\","
            + "\"s3\":{\"bucket\":{\"name\":\"photos\"},\"object\":{\"key\":\"%zz\"}}}]}"
      })
  void whatCannotBeUnderstoodIsTold(String message) {
    assertThatThrownBy(() -> notifications.read(message))
        .isInstanceOf(Notifications.UnreadableException.class);
  }
}
