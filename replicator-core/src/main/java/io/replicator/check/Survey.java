package io.replicator.check;

import io.replicator.kafka.KafkaClients;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * A survey is what one Kafka answered about the topics of the plan, each asked once: how it is,
 * what it is set to, and, in the local Kafka, whether it could be created, which is validated and
 * not done.
 */
final class Survey {
  /**
   * An answer, or why there is none.
   *
   * @param failure empty if there is a value
   */
  record Answer<T>(Optional<T> value, Optional<Throwable> failure) {
    /** Tells whether the principal may not ask. */
    boolean forbidden() {
      return failure.filter(AuthorizationException.class::isInstance).isPresent();
    }

    /** Tells whether there is no such topic, as far as the principal may know. */
    boolean absent() {
      return failure.filter(UnknownTopicOrPartitionException.class::isInstance).isPresent();
    }

    private static <T> Answer<T> of(KafkaFuture<T> future) throws InterruptedException {
      try {
        return new Answer<>(Optional.ofNullable(future.get()), Optional.empty());
      } catch (ExecutionException e) {
        return new Answer<>(Optional.empty(), Optional.of(e.getCause()));
      }
    }
  }

  private final Map<String, Answer<TopicDescription>> descriptions = new HashMap<>();
  private final Map<String, Answer<Config>> configs = new HashMap<>();
  private final Map<String, Answer<Void>> creations = new HashMap<>();

  private Survey() {}

  /**
   * Asks.
   *
   * @param replicas what the topics would be created with
   */
  static Survey of(Cluster cluster, List<Plan.Topic> topics, short replicas)
      throws InterruptedException {
    Survey survey = new Survey();
    KafkaClients kafka = cluster.kafka();
    try (Admin admin = kafka.admin()) {
      survey.describe(admin, topics);
      if (cluster.local()) {
        survey.create(admin, topics, replicas);
      }
    }
    return survey;
  }

  private void describe(Admin admin, List<Plan.Topic> topics) throws InterruptedException {
    List<String> names = topics.stream().map(Plan.Topic::name).toList();
    Map<String, ConfigResource> resources =
        names.stream()
            .collect(
                Collectors.toMap(
                    Function.identity(),
                    name -> new ConfigResource(ConfigResource.Type.TOPIC, name)));
    var described =
        admin
            .describeTopics(names, new DescribeTopicsOptions().includeAuthorizedOperations(true))
            .topicNameValues();
    var configured = admin.describeConfigs(resources.values()).values();
    for (String name : names) {
      descriptions.put(name, Answer.of(described.get(name)));
      configs.put(name, Answer.of(configured.get(resources.get(name))));
    }
  }

  /** Nothing is created: the brokers only say whether they would. */
  private void create(Admin admin, List<Plan.Topic> topics, short replicas)
      throws InterruptedException {
    List<NewTopic> wanted =
        topics.stream()
            .map(
                topic ->
                    new NewTopic(topic.name(), Math.max(1, topic.partitions()), replicas)
                        .configs(topic.settings()))
            .toList();
    var validated =
        admin.createTopics(wanted, new CreateTopicsOptions().validateOnly(true)).values();
    for (Plan.Topic topic : topics) {
      creations.put(topic.name(), Answer.of(validated.get(topic.name())));
    }
  }

  Answer<TopicDescription> description(Plan.Topic topic) {
    return descriptions.get(topic.name());
  }

  Answer<Config> config(Plan.Topic topic) {
    return configs.get(topic.name());
  }

  /** Returns whether the principal may create the topic; true where that was not asked. */
  boolean creatable(Plan.Topic topic) {
    return !creations.containsKey(topic.name()) || !creations.get(topic.name()).forbidden();
  }

  /** Returns why the topic cannot be created, though the principal may. */
  Optional<Throwable> uncreatable(Plan.Topic topic) {
    return Optional.ofNullable(creations.get(topic.name()))
        .filter(answer -> !answer.forbidden())
        .flatMap(Answer::failure)
        .filter(failure -> !(failure instanceof TopicExistsException));
  }
}
