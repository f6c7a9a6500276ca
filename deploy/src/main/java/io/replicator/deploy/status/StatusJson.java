package io.replicator.deploy.status;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A status as JSON values: the beans' attributes, under their own names. */
public final class StatusJson {
  private StatusJson() {}

  /** Returns maps, lists, texts and numbers: {@code {"agents": [{"jmx", "agent", "flows", …}]}}. */
  public static Map<String, Object> of(List<AgentStatus> statuses) {
    List<Object> agents = new ArrayList<>();
    for (AgentStatus status : statuses) {
      Map<String, Object> agent = new LinkedHashMap<>();
      agent.put("jmx", status.url());
      if (status instanceof AgentStatus.Answered answered) {
        agent.put("agent", bean(answered.agent()));
        agent.put("flows", answered.flows().stream().map(StatusJson::bean).toList());
        agent.put("mirrors", answered.mirrors().stream().map(StatusJson::bean).toList());
        agent.put("targets", answered.targets().stream().map(StatusJson::bean).toList());
      } else if (status instanceof AgentStatus.Silent silent) {
        agent.put("error", silent.reason());
      }
      agents.add(agent);
    }
    return Map.of("agents", agents);
  }

  private static Map<String, Object> bean(Bean bean) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (String key : List.of("store", "resource", "origin", "source", "bodies")) {
      if (!bean.key(key).isEmpty()) {
        values.put(key, bean.key(key));
      }
    }
    values.putAll(bean.attributes());
    return values;
  }
}
