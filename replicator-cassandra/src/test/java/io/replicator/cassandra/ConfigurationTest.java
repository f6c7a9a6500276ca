package io.replicator.cassandra;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.model.Region;
import io.replicator.model.Resource;
import io.replicator.spi.Problem;
import io.replicator.spi.Settings;
import io.replicator.spi.Store;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Bad settings are all told at once, with the key, the value and the mend. */
class ConfigurationTest {
  private final List<Problem> problems = new ArrayList<>();

  private Store store(Map<String, Object> driver) {
    Settings settings =
        new Settings(
            "stores.cassandra",
            new HashMap<>(Map.of("contact-points", List.of("10.0.0.1"), "driver", driver)),
            problems);
    Store store = new CassandraConnector().configure(settings, new Region("us-east-1"));
    settings.finish();
    return store;
  }

  private void resource(Store store, String name, Object tables) {
    Settings section =
        new Settings(
            "stores.cassandra.resources." + name,
            new HashMap<>(Map.of("tables", tables)),
            problems);
    store.configure(new Resource("cassandra", name), section);
    section.finish();
  }

  private List<String> told() {
    return problems.stream().map(Problem::toString).toList();
  }

  @Test
  void whatTheDriverCouldNotReadIsRefusedWithItsKeyAndValue() {
    try (Store store =
        store(
            Map.of(
                "basic.request.timeout", "5 parsecs",
                "advanced.netty.io-group.size", "many",
                "advanced.heartbeat.interval", "30 seconds",
                "basic.load-balancing-policy.slow-replica-avoidance", "false",
                "basic.request.timeoutt", "5 seconds"))) {
      resource(store, "shop", "shop.*");
    }
    assertThat(told())
        .hasSize(3)
        .anySatisfy(
            it -> assertThat(it).contains("basic.request.timeout", "is no duration", "5 seconds"))
        .anySatisfy(it -> assertThat(it).contains("advanced.netty.io-group.size", "is no integer"))
        .anySatisfy(it -> assertThat(it).contains("timeoutt", "is no option of the driver"));
  }

  @Test
  void tablesOfAnotherTypeAreToldTogetherWithWhatElseIsWrong() {
    try (Store store = store(Map.of("basic.request.timeoutt", "5 seconds"))) {
      resource(store, "list", List.of("shop.orders", "shop.items"));
      resource(store, "section", Map.of("keyspace", "shop"));
      resource(store, "flag", true);
      resource(store, "number", 5L);
      resource(store, "two", "shop.orders, shop.items");
    }
    assertThat(told())
        .hasSize(6)
        .anySatisfy(it -> assertThat(it).contains("timeoutt"))
        .anySatisfy(it -> assertThat(it).contains("list.tables: must be a single text"))
        .anySatisfy(it -> assertThat(it).contains("section.tables: must be a single text"))
        .anySatisfy(it -> assertThat(it).contains("flag.tables: 'true'", "must be a text"))
        .anySatisfy(it -> assertThat(it).contains("number.tables: '5'", "is no table"))
        .anySatisfy(it -> assertThat(it).contains("two.tables", "is no table"));
  }

  @Test
  void anEmptyListOfContactPointsIsNone() {
    Settings settings =
        new Settings("stores.cassandra", Map.of("contact-points", List.of()), problems);
    new CassandraConnector().configure(settings, new Region("us-east-1")).close();
    assertThat(told())
        .singleElement()
        .asString()
        .contains("stores.cassandra.contact-points", "is required");
  }

  @Test
  void aKeyspaceThatEveryNodeHasAndOneThatNobodyHasAreRefused() {
    try (Store store = store(Map.of())) {
      resource(store, "roles", "system_auth.roles");
      resource(store, "all", "*");
      resource(store, "most", "sh*.*");
      resource(store, "own", "systems.*");
    }
    assertThat(told())
        .hasSize(3)
        .anySatisfy(it -> assertThat(it).contains("roles.tables", "differs in each cluster"))
        .anySatisfy(it -> assertThat(it).contains("all.tables", "is no table"))
        .anySatisfy(it -> assertThat(it).contains("most.tables", "is no table"));
  }
}
