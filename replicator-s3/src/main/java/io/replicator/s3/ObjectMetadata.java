package io.replicator.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/**
 * What is replicated of an object besides its bytes: content headers, user metadata, tags.
 *
 * <p>In a change a header is the attribute {@code header/<name>}, a piece of user metadata {@code
 * meta/<name>}, and all tags are one attribute {@code tags}, form-encoded. The marker is no part of
 * it.
 *
 * @param headers values by lower-case names
 * @param user values by lower-case names without {@code x-amz-meta-}
 * @param tags values by names; empty where the store has no tags, or they are not replicated
 */
record ObjectMetadata(
    SortedMap<String, String> headers,
    SortedMap<String, String> user,
    Optional<SortedMap<String, String>> tags) {
  static final String CONTENT_TYPE = "content-type";
  static final String CONTENT_ENCODING = "content-encoding";
  static final String CONTENT_LANGUAGE = "content-language";
  static final String CONTENT_DISPOSITION = "content-disposition";
  static final String CACHE_CONTROL = "cache-control";
  static final String EXPIRES = "expires";

  private static final String HEADER = "header/";
  private static final String USER = "meta/";
  private static final String TAGS = "tags";

  /** The encoding that says how a request was sent, not what the object is. */
  private static final String AWS_CHUNKED = "aws-chunked";

  ObjectMetadata {
    headers = Collections.unmodifiableSortedMap(headers);
    user = Collections.unmodifiableSortedMap(user);
    tags = tags.map(Collections::unmodifiableSortedMap);
  }

  static ObjectMetadata of(HeadObjectResponse answer) {
    SortedMap<String, String> headers = new TreeMap<>();
    put(headers, CONTENT_TYPE, answer.contentType());
    put(headers, CONTENT_ENCODING, encoding(answer.contentEncoding()));
    put(headers, CONTENT_LANGUAGE, answer.contentLanguage());
    put(headers, CONTENT_DISPOSITION, answer.contentDisposition());
    put(headers, CACHE_CONTROL, answer.cacheControl());
    put(headers, EXPIRES, answer.expiresString());
    return new ObjectMetadata(headers, user(answer.metadata()), Optional.empty());
  }

  static ObjectMetadata of(GetObjectResponse answer) {
    SortedMap<String, String> headers = new TreeMap<>();
    put(headers, CONTENT_TYPE, answer.contentType());
    put(headers, CONTENT_ENCODING, encoding(answer.contentEncoding()));
    put(headers, CONTENT_LANGUAGE, answer.contentLanguage());
    put(headers, CONTENT_DISPOSITION, answer.contentDisposition());
    put(headers, CACHE_CONTROL, answer.cacheControl());
    put(headers, EXPIRES, answer.expiresString());
    return new ObjectMetadata(headers, user(answer.metadata()), Optional.empty());
  }

  /** Reads what a change carries. */
  static ObjectMetadata of(Map<String, byte[]> attributes) {
    SortedMap<String, String> headers = new TreeMap<>();
    SortedMap<String, String> user = new TreeMap<>();
    attributes.forEach(
        (name, value) -> {
          if (name.startsWith(HEADER)) {
            headers.put(name.substring(HEADER.length()), new String(value, UTF_8));
          } else if (name.startsWith(USER)) {
            user.put(name.substring(USER.length()), new String(value, UTF_8));
          }
        });
    return new ObjectMetadata(
        headers,
        user,
        Optional.ofNullable(attributes.get(TAGS))
            .map(value -> decodedTags(new String(value, UTF_8))));
  }

  ObjectMetadata withTags(Optional<? extends Map<String, String>> tags) {
    return new ObjectMetadata(headers, user, tags.map(TreeMap::new));
  }

  /** Returns this as a change's attributes. */
  SortedMap<String, byte[]> attributes() {
    SortedMap<String, byte[]> attributes = new TreeMap<>();
    headers.forEach((name, value) -> attributes.put(HEADER + name, value.getBytes(UTF_8)));
    user.forEach((name, value) -> attributes.put(USER + name, value.getBytes(UTF_8)));
    tags.ifPresent(some -> attributes.put(TAGS, encodedTags().getBytes(UTF_8)));
    return attributes;
  }

  /** Returns the tags as S3's header takes them; empty if there are none. */
  String encodedTags() {
    return tags.orElseGet(Collections::emptySortedMap).entrySet().stream()
        .map(tag -> encoded(tag.getKey()) + "=" + encoded(tag.getValue()))
        .collect(Collectors.joining("&"));
  }

  /** Returns 16 hexadecimal digits that tell this metadata from any other. */
  String hash() {
    List<String> texts = new ArrayList<>();
    headers.forEach(
        (name, value) -> {
          texts.add(name);
          texts.add(value);
        });
    texts.add("");
    user.forEach(
        (name, value) -> {
          texts.add(name);
          texts.add(value);
        });
    tags.filter(some -> !some.isEmpty())
        .ifPresent(
            some -> {
              texts.add("");
              texts.add(encodedTags());
            });
    return Digests.hash(texts);
  }

  /** Returns what S3 counts of the user metadata: the bytes of names and values. */
  int userSize() {
    int size = 0;
    for (Map.Entry<String, String> entry : user.entrySet()) {
      size += entry.getKey().getBytes(UTF_8).length + entry.getValue().getBytes(UTF_8).length;
    }
    return size;
  }

  private static SortedMap<String, String> user(Map<String, String> metadata) {
    SortedMap<String, String> user = new TreeMap<>();
    metadata.forEach((name, value) -> put(user, name.toLowerCase(Locale.ROOT), value));
    user.remove(Marker.NAME);
    return user;
  }

  private static void put(Map<String, String> to, String name, String value) {
    if (value != null) {
      to.put(name, value.strip());
    }
  }

  private static String encoding(String told) {
    if (told == null) {
      return null;
    }
    String kept =
        List.of(told.split(",")).stream()
            .map(String::strip)
            .filter(one -> !one.equals(AWS_CHUNKED) && !one.isEmpty())
            .collect(Collectors.joining(","));
    return kept.isEmpty() ? null : kept;
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, UTF_8);
  }

  private static SortedMap<String, String> decodedTags(String text) {
    SortedMap<String, String> tags = new TreeMap<>();
    for (String tag : text.split("&", -1)) {
      int equals = tag.indexOf('=');
      if (equals > 0) {
        tags.put(
            URLDecoder.decode(tag.substring(0, equals), UTF_8),
            URLDecoder.decode(tag.substring(equals + 1), UTF_8));
      }
    }
    return tags;
  }
}
