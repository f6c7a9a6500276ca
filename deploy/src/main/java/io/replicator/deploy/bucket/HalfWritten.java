package io.replicator.deploy.bucket;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.gaul.s3proxy.blobstore.BlobStore;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;

/**
 * Half-written is what S3Proxy writes an object into, a file of a name of its own beside it, before
 * it renames that. Killed meanwhile, it leaves the file, which would then be an object that nobody
 * wrote.
 */
final class HalfWritten {
  private static final Pattern FORM =
      Pattern.compile("(.*)-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", Pattern.DOTALL);

  /** A file's time is that of the kernel's last tick, or less exact. */
  private static final Duration TICK = Duration.ofMillis(20);

  private HalfWritten() {}

  /** Returns the key for which a file of this name would be half-written; empty if for none. */
  static Optional<String> keyOf(String name) {
    Matcher form = FORM.matcher(name);
    return form.matches() ? Optional.of(form.group(1)) : Optional.empty();
  }

  /**
   * Removes what a killed process left beside a key that it was about to write. An object may have
   * such a name, too: it is older, or an event is owed for itself.
   */
  static void remove(BlobStore disk, EventSpool.Debt debt, List<EventSpool.Debt> all) {
    ListObjectsV2Request request =
        ListObjectsV2Request.builder().bucket(debt.bucket()).prefix(debt.key() + "-").build();
    while (true) {
      ListObjectsV2Response page = disk.list(request);
      page.contents().stream()
          .filter(file -> keyOf(file.key()).filter(debt.key()::equals).isPresent())
          .filter(file -> !file.lastModified().isBefore(debt.time().minus(TICK)))
          .filter(file -> all.stream().noneMatch(other -> isOf(other, debt.bucket(), file.key())))
          .forEach(file -> disk.removeBlob(debt.bucket(), file.key()));
      if (page.nextContinuationToken() == null) {
        return;
      }
      request = request.toBuilder().continuationToken(page.nextContinuationToken()).build();
    }
  }

  private static boolean isOf(EventSpool.Debt debt, String bucket, String key) {
    return debt.bucket().equals(bucket) && debt.key().equals(key);
  }
}
