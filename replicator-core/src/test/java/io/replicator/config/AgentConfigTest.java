package io.replicator.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.replicator.model.Region;
import io.replicator.model.Resource;
import io.replicator.spi.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AgentConfigTest {
  private static final String LEAST =
      """
      region: us-east-1
      kafka:
        bootstrap.servers: east:9092
      peers:
        us-west-2:
          kafka:
            bootstrap.servers: west:9092
      stores:
        sqs:
          endpoint: http://queues
          resources:
            orders:
              target: orders
      """;

  private static final Region WEST = new Region("us-west-2");

  @TempDir Path directory;
  private final FakeConnector sqs = new FakeConnector("sqs");

  @Test
  void theLeastThatIsNeededGetsDefaults() {
    AgentConfig config = read(LEAST);
    assertThat(config.region()).isEqualTo(new Region("us-east-1"));
    assertThat(config.format()).isEqualTo(1);
    assertThat(config.kafka().bootstrapServers()).isEqualTo("east:9092");
    assertThat(config.peers()).containsOnlyKeys(WEST);
    assertThat(config.peers().get(WEST).kafka().bootstrapServers()).isEqualTo("west:9092");
    assertThat(config.topics()).isEqualTo(TopicConfig.DEFAULT);
    assertThat(config.jmx()).isEqualTo(JmxConfig.NONE);
    assertThat(config.mirror()).isEqualTo(MirrorConfig.DEFAULT);
    ResourceConfig orders = config.stores().get(0).resources().get(0);
    assertThat(orders)
        .isEqualTo(
            new ResourceConfig(
                new Resource("sqs", "orders"),
                new FakeConnector.FakeResource("http://queues@us-east-1/orders", false),
                6,
                OptionalLong.empty(),
                List.of(WEST),
                true));
  }

  @Test
  void aStarThatYamlTakesForAnAliasIsAnsweredByQuotes() {
    ConfigException refused =
        catchThrowableOfType(
            ConfigException.class, () -> read(LEAST.replace("target: orders", "target: *")));
    assertThat(refused.problems())
        .singleElement()
        .asString()
        .contains("line 13", "a value that begins with * must stand in quotes");
  }

  @Test
  void aValueOfAnotherTypeIsToldOnceAndTogetherWithUnknownKeys() {
    ConfigException refused =
        catchThrowableOfType(
            ConfigException.class,
            () ->
                read(
                    LEAST
                            .replace("http://queues", "true")
                            .replace("target: orders", "capture: maybe")
                        + "topcis: {partitions: 6}\n"));
    assertThat(refused.problems())
        .extracting(Problem::key)
        .contains("stores.sqs.endpoint", "stores.sqs.resources.orders.capture", "topcis")
        .doesNotHaveDuplicates();
  }

  @Test
  void aRegionThatAStoreOrResourceNamesIsThisOneOrAPeer() {
    assertThat(read(LEAST.replace("http://queues", "http://queues\n    beside: us-west-2")))
        .isNotNull();
    ConfigException refused =
        catchThrowableOfType(
            ConfigException.class,
            () ->
                read(
                    LEAST
                        .replace("http://queues", "http://queues\n    beside: us-west-1")
                        .replace("target: orders", "target: orders\n        beside: us-esat-1")));
    assertThat(refused.problems())
        .extracting(Problem::key)
        .containsExactlyInAnyOrder("stores.sqs.beside", "stores.sqs.resources.orders.beside");
    assertThat(refused).hasMessageContaining("us-west-1").hasMessageContaining("us-west-2");
  }

  @Test
  void everythingThatCanBeSaidIsRead() {
    AgentConfig config =
        read(
            """
            format: 1
            region: us-east-1
            kafka: {bootstrap.servers: "east:9092", client.dns.lookup: use_all_dns_ips}
            peers:
              us-west-2: {kafka: {bootstrap.servers: "west:9092", security.protocol: SSL}}
              eu-west-1: {kafka: {bootstrap.servers: "eu:9092"}}
            topics: {partitions: 12, replication-factor: 1, retention: 2d}
            jmx:
              host: 0.0.0.0
              port: 7091
              password-file: /etc/p
              access-file: /etc/a
              tls: {keystore: /etc/k, keystore-password: k, truststore: /etc/t, client-auth: true}
            mirror: {mode: external, options: {tasks.max: 2}}
            stores:
              sqs:
                endpoint: e
                resources:
                  orders:
                    {target: t, partitions: 3, capture-rate: 100, from: [us-west-2], capture: false}
                  mails: {target: t, from: []}
            """);
    assertThat(config.kafka().options()).containsEntry("client.dns.lookup", "use_all_dns_ips");
    assertThat(config.peers().get(WEST).kafka().options())
        .containsEntry("security.protocol", "SSL");
    assertThat(config.topics()).isEqualTo(new TopicConfig(12, (short) 1, 1, Duration.ofDays(2)));
    TlsConfig tls =
        new TlsConfig(
            Path.of("/etc/k"), "k", Optional.of(Path.of("/etc/t")), Optional.empty(), true);
    assertThat(config.jmx())
        .isEqualTo(
            new JmxConfig(
                "0.0.0.0",
                7091,
                Optional.of(Path.of("/etc/p")),
                Optional.of(Path.of("/etc/a")),
                Optional.of(tls)));
    assertThat(config.mirror().mode()).isEqualTo(MirrorConfig.Mode.EXTERNAL);
    assertThat(config.mirror().options()).containsEntry("tasks.max", "2");
    List<ResourceConfig> resources = config.stores().get(0).resources();
    assertThat(resources.get(0).partitions()).isEqualTo(3);
    assertThat(resources.get(0).captureRate()).hasValue(100);
    assertThat(resources.get(0).from()).containsExactly(WEST);
    assertThat(resources.get(0).capture()).isFalse();
    assertThat(resources.get(1).from()).isEmpty();
    assertThat(resources.get(1).partitions()).isEqualTo(12);
  }

  @Test
  void aKafkaOptionThatIsNearlyRightIsRefusedAndOneOfSomebodyElsesPasses() {
    String kafka = "kafka:\n  sasl.mechansim: PLAIN\n  acme.login.realm: x\n";
    assertThat(problems(LEAST.replaceFirst("kafka:\n", kafka)))
        .containsExactly(
            "kafka.sasl.mechansim: is no option of Kafka's clients; did you mean 'sasl.mechanism'?");
  }

  @Test
  void whoRunsTheMirrorMaySayItInAWord() {
    assertThat(read(LEAST + "mirror: external\n").mirror())
        .isEqualTo(new MirrorConfig(MirrorConfig.Mode.EXTERNAL, Map.of()));
    assertThat(problems(LEAST + "mirror: externl\n"))
        .containsExactly(
            "mirror: 'externl': must be one of embedded, external; did you mean 'external'?");
  }

  @Test
  void aFileForTheMirrorAloneNeedsNoStores() throws IOException {
    Path file = directory.resolve("mirror.yaml");
    Files.writeString(file, LEAST.substring(0, LEAST.indexOf("stores:")));
    AgentConfig config = AgentConfig.readForMirror(file, List.of(sqs));
    assertThat(config.stores()).isEmpty();
    assertThat(config.peers()).containsOnlyKeys(WEST);
    Files.writeString(file, LEAST.replace("sqs:", "sqss:"));
    assertThat(
            catchThrowableOfType(
                    ConfigException.class, () -> AgentConfig.readForMirror(file, List.of(sqs)))
                .getMessage())
        .contains("stores.sqss: is not a known key; did you mean 'sqs'?");
  }

  @Test
  void aResourceThatAppliesItsOwnHasThisRegionAmongItsOrigins() {
    Region here = new Region("us-east-1");
    assertThat(onlyResource("own: true").from()).containsExactly(here, WEST);
    assertThat(onlyResource("own: true\n        from: []").from()).containsExactly(here);
    assertThat(onlyResource("own: true\n        capture: false").from()).containsExactly(WEST);
    assertThat(problems(LEAST.replace("target:", "from: [us-east-1]\n        target:")))
        .containsExactly(
            "stores.sqs.resources.orders.from: 'us-east-1' is this region itself; leave it out:"
                + " from names other regions, and a queue that is to deliver what is sent here"
                + " says deliver: everywhere");
  }

  private ResourceConfig onlyResource(String line) {
    return read(LEAST.replace("target:", line + "\n        target:")).resources().get(0);
  }

  @Test
  void everyProblemIsReportedAtOnce() {
    assertThat(
            problems(
                """
                region: US East
                kafka: {group.id: mine, acks: 1}
                peers:
                  Moon: {kafka: {bootstrap.servers: "moon:9092"}}
                  us-west-2: {}
                topics: {partitions: 0, replication-factor: 2, min-insync-replicas: 3, retention: 1s}
                jmx: {host: 10.0.0.1, port: 70000, password-file: /etc/p, tls: {client-auth: true}}
                mirror: {mode: embeded}
                format: 9
                stores:
                  sqs:
                    endpoint: e
                    resources:
                      orders: {from: [us-west-1], capture-rate: 0, capture: 1}
                      "a b": {target: t}
                """))
        .containsExactly(
            "region: 'US East': 'US East' is no region name: use 1 to 40 of a-z, 0-9 and '-', as"
                + " in us-east-1",
            "format: '9': this version writes format 1 and no other; leave the key out",
            "kafka.bootstrap.servers: is required",
            "kafka.group.id: is set by Replicator, because offsets are committed only after a"
                + " change is applied; leave it out",
            "kafka.acks: is set by Replicator, because every change must be delivered once and in"
                + " order; leave it out",
            "peers.Moon: 'Moon' is no region name: use 1 to 40 of a-z, 0-9 and '-', as in"
                + " us-east-1",
            "peers.us-west-2.kafka: is required: a section with at least bootstrap.servers",
            "topics.partitions: '0': must be a whole number from 1 to 1000",
            "topics.min-insync-replicas: '3': must not be over replication-factor, which is 2",
            "topics.retention: '1s': must be from 1m to 3650d",
            "jmx.port: '70000': must be a whole number from 0 to 65535",
            "jmx.tls.keystore: is required",
            "jmx.tls.keystore-password: is required",
            "jmx.tls.client-auth: 'true': needs a truststore that holds the clients' certificates",
            "jmx.access-file: is required: password-file and access-file only work together",
            "mirror.mode: 'embeded': must be one of embedded, external; did you mean 'embedded'?",
            "stores.sqs.resources.orders.target: is required",
            "stores.sqs.resources.orders.capture-rate: '0': must be a whole number from 1 to"
                + " 1000000000",
            "stores.sqs.resources.orders.from: 'us-west-1' is not among peers; did you mean"
                + " 'us-west-2'?",
            "stores.sqs.resources.orders.capture: '1': must be true or false",
            "stores.sqs.resources.a b: 'a b' is no resource name: use 1 to 120 letters, digits and"
                + " . _ -");
    assertThat(sqs.closed).hasSize(1);
  }

  @Test
  void anActionThatIsNoneRefusesNoOtherKey() {
    assertThat(
            problems(
                LEAST.replace(
                    "target:",
                    "on-failure: {action: dead-leter, tries: 3, after: 1h}\n        target:")))
        .singleElement()
        .asString()
        .contains("on-failure.action: 'dead-leter'", "did you mean 'dead-letter'?");
  }

  @Test
  void everyKafkaOptionIsJudgedByItself() {
    String kafka =
        """
        kafka:
          bootstrap.servers: "east:9092, nohost"
          security.protocol: SSLL
          request.timeout.ms: abc
          fetch.min.bytes: -3
          client.dns.lookup: ${ENV:PASS}
          sasl.jaas.config: org.acme.Login required password="${foo:secret}";
          client.rack: ${HOME}
        """;
    String unknown =
        "holds a placeholder that is not known: write ${env:NAME} or ${file:/path}, and a value that"
            + " is to hold such braces into one of those";
    assertThat(
            problems(
                LEAST.replaceFirst(
                    "kafka:\n  bootstrap.servers: east:9092\n", Matcher.quoteReplacement(kafka))))
        .contains(
            "kafka.client.dns.lookup: '${ENV:PASS}': " + unknown,
            "kafka.sasl.jaas.config: (hidden): " + unknown,
            "kafka.client.rack: '${HOME}': " + unknown,
            "kafka.bootstrap.servers: 'nohost' must be host:port")
        .anyMatch(it -> it.startsWith("kafka.security.protocol: is refused") && it.contains("SSLL"))
        .anyMatch(it -> it.startsWith("kafka.request.timeout.ms: is refused"))
        .anyMatch(it -> it.startsWith("kafka.fetch.min.bytes: is refused"))
        .noneMatch(it -> it.contains("secret"));
  }

  @Test
  void aReferenceOfKafkasOwnProvidersIsLeftToItsClients() {
    String kafka =
        """
        kafka:
          config.providers: dir
          config.providers.dir.class: org.apache.kafka.common.config.provider.DirectoryConfigProvider
          bootstrap.servers: ${dir:/run:servers}
          request.timeout.ms: ${dir:/run:timeout}
          ssl.key.password: ${dir:/run:key}
        """;
    assertThat(
            read(LEAST.replaceFirst(
                    "kafka:\n  bootstrap.servers: east:9092\n", Matcher.quoteReplacement(kafka)))
                .kafka()
                .options())
        .containsEntry("bootstrap.servers", "${dir:/run:servers}")
        .containsEntry("request.timeout.ms", "${dir:/run:timeout}")
        .containsEntry("ssl.key.password", "${dir:/run:key}");
  }

  @Test
  void unknownKeysAreRefusedWithASuggestion() {
    assertThat(
            problems(
                LEAST.replace("target:", "capture-rat: 3\n        target:")
                    + "topic: {partitions: 3}\njmx: {prot: 7091}\n"))
        .containsExactlyInAnyOrder(
            "topic: is not a known key; did you mean 'topics'?",
            "jmx.prot: is not a known key; did you mean 'port'?",
            "stores.sqs.resources.orders.capture-rat: is not a known key; did you mean"
                + " 'capture-rate'?");
  }

  @Test
  void anUnknownStoreIsRefusedAndTheKnownAreNamed() {
    assertThat(problems(LEAST + "  kinesis: {a: 1}\n"))
        .containsExactly("stores.kinesis: is not a known key; known are sqs, cassandra");
    assertThat(problems(LEAST.replace("sqs:", "sqss:")))
        .containsExactly(
            "stores: needs at least one store of: cassandra, sqs",
            "stores.sqss: is not a known key; did you mean 'sqs'?");
  }

  @Test
  void aStoreWithoutResourcesIsRefused() {
    assertThat(problems(LEAST.substring(0, LEAST.indexOf("    resources"))))
        .containsExactly(
            "stores.sqs.resources: needs at least one resource: a section under its name");
  }

  @ParameterizedTest
  @ValueSource(strings = {"checkpoints.internal", "a.checkpoints.internal", "user-heartbeats"})
  void aNameThatMirrorMakerTakesForItsOwnIsRefused(String name) {
    assertThat(problems(LEAST.replace("orders:", name + ":")))
        .singleElement()
        .asString()
        .startsWith("stores.sqs.resources." + name + ": ")
        .contains("MirrorMaker 2", "choose another name");
  }

  @Test
  void aConfigurationThatWouldLoopIsRefused() {
    assertThat(problems(LEAST.replace("west:9092", "far:9092,EAST:9092")))
        .containsExactly(
            "peers.us-west-2.kafka.bootstrap.servers: names a server of this region's own Kafka:"
                + " its changes would come back");
    assertThat(problems(LEAST.replace("us-west-2:", "us-east-1:")))
        .containsExactly("peers.us-east-1: is this region itself; peers are the other ones");
    assertThat(
            problems(
                LEAST.replace(
                    "peers:", "peers:\n  eu-west-1: {kafka: {bootstrap.servers: west:9092}}")))
        .containsExactly(
            "peers.us-west-2.kafka.bootstrap.servers: names a server of the Kafka of eu-west-1,"
                + " too");
  }

  @Test
  void jmxBeyondTheLoopbackNeedsPasswordsAndTls() {
    assertThat(problems(LEAST + "jmx: {host: 0.0.0.0, port: 7091}\n"))
        .containsExactly(
            "jmx.host: '0.0.0.0': is open to other machines: that needs password-file, access-file"
                + " and tls");
    assertThat(read(LEAST + "jmx: {host: '::1', port: 7091}\n").jmx().onLoopback()).isTrue();
  }

  @Test
  void secretsNeverAppear() throws Exception {
    Path secret = Files.writeString(directory.resolve("s"), "hunter2");
    String options =
        "{bootstrap.servers: 'east:9092', sasl.jaas.config: 'M required p=hunter2;',"
            + " ssl.keystore.key: hunter2, ssl.key.password: '${file:"
            + secret
            + "}'}";
    String text =
        LEAST.replace("\n  bootstrap.servers: east:9092", " " + options)
            + "mirror: {options: {us-west-2.sasl.jaas.config: M required p=hunter2;}}\n"
            + "jmx: {tls: {keystore: k, keystore-password: hunter2, truststore-password: hunter2}}\n";
    AgentConfig config = read(text);
    assertThat(config.kafka().options()).containsEntry("ssl.key.password", "hunter2");
    assertThat(config.toString()).contains("east:9092").doesNotContain("hunter2");

    ConfigException refused =
        refused(text.replace("keystore-password: hunter2", "keystore-password: [hunter2]"));
    assertThat(refused.getMessage()).contains("keystore-password").doesNotContain("hunter2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"hunter2", "M hunter2 p=x;", "M required hunter2;", "M required p=x hunter2;"})
  void aJaasTextThatCannotBeReadIsReportedWithoutAWordOfIt(String jaas) {
    String first = "\n  bootstrap.servers: east:9092";
    String text = LEAST.replace(first, first + "\n  sasl.jaas.config: '" + jaas + "'");
    ConfigException refused =
        refused(text + "mirror: {options: {us-west-2.sasl.jaas.config: '" + jaas + "'}}\n");
    assertThat(refused.getMessage())
        .contains("kafka.sasl.jaas.config", "mirror.options.us-west-2.sasl.jaas.config")
        .contains("login module class")
        .doesNotContain("hunter2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "password: hunter2\n  x: [",
        "password: \"hunter2\n",
        "\tpassword: hunter2",
        "password: hunter2: hunter2"
      })
  void wrongSyntaxIsReportedWithItsPlaceAndWithoutTheText(String text) {
    ConfigException refused = refused(text);
    assertThat(refused.problems()).hasSize(1);
    assertThat(refused.problems().get(0).key()).matches("line \\d+, column \\d+");
    assertThat(refused.getMessage()).contains("no YAML: ").doesNotContain("hunter2");
  }

  @Test
  void aResourceOfWhichNothingWouldBeReplicatedIsRefused() {
    assertThat(
            problems(LEAST.replace("target:", "from: []\n        capture: false\n        target:")))
        .containsExactly(
            "stores.sqs.resources.orders.capture: 'false': nothing of this resource would be"
                + " replicated: it is not captured here, and there is no region to take changes"
                + " from; capture it, name a region in from, or remove it");
  }

  @Test
  void aKeyThatStandsTwiceIsRefused() {
    assertThat(problems(LEAST + "region: us-east-2\n"))
        .containsExactly(
            "line 14, column 1: the key 'region' stands here a second time; keep one of them");
  }

  @Test
  void whatIsNoConfigurationIsRefused() throws IOException {
    assertThat(problems("")).containsExactly("line 1: the file is empty");
    assertThat(problems("# nothing\n")).containsExactly("line 1: the file is empty");
    assertThat(problems("- a\n"))
        .containsExactly("line 1, column 1: the file must consist of 'key: value' lines");
    assertThat(problems(LEAST + "---\na: 1\n")).hasSize(1);
    assertThat(problems(LEAST + "topics: &t {partitions: 3}\njmx: *t\n"))
        .containsExactly("line 15, column 6: aliases (*name) are not read; write the value out");
    Path absent = directory.resolve("absent.yaml");
    ConfigException refused =
        catchThrowableOfType(ConfigException.class, () -> AgentConfig.read(absent, List.of(sqs)));
    assertThat(refused.getMessage()).contains("there is no such file");
    Path binary = Files.write(directory.resolve("binary"), new byte[] {(byte) 0xff, (byte) 0xfe});
    refused =
        catchThrowableOfType(ConfigException.class, () -> AgentConfig.read(binary, List.of(sqs)));
    assertThat(refused.getMessage()).contains("cannot be read as UTF-8 text");
  }

  @Test
  void leadingZerosAndFractionsStayAsWritten() {
    AgentConfig config =
        read(LEAST.replace("east:9092", "east:9092\n  account: 012345678901\n  release: 1.10"));
    assertThat(config.kafka().options())
        .containsEntry("account", "012345678901")
        .containsEntry("release", "1.10");
  }

  private AgentConfig read(String text) {
    try {
      Path file = Files.writeString(directory.resolve("agent.yaml"), text);
      return AgentConfig.read(file, List.of(sqs, new FakeConnector("cassandra")));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private ConfigException refused(String text) {
    ConfigException refused = catchThrowableOfType(ConfigException.class, () -> read(text));
    assertThat(refused).as("refusal").isNotNull();
    return refused;
  }

  private List<String> problems(String text) {
    return refused(text).problems().stream().map(Problem::toString).toList();
  }
}
