package io.replicator;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The floors of the house: what each room may know of the others. */
class FloorsTest {
  private static final String ROOT = "io.replicator.";
  private static final List<String> INSTRUMENTS = List.of("ledger", "breaker", "lag", "wire");
  private static final List<String> STAGES =
      List.of("capture", "settle", "apply", "backfill", "verify", "mirror");

  private static final JavaClasses HOUSE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.replicator");

  @Test
  void theModelKnowsTheJdkAlone() {
    classes()
        .that()
        .resideInAPackage(ROOT + "model..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("java..", ROOT + "model..")
        .check(HOUSE);
  }

  @Test
  void theSpiKnowsTheModelAndTheJdkAlone() {
    classes()
        .that()
        .resideInAPackage(ROOT + "spi..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("java..", ROOT + "model..", ROOT + "spi..")
        .check(HOUSE);
  }

  @Test
  void theConfigurationKnowsModelAndSpiAlone() {
    roomKnows("config", "model", "spi").check(HOUSE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ledger", "breaker", "lag", "wire"})
  void instrumentsKnowNeitherEachOtherNorTheStages(String instrument) {
    apart(instrument, INSTRUMENTS).check(HOUSE);
    apart(instrument, STAGES).check(HOUSE);
  }

  @Test
  void whatReadersKnowStandsOnFormsAndLagAlone() {
    roomKnows("reading", "model", "lag", "wire").check(HOUSE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"capture", "settle", "apply", "backfill", "verify", "mirror"})
  void stagesDoNotKnowEachOther(String stage) {
    apart(stage, STAGES).check(HOUSE);
  }

  @Test
  void nobodyKnowsTheAgentButWhatStartsIt() {
    noClasses()
        .that(
            resideInAPackage("io.replicator..")
                .and(not(resideInAnyPackage(ROOT + "agent..", ROOT + "deploy.."))))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(ROOT + "agent..")
        .allowEmptyShould(true)
        .check(HOUSE);
  }

  @Test
  void theHouseIsSeenAndABrokenFloorIsFound() {
    assertThat(HOUSE.contain("io.replicator.mirror.Mirror")).isTrue();
    assertThatThrownBy(() -> roomKnows("mirror", "model").check(HOUSE))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("io.replicator.config");
    assertThatThrownBy(() -> apart("mirror", List.of("config")).check(HOUSE))
        .isInstanceOf(AssertionError.class);
  }

  /** A room that knows only some of the others, and any library. */
  private static ArchRule roomKnows(String room, String... others) {
    String[] allowed = new String[others.length + 1];
    allowed[0] = ROOT + room + "..";
    for (int i = 0; i < others.length; i++) {
      allowed[i + 1] = ROOT + others[i] + "..";
    }
    return noClasses()
        .that()
        .resideInAPackage(ROOT + room + "..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("io.replicator..").and(not(resideInAnyPackage(allowed))))
        .allowEmptyShould(true);
  }

  /** A room that does not know any of the others. */
  private static ArchRule apart(String room, List<String> others) {
    String[] forbidden =
        others.stream()
            .filter(other -> !other.equals(room))
            .map(other -> ROOT + other + "..")
            .toArray(String[]::new);
    return noClasses()
        .that()
        .resideInAPackage(ROOT + room + "..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(forbidden)
        .allowEmptyShould(true);
  }
}
