package io.replicator.it;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.testcontainers.DockerClientFactory;

/**
 * A container condition skips tests that shall run on containers and cannot. Where nobody asked for
 * containers it looks for no engine.
 */
public final class ContainerCondition implements ExecutionCondition {
  /** For JUnit. */
  public ContainerCondition() {}

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    if (!BrokerHost.inContainers()) {
      return ConditionEvaluationResult.enabled("brokers are processes");
    }
    ProcessesOnly only = context.getRequiredTestClass().getAnnotation(ProcessesOnly.class);
    if (only != null) {
      return skipped(context, only.value());
    }
    return DockerClientFactory.instance().isDockerAvailable()
        ? ConditionEvaluationResult.enabled("an engine answers")
        : skipped(context, "it needs a Docker engine, and none answers");
  }

  private static ConditionEvaluationResult skipped(ExtensionContext context, String why) {
    // Maven shows no reasons.
    System.out.printf(
        "%s is skipped with -D%s=container: %s%n",
        context.getDisplayName(), BrokerHost.PROPERTY, why);
    return ConditionEvaluationResult.disabled(why);
  }
}
