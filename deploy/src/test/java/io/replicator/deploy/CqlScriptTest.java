package io.replicator.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class CqlScriptTest {
  @Test
  void statementsEndAtTheirSemicolons() {
    assertThat(CqlScript.statements("SELECT * FROM a;  DROP TABLE b ;"))
        .containsExactly("SELECT * FROM a", "DROP TABLE b");
    assertThat(CqlScript.statements("SELECT * FROM a")).containsExactly("SELECT * FROM a");
    assertThat(CqlScript.statements(" ;; \n")).isEmpty();
  }

  @Test
  void whatIsQuotedEndsNoStatement() {
    String text = "INSERT INTO a (k, v) VALUES ('it''s; here -- so', 'a/*b')";
    String name = "SELECT \"odd;\"\"name\" FROM a";
    String function = "CREATE FUNCTION f (a int) RETURNS int AS $$ return 'x'; \n $$";
    assertThat(CqlScript.statements(text + ";" + name + ";" + function + ";"))
        .containsExactly(text, name, function);
  }

  @Test
  void commentsAreNoPartOfAStatement() {
    assertThat(
            CqlScript.statements(
                """
                -- first; it's made
                SELECT 1 /* of; 2 */ FROM a; // then
                SELECT 2 FROM a -- and no more;"""))
        .containsExactly("SELECT 1   FROM a", "SELECT 2 FROM a");
    assertThat(CqlScript.statements("-- nothing; at all")).isEmpty();
  }

  @Test
  void aBatchIsOneStatement() {
    String batch =
        "begin UNLOGGED batch INSERT INTO a (k) VALUES (1); INSERT INTO a (k) VALUES (2);"
            + " apply  BATCH";
    assertThat(CqlScript.statements("USE shop; " + batch + "; SELECT * FROM a"))
        .containsExactly("USE shop", batch, "SELECT * FROM a");
  }

  @Test
  void aQuoteThatIsNotClosedIsNamed() {
    assertThatThrownBy(() -> CqlScript.statements("SELECT 1; INSERT INTO a VALUES ('it; no"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the ' in front of 'it; no' is not closed");
    assertThatThrownBy(() -> CqlScript.statements("CREATE FUNCTION f AS $$ return;"))
        .hasMessageContaining("the $$ in front of 'return;'");
  }
}
