package io.replicator.deploy.bucket;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Optional;

/**
 * An S3 event tells that an object was written or removed, in the message format of Amazon S3,
 * version 2.1 ("Event message structure" in its user guide).
 *
 * @param sequencer grows with each event of the server
 * @param time when it happened
 * @param name as in {@code ObjectCreated:Put}
 * @param content what was written; empty for a removal
 */
record S3Event(
    long sequencer,
    Instant time,
    String name,
    String bucket,
    String key,
    Optional<Content> content) {
  static final String PUT = "ObjectCreated:Put";
  static final String COPY = "ObjectCreated:Copy";
  static final String MULTIPART = "ObjectCreated:CompleteMultipartUpload";
  static final String REMOVED = "ObjectRemoved:Delete";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  /** What an object holds: its size in bytes and its ETag, without quotes. */
  record Content(long size, String etag) {}

  /** Returns the message; keys are form-encoded as Amazon's are. */
  String message(String region, String principal) {
    ObjectNode root = JSON.createObjectNode();
    ObjectNode record = root.putArray("Records").addObject();
    record.put("eventVersion", "2.1");
    record.put("eventSource", "aws:s3");
    record.put("awsRegion", region);
    record.put("eventTime", TIME.format(time));
    record.put("eventName", name);
    record.putObject("userIdentity").put("principalId", principal);
    ObjectNode s3 = record.putObject("s3");
    s3.put("s3SchemaVersion", "1.0");
    s3.put("configurationId", "sandbox");
    s3.putObject("bucket")
        .put("name", bucket)
        .put("arn", "arn:aws:s3:::" + bucket)
        .putObject("ownerIdentity")
        .put("principalId", principal);
    ObjectNode object = s3.putObject("object");
    object.put("key", URLEncoder.encode(key, StandardCharsets.UTF_8));
    content.ifPresent(written -> object.put("size", written.size()).put("eTag", written.etag()));
    object.put("sequencer", HexFormat.of().withUpperCase().toHexDigits(sequencer));
    return root.toString();
  }
}
