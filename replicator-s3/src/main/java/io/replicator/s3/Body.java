package io.replicator.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.model.Region;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A body is what a change brings as an object's bytes: the bytes themselves, or a reference to
 * where they are to be fetched.
 */
sealed interface Body {
  long size();

  /** Bytes that travelled in the change. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Inline(byte[] bytes) implements Body {
    @Override
    public long size() {
      return bytes.length;
    }
  }

  /**
   * Where bytes are to be fetched.
   *
   * @param region whose bucket it is
   * @param key what the object is called there
   * @param etag without quotes: what is fetched must have it
   * @param md5 whether the ETag is made of MD5 sums
   * @param partSize of all parts but the last, if it was written in parts and their size is known
   */
  record Reference(
      Region region,
      String bucket,
      String key,
      String etag,
      long size,
      boolean md5,
      OptionalLong partSize)
      implements Body {
    private static final String REGION = "body/region";
    private static final String BUCKET = "body/bucket";
    private static final String KEY = "body/key";
    private static final String ETAG = "body/etag";
    private static final String SIZE = "body/size";
    private static final String MD5 = "body/md5";
    private static final String PART_SIZE = "body/part-size";

    SortedMap<String, byte[]> attributes() {
      SortedMap<String, byte[]> attributes = new TreeMap<>();
      put(attributes, REGION, region.name());
      put(attributes, BUCKET, bucket);
      put(attributes, KEY, key);
      put(attributes, ETAG, etag);
      put(attributes, SIZE, Long.toString(size));
      put(attributes, MD5, Boolean.toString(md5));
      partSize.ifPresent(bytes -> put(attributes, PART_SIZE, Long.toString(bytes)));
      return attributes;
    }

    static Optional<Reference> parse(Map<String, byte[]> attributes) {
      if (!attributes.containsKey(REGION)) {
        return Optional.empty();
      }
      return Optional.of(
          new Reference(
              new Region(text(attributes, REGION)),
              text(attributes, BUCKET),
              text(attributes, KEY),
              text(attributes, ETAG),
              Long.parseLong(text(attributes, SIZE)),
              Boolean.parseBoolean(text(attributes, MD5)),
              attributes.containsKey(PART_SIZE)
                  ? OptionalLong.of(Long.parseLong(text(attributes, PART_SIZE)))
                  : OptionalLong.empty()));
    }

    /** Returns what refers to the same key with the same ETag in another region's bucket. */
    Reference in(Region other, String itsBucket) {
      return new Reference(other, itsBucket, key, etag, size, md5, partSize);
    }

    String quotedEtag() {
      return Fingerprint.quoted(etag);
    }

    @Override
    public String toString() {
      return "bucket " + bucket + " in " + region + ", key " + key;
    }

    private static void put(Map<String, byte[]> attributes, String name, String value) {
      attributes.put(name, value.getBytes(UTF_8));
    }

    private static String text(Map<String, byte[]> attributes, String name) {
      byte[] value = attributes.get(name);
      if (value == null) {
        throw new IllegalArgumentException("a reference to a body has no attribute " + name);
      }
      return new String(value, UTF_8);
    }
  }

  /**
   * Reads what a change brings.
   *
   * @throws IllegalArgumentException if the attributes of a reference are incomplete
   */
  static Body of(Map<String, byte[]> attributes, byte[] payload) {
    return Reference.parse(attributes)
        .<Body>map(found -> found)
        .orElseGet(() -> new Inline(payload));
  }

  /** Returns the region from which a change's body is fetched; empty if it brings it along. */
  static Optional<Region> regionOf(Map<String, byte[]> attributes) {
    try {
      return Reference.parse(attributes).map(Reference::region);
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // whoever writes the body refuses it, and says why
    }
  }

  /** Returns how many bytes a change brings, whether along or by reference. */
  static long sizeOf(Map<String, byte[]> attributes, byte[] payload) {
    try {
      return of(attributes, payload).size();
    } catch (IllegalArgumentException e) {
      return payload.length;
    }
  }
}
