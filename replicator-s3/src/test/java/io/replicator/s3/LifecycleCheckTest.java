package io.replicator.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.spi.Finding;
import io.replicator.spi.Finding.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.s3.model.ExpirationStatus;
import software.amazon.awssdk.services.s3.model.LifecycleRule;
import software.amazon.awssdk.services.s3.model.Tag;

/** A lifecycle rule that takes Replicator's own objects away is an error, and no other one is. */
@SuppressWarnings("deprecation") // old rules have their prefix outside the filter
class LifecycleCheckTest {
  private static final Tag OLD = Tag.builder().key("old").value("yes").build();

  private static List<Finding> findings(Consumer<LifecycleRule.Builder> with) {
    LifecycleRule.Builder rule =
        LifecycleRule.builder()
            .id("cleanup")
            .status(ExpirationStatus.ENABLED)
            .expiration(after -> after.days(30))
            .abortIncompleteMultipartUpload(after -> after.daysAfterInitiation(7));
    with.accept(rule);
    List<Finding> findings = new ArrayList<>();
    new LifecycleCheck(NotificationsTest.plan(true, true), List.of(rule.build()), findings).run();
    return findings;
  }

  @Test
  void aRuleForAllObjectsIsAnErrorThatNamesItAndItsMend() {
    assertError(findings(rule -> {}));
    assertError(findings(rule -> rule.prefix("")));
    assertError(findings(rule -> rule.filter(filter -> filter.prefix(""))));
    assertError(findings(rule -> rule.filter(filter -> filter.prefix(".rep"))));
    assertError(findings(rule -> rule.filter(filter -> filter.objectSizeGreaterThan(1L))));
    assertError(findings(rule -> rule.filter(f -> f.and(and -> and.objectSizeLessThan(1L << 20)))));
  }

  @Test
  void aRuleForOtherObjectsIsNone() {
    assertThat(findings(rule -> rule.prefix("logs/"))).isEmpty();
    assertThat(findings(rule -> rule.filter(filter -> filter.prefix("logs/")))).isEmpty();
    assertThat(findings(r -> r.filter(f -> f.tag(tag -> tag.key("temporary").value("yes")))))
        .isEmpty();
    assertThat(findings(r -> r.filter(f -> f.and(and -> and.tags(OLD))))).isEmpty();
    assertThat(findings(r -> r.filter(f -> f.objectSizeGreaterThan(1L << 10)))).isEmpty();
    assertThat(findings(rule -> rule.status(ExpirationStatus.DISABLED).prefix("")))
        .extracting(Finding::level)
        .containsExactly(Level.WARNING);
    assertThat(findings(r -> r.prefix("").expiration(e -> e.expiredObjectDeleteMarker(true))))
        .isEmpty();
  }

  private static void assertError(List<Finding> findings) {
    assertThat(findings)
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.level()).isEqualTo(Level.ERROR);
              assertThat(finding.detail()).contains("'cleanup'", ".replicator/identity");
              assertThat(finding.mend()).contains("prefix");
            });
  }
}
