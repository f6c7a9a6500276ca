package io.replicator.s3;

import io.replicator.spi.Finding;
import io.replicator.spi.Finding.Level;
import java.util.List;
import software.amazon.awssdk.services.s3.model.ExpirationStatus;
import software.amazon.awssdk.services.s3.model.LifecycleRule;
import software.amazon.awssdk.services.s3.model.LifecycleRuleAndOperator;
import software.amazon.awssdk.services.s3.model.LifecycleRuleFilter;

/**
 * The lifecycle check looks what a bucket's lifecycle rules do to what is replicated, to uploads
 * that nobody ends, and to Replicator's own objects.
 */
final class LifecycleCheck {
  private final BucketPlan plan;
  private final List<LifecycleRule> rules;
  private final List<Finding> findings;

  LifecycleCheck(BucketPlan plan, List<LifecycleRule> rules, List<Finding> findings) {
    this.plan = plan;
    this.rules = rules.stream().filter(rule -> rule.status() == ExpirationStatus.ENABLED).toList();
    this.findings = findings;
  }

  void run() {
    if (rules.stream().noneMatch(rule -> rule.abortIncompleteMultipartUpload() != null)) {
      add(
          Level.WARNING,
          "has no lifecycle rule that aborts incomplete multipart uploads",
          "add one (AbortIncompleteMultipartUpload after 7 days), for what no agent is left to"
              + " abort");
    }
    if (!plan.expirations() && rules.stream().anyMatch(LifecycleCheck::expires)) {
      add(
          Level.WARNING,
          "has lifecycle rules by which objects expire, and expirations are not replicated",
          "give all regions' buckets the same rules, or set replicate-expirations: true");
    }
    String identity = plan.keys().own(Identity.NAME);
    rules.stream()
        .filter(rule -> expires(rule) && covers(rule, identity))
        .forEach(
            rule ->
                add(
                    Level.ERROR,
                    "has the lifecycle rule '"
                        + rule.id()
                        + "', by which Replicator's own "
                        + identity
                        + " expires: the bucket would count as made anew",
                    "give the rule a prefix or a tag that only your own objects have"));
  }

  /** Removing expired delete markers alone takes no object away. */
  private static boolean expires(LifecycleRule rule) {
    return rule.expiration() != null
        && (rule.expiration().days() != null || rule.expiration().date() != null);
  }

  /** Tells whether a rule is about a small object without tags. */
  @SuppressWarnings("deprecation") // old rules have their prefix outside the filter
  private static boolean covers(LifecycleRule rule, String key) {
    LifecycleRuleFilter filter = rule.filter();
    if (filter == null) {
      return startsWith(key, rule.prefix());
    }
    LifecycleRuleAndOperator and = filter.and();
    if (and == null) {
      return filter.tag() == null
          && startsWith(key, filter.prefix())
          && isOf(filter.objectSizeGreaterThan(), filter.objectSizeLessThan());
    }
    return and.tags().isEmpty()
        && startsWith(key, and.prefix())
        && isOf(and.objectSizeGreaterThan(), and.objectSizeLessThan());
  }

  private static boolean startsWith(String key, String prefix) {
    return prefix == null || key.startsWith(prefix);
  }

  private static boolean isOf(Long moreThan, Long lessThan) {
    return (moreThan == null || moreThan < Identity.BYTES)
        && (lessThan == null || lessThan > Identity.BYTES);
  }

  private void add(Level level, String detail, String mend) {
    findings.add(new Finding(level, "s3 " + plan, detail, mend));
  }
}
