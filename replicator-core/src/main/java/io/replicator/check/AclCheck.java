package io.replicator.check;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.acl.AccessControlEntryFilter;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.SecurityDisabledException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePatternFilter;
import org.apache.kafka.common.resource.ResourceType;

/**
 * An ACL check finds out which operations of the plan the brokers do not allow the configured
 * principal, and names each with its topic, group or transactional id.
 *
 * <p>Of a topic that exists the brokers tell what is allowed. Of one that does not, creating it is
 * validated; whether it might be written to and read cannot be tried, and is said so.
 */
final class AclCheck {
  /** Each allows to describe as well, so that who may not describe has none of them. */
  private static final Set<AclOperation> IMPLY_DESCRIBE =
      EnumSet.of(AclOperation.READ, AclOperation.WRITE);

  /** Nobody has this name: the brokers find out, after they looked whether we may ask. */
  private static final MemberToRemove NOBODY = new MemberToRemove("replicator-check-nobody");

  /** As the member: the beginning of the name is what ACLs go by. */
  private static final String NOBODYS_ID = "replicator-check-nobody";

  private final Cluster cluster;
  private final Survey survey;
  private final Report report;
  private final Set<AclOperation> untried = EnumSet.noneOf(AclOperation.class);
  private int missing;

  AclCheck(Cluster cluster, Survey survey, Report report) {
    this.cluster = cluster;
    this.survey = survey;
    this.report = report;
  }

  /**
   * @param coordinated what the principal must be allowed to be a member of, and to write under
   */
  void run(List<Plan.Topic> topics, Plan.Coordinated coordinated) throws InterruptedException {
    topics.forEach(this::topic);
    try (Admin admin = cluster.kafka().admin()) {
      for (String group : coordinated.groups()) {
        group(admin, group);
      }
      for (String id : coordinated.transactionalIds()) {
        transactionalId(admin, id);
      }
      if (guarded(admin)) {
        untried(coordinated);
      }
    }
    if (missing == 0) {
      report.ok(
          cluster.toString(),
          "allows what "
              + (cluster.local() ? "the agent" : "the mirror")
              + " does, as far as told");
    }
  }

  private void untried(Plan.Coordinated coordinated) {
    if (!untried.isEmpty()) {
      report.untried(
          cluster.toString(),
          names(untried) + " on topics that do not exist yet could not be tried",
          "see that an ACL allows them on " + prefix() + ", or check again when they exist");
    }
    for (String id : coordinated.transactionalIds()) {
      report.untried(
          cluster.toString(),
          "WRITE on transactional ids that begin with " + id + " could not be tried",
          "see that an ACL allows it, with DESCRIBE, by prefix");
    }
    for (String feed : coordinated.feeds()) {
      report.untried(
          cluster.toString(),
          "READ on a topic of notifications, and on a group " + feed + "<topic>, was not tried",
          "if the store sends its notifications to a topic of this Kafka, see that ACLs allow READ"
              + " on both");
    }
  }

  private void topic(Plan.Topic topic) {
    Set<AclOperation> lacking = EnumSet.noneOf(AclOperation.class);
    Survey.Answer<TopicDescription> description = survey.description(topic);
    Set<AclOperation> told =
        description.value().map(TopicDescription::authorizedOperations).orElse(null);
    for (AclOperation operation : topic.operations()) {
      boolean lacks =
          switch (operation) {
            case CREATE -> !survey.creatable(topic);
            case DESCRIBE -> description.forbidden();
            case DESCRIBE_CONFIGS -> survey.config(topic).forbidden();
            default ->
                told != null
                    ? !told.contains(operation)
                    : description.forbidden() && IMPLY_DESCRIBE.contains(operation);
          };
      if (lacks) {
        lacking.add(operation);
      } else if (description.absent() && IMPLY_DESCRIBE.contains(operation)) {
        untried.add(operation);
      }
    }
    if (!lacking.isEmpty()) {
      missing("topic", topic.name(), lacking);
    }
  }

  private void group(Admin admin, String group) throws InterruptedException {
    var options = new RemoveMembersFromConsumerGroupOptions(List.of(NOBODY));
    try {
      admin.removeMembersFromConsumerGroup(group, options).all().get();
    } catch (ExecutionException e) {
      if (cause(e) instanceof AuthorizationException) {
        missing("group", group, EnumSet.of(AclOperation.READ));
      }
      // Anything else is the answer to somebody who may ask: there is no such member.
    }
  }

  /** Whoever may write under an id may ask for it as well: who may not ask may do neither. */
  private void transactionalId(Admin admin, String begin) throws InterruptedException {
    try {
      admin.describeTransactions(List.of(begin + NOBODYS_ID)).all().get();
    } catch (ExecutionException e) {
      if (cause(e) instanceof AuthorizationException) {
        missing("transactional-id", begin, EnumSet.of(AclOperation.DESCRIBE, AclOperation.WRITE));
      }
      // Anything else is the answer to somebody who may ask: there is no such id.
    }
  }

  private static Throwable cause(ExecutionException e) {
    Throwable cause = e;
    while (cause.getCause() != null && !(cause instanceof AuthorizationException)) {
      cause = cause.getCause();
    }
    return cause;
  }

  private void missing(String type, String name, Set<AclOperation> operations) {
    missing++;
    report.error(
        cluster.toString(),
        "missing " + names(operations) + " on " + type + " " + name,
        "run kafka-acls.sh --add --allow-principal User:<the agent's>"
            + operations.stream()
                .map(operation -> " --operation " + spelled(operation))
                .collect(Collectors.joining())
            + " --"
            + type
            + " "
            + name
            + (name.endsWith(".")
                ? " --resource-pattern-type prefixed"
                : ", or allow it by prefix"));
  }

  /** Where nothing guards the brokers everything is allowed. */
  private static boolean guarded(Admin admin) throws InterruptedException {
    var onCluster = new ResourcePatternFilter(ResourceType.CLUSTER, null, PatternType.ANY);
    try {
      admin
          .describeAcls(new AclBindingFilter(onCluster, AccessControlEntryFilter.ANY))
          .values()
          .get();
      return true;
    } catch (ExecutionException e) {
      return !(e.getCause() instanceof SecurityDisabledException);
    }
  }

  private String prefix() {
    return cluster.local()
        ? "topics with the prefixes replicator and mm2-"
        : "topics with the prefix replicator." + cluster.region() + ".";
  }

  private static String names(Set<AclOperation> operations) {
    return operations.stream().map(AclOperation::name).collect(Collectors.joining(", "));
  }

  /** As kafka-acls.sh spells it: {@code DescribeConfigs}. */
  private static String spelled(AclOperation operation) {
    StringBuilder spelled = new StringBuilder();
    for (String word : operation.name().split("_", -1)) {
      spelled.append(word.charAt(0)).append(word.substring(1).toLowerCase(Locale.ROOT));
    }
    return spelled.toString();
  }
}
