package io.replicator.spi;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
  private final List<Problem> problems = new ArrayList<>();

  private enum Layout {
    COPY,
    DELIVER_EVERYWHERE
  }

  @Test
  void valuesAreReadByTheirTypes() {
    Settings settings =
        of(
            Map.of(
                "text",
                "a",
                "number",
                7L,
                "flag",
                true,
                "duration",
                "14d",
                "choice",
                "deliver-everywhere",
                "texts",
                List.of("a", 2L)));
    assertThat(settings.text("text")).isEqualTo("a");
    assertThat(settings.number("number", 1, 1, 9)).isEqualTo(7);
    assertThat(settings.flag("flag", false)).isTrue();
    assertThat(settings.duration("duration", Duration.ZERO)).isEqualTo(Duration.ofDays(14));
    assertThat(settings.choice("choice", Layout.class, Layout.COPY))
        .isEqualTo(Layout.DELIVER_EVERYWHERE);
    assertThat(settings.texts("texts")).containsExactly("a", "2");
    settings.finish();
    assertThat(problems).isEmpty();
  }

  @Test
  void wrongTypesAreReportedWithWhatToWrite() {
    Settings settings =
        of(
            Map.of(
                "text", List.of(),
                "number", "many",
                "over", 10L,
                "flag", "perhaps",
                "duration", "14",
                "long", "20d",
                "choice", "copi",
                "texts", "a",
                "section", "a"));
    settings.text("text");
    settings.number("number", 1, 1, 9);
    settings.number("over", 1, 1, 9);
    settings.flag("flag", false);
    settings.duration("duration", Duration.ZERO);
    settings.duration("long", Duration.ofDays(1), Duration.ofHours(1), Duration.ofDays(14));
    settings.choice("choice", Layout.class, Layout.COPY);
    settings.texts("texts");
    settings.section("section");
    assertThat(problems)
        .extracting(Problem::toString)
        .containsExactly(
            "a.text: must be a single text",
            "a.number: 'many': must be a whole number from 1 to 9",
            "a.over: '10': must be a whole number from 1 to 9",
            "a.flag: 'perhaps': must be true or false",
            "a.duration: '14': must be a whole number with a unit: 500ms, 20s, 5m, 12h or 14d",
            "a.long: '20d': must be from 1h to 14d",
            "a.choice: 'copi': must be one of copy, deliver-everywhere; did you mean 'copy'?",
            "a.texts: 'a': must be a list of texts",
            "a.section: 'a': must be a section of its own (key: value lines, indented)");
  }

  @Test
  void aMissingTextIsReportedOnce() {
    assertThat(of(Map.of()).text("region")).isEmpty();
    assertThat(problems).containsExactly(new Problem("a.region", "", "is required"));
  }

  @Test
  void unknownKeysAreReportedInEverySectionThatWasRead() {
    Settings settings =
        of(Map.of("regoin", "x", "inner", Map.of("zzzzzz", 1L, "free", Map.of("b", 1L))));
    settings.optionalText("region");
    Settings inner = settings.section("inner");
    inner.passThrough("free");
    assertThat(settings.section("inner")).isSameAs(inner);
    settings.finish();
    assertThat(problems)
        .extracting(Problem::toString)
        .containsExactlyInAnyOrder(
            "a.regoin: is not a known key; did you mean 'region'?",
            "a.inner.zzzzzz: is not a known key; known are free");
  }

  @Test
  void aSectionPassedOverIsNotReported() {
    Settings settings = of(Map.of("inner", Map.of("b", 1L)));
    settings.section("inner").passOver();
    settings.finish();
    assertThat(problems).isEmpty();
  }

  @Test
  void referencesStandForVariablesAndFiles(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("f"), "7\n");
    Path lines = Files.writeString(directory.resolve("lines"), "a\nb\r\n\n");
    Settings settings =
        of(
            Map.of(
                "number",
                "${file:" + file + "}",
                "text",
                "<${env:PATH}>",
                "free",
                Map.of("b", "${file:" + file + "}", "pem", "${file:" + lines + "}")));
    assertThat(settings.number("number", 1, 1, 9)).isEqualTo(7);
    assertThat(settings.text("text")).isEqualTo("<" + System.getenv("PATH") + ">");
    assertThat(settings.passThrough("free")).containsEntry("b", "7").containsEntry("pem", "a\nb");
    assertThat(problems).isEmpty();
  }

  @Test
  void aReferenceInAJaasTextCannotBreakOutOfItsQuotes(@TempDir Path directory) throws Exception {
    Path password = Files.writeString(directory.resolve("p"), "a\"b\\c");
    Path entry = Files.writeString(directory.resolve("e"), "Module required p=\"x\";");
    Settings settings =
        of(
            Map.of(
                "kafka",
                Map.of(
                    "sasl.jaas.config", "Module required password=\"${file:" + password + "}\";"),
                "peer",
                Map.of("sasl.jaas.config", "${file:" + entry + "}")));
    assertThat(settings.passThrough("kafka"))
        .containsEntry("sasl.jaas.config", "Module required password=\"a\\\"b\\\\c\";");
    assertThat(settings.passThrough("peer"))
        .containsEntry("sasl.jaas.config", "Module required p=\"x\";");
  }

  @Test
  void brokenReferencesAreReported() {
    Settings settings =
        of(Map.of("env", "${env:NO_SUCH_VARIABLE_}", "file", "${file:/no/such/file}"));
    settings.text("env");
    settings.text("file");
    assertThat(problems)
        .extracting(Problem::mend)
        .containsExactly(
            "the environment variable NO_SUCH_VARIABLE_ is not set",
            "the file /no/such/file cannot be read: NoSuchFileException");
  }

  @Test
  void whatAReferenceLedToIsNeverShown(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("f"), "hunter2");
    of(Map.of("number", "${file:" + file + "}")).number("number", 1, 1, 9);
    assertThat(problems.toString()).contains("${file:").doesNotContain("hunter2");
  }

  @Test
  void valuesOfSecretKeysAreHidden() {
    for (String key :
        List.of(
            "ssl.keystore.password",
            "sasl.jaas.config",
            "secretKey",
            "ssl.keystore.key",
            "Session-Token")) {
      of(Map.of(key, "hunter2")).problem(key, "is wrong");
      assertThat(Settings.isSecret(key)).isTrue();
    }
    assertThat(problems).hasSize(5);
    assertThat(problems.toString()).contains("(hidden)").doesNotContain("hunter2");
    assertThat(Settings.isSecret("key")).isFalse();
  }

  @Test
  void passedThroughValuesAreFlattenedUnderTheirOwnNames() {
    Settings settings =
        of(
            Map.of(
                "kafka",
                Map.of(
                    "bootstrap", Map.of("servers", Arrays.asList("a:1", "b:2")), "retries", 3L)));
    assertThat(settings.passThrough("kafka"))
        .containsOnly(Map.entry("bootstrap.servers", "a:1,b:2"), Map.entry("retries", "3"));
  }

  private Settings of(Map<String, Object> values) {
    return new Settings("a", values, problems);
  }
}
