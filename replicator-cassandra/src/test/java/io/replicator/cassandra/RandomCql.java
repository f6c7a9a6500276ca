package io.replicator.cassandra;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * A generator of random CQL: statements of every kind that is replicated, on tables with columns of
 * every type, with partitions and rows that many of them touch. The same seed gives the same
 * statements, but for the timestamps that the cluster gives them. Used by one thread.
 */
public final class RandomCql {
  /** Creates what the statements write to. */
  public static final List<String> SCHEMA =
      List.of(
          "CREATE KEYSPACE IF NOT EXISTS shop WITH replication = {'class': 'SimpleStrategy',"
              + " 'replication_factor': 1}",
          "CREATE TYPE IF NOT EXISTS shop.address (street text, zip int, tags frozen<set<text>>)",
          "CREATE TABLE IF NOT EXISTS shop.wide (a int, b text, v_ascii ascii, v_bigint bigint,"
              + " v_blob blob, v_boolean boolean, v_date date, v_decimal decimal, v_double double,"
              + " v_duration duration, v_float float, v_inet inet, v_int int, v_smallint smallint,"
              + " v_text text, v_time time, v_timestamp timestamp, v_timeuuid timeuuid,"
              + " v_tinyint tinyint, v_uuid uuid, v_varint varint, f_list frozen<list<int>>,"
              + " f_map frozen<map<text, int>>, f_udt frozen<address>, t tuple<int, text, bigint>,"
              + " vec vector<float, 3>, m map<text, int>, s set<int>, u address,"
              + " PRIMARY KEY ((a, b))) WITH cdc = true",
          "CREATE TABLE IF NOT EXISTS shop.rows (p int, c1 int, c2 text, c3 int, st text static,"
              + " sm map<int, text> static, v int, w text, m map<int, int>, s set<text>, u address,"
              + " PRIMARY KEY (p, c1, c2, c3)) WITH CLUSTERING ORDER BY (c1 ASC, c2 DESC, c3 ASC)"
              + " AND cdc = true",
          "CREATE TABLE IF NOT EXISTS shop.\"Fading\" (\"Id\" text PRIMARY KEY, \"Value\" text,"
              + " n int) WITH cdc = true AND default_time_to_live = 86400",
          "CREATE TABLE IF NOT EXISTS shop.quiet (k int PRIMARY KEY, v int) WITH cdc = false");

  /** What is compared: a table, its key, and the columns that have a time of writing. */
  public record Compared(String table, String key, List<String> columns) {}

  /** The tables that must be equal, with the columns whose cells are looked at. */
  public static final List<Compared> COMPARED =
      List.of(
          new Compared(
              "shop.wide",
              "a, b",
              List.of(
                  ("v_ascii v_bigint v_blob v_boolean v_date v_decimal v_double v_duration v_float"
                          + " v_inet v_int v_smallint v_text v_time v_timestamp v_timeuuid"
                          + " v_tinyint v_uuid v_varint f_list f_map f_udt t vec m s u")
                      .split(" "))),
          new Compared("shop.rows", "p, c1, c2, c3", List.of("st", "sm", "v", "w", "m", "s", "u")),
          new Compared("shop.\"Fading\"", "\"Id\"", List.of("\"Value\"", "n")));

  private final Random random;
  private final int partitions;
  private final AtomicInteger made = new AtomicInteger();

  /**
   * @param partitions how many each table has; the first gets a third of all statements
   */
  public RandomCql(long seed, int partitions) {
    this.random = new Random(seed);
    this.partitions = partitions;
  }

  /** Returns how many statements were made; for any thread. */
  public int made() {
    return made.get();
  }

  /** Returns the next statement. */
  public String next() {
    made.incrementAndGet();
    int kind = random.nextInt(100);
    if (kind < 35) {
      return wide();
    }
    if (kind < 80) {
      return rows();
    }
    if (kind < 90) {
      return fading();
    }
    if (kind < 92) {
      return "UPDATE shop.quiet SET v = " + random.nextInt(100) + " WHERE k = " + random.nextInt(5);
    }
    return batch();
  }

  private int hot(int most) {
    return random.nextInt(3) == 0 ? 0 : random.nextInt(most);
  }

  private String using(boolean ttl) {
    List<String> options = new ArrayList<>();
    if (random.nextInt(6) == 0) {
      options.add(
          "TIMESTAMP "
              + (System.currentTimeMillis() * 1000 + random.nextInt(4_000_000) - 3_000_000));
    }
    if (ttl && random.nextInt(4) == 0) {
      options.add(
          "TTL "
              + (random.nextInt(5) == 0 ? 1 + random.nextInt(3) : 3_000 + random.nextInt(9_000)));
    }
    return options.isEmpty() ? "" : " USING " + String.join(" AND ", options);
  }

  private String wideKey() {
    int partition = hot(partitions);
    return "a = " + partition + " AND b = 'b" + partition % 7 + "'";
  }

  private String wide() {
    String where = " WHERE " + wideKey();
    return switch (random.nextInt(14)) {
      case 0, 1, 2, 3 -> insertWide();
      case 4 -> "DELETE FROM shop.wide" + using(false) + where;
      case 5 -> "DELETE v_int, m, v_text FROM shop.wide" + using(false) + where;
      case 6 ->
          "DELETE m['"
              + word()
              + "'], s["
              + number()
              + "], u.zip FROM shop.wide"
              + using(false)
              + where;
      case 7 ->
          "UPDATE shop.wide" + using(true) + " SET m = m + " + map() + ", s = s + " + set() + where;
      case 8 ->
          "UPDATE shop.wide"
              + using(true)
              + " SET m = "
              + map()
              + ", s = "
              + set()
              + ", u = "
              + udt()
              + where;
      case 9 ->
          "UPDATE shop.wide"
              + using(true)
              + " SET m = m - {'"
              + word()
              + "'}, s = s - "
              + set()
              + where;
      case 10 ->
          "UPDATE shop.wide"
              + using(true)
              + " SET u.street = '"
              + word()
              + "', u.tags = null"
              + where;
      case 11 ->
          "UPDATE shop.wide"
              + using(true)
              + " SET u = "
              + udt()
              + ", m['"
              + word()
              + "'] = "
              + number()
              + where;
      case 12 ->
          "UPDATE shop.wide SET v_int = "
              + number()
              + where
              + (random.nextBoolean() ? " IF EXISTS" : " IF v_int != 7");
      default ->
          "UPDATE shop.wide"
              + using(true)
              + " SET v_text = '"
              + word()
              + "', f_list = null, vec = [1.5, "
              + number()
              + ", -2]"
              + where;
    };
  }

  private String insertWide() {
    int partition = hot(partitions);
    List<String> columns = new ArrayList<>(List.of("a", "b"));
    List<String> values = new ArrayList<>(List.of("" + partition, "'b" + partition % 7 + "'"));
    maybe(columns, values, "v_ascii", () -> "'" + word() + "'");
    maybe(columns, values, "v_bigint", () -> "" + random.nextLong());
    maybe(
        columns,
        values,
        "v_blob",
        () -> "0x" + Integer.toHexString(random.nextInt(0x10000) + 0x10000).substring(1));
    maybe(columns, values, "v_boolean", () -> "" + random.nextBoolean());
    maybe(columns, values, "v_date", () -> "'20" + (10 + random.nextInt(80)) + "-03-04'");
    maybe(columns, values, "v_decimal", () -> random.nextInt() + ".25");
    maybe(columns, values, "v_double", () -> "" + random.nextDouble());
    maybe(
        columns,
        values,
        "v_duration",
        () -> random.nextInt(20) + "mo3d" + random.nextInt(100) + "ms");
    maybe(columns, values, "v_float", () -> "" + random.nextFloat());
    maybe(
        columns,
        values,
        "v_inet",
        () -> random.nextBoolean() ? "'10.0.0." + random.nextInt(255) + "'" : "'::1'");
    maybe(columns, values, "v_int", this::number);
    maybe(columns, values, "v_smallint", () -> "" + (short) random.nextInt());
    maybe(columns, values, "v_text", () -> random.nextInt(8) == 0 ? "''" : "'" + word() + "é'");
    maybe(columns, values, "v_time", () -> "'12:00:00." + (100 + random.nextInt(899)) + "'");
    maybe(
        columns,
        values,
        "v_timestamp",
        () -> "" + Math.abs(random.nextLong() % 4_000_000_000_000L));
    maybe(columns, values, "v_timeuuid", () -> "now()");
    maybe(columns, values, "v_tinyint", () -> "" + (byte) random.nextInt());
    maybe(columns, values, "v_uuid", () -> "" + new UUID(random.nextLong(), random.nextLong()));
    maybe(columns, values, "v_varint", () -> random.nextLong() + "000000000000");
    maybe(columns, values, "f_list", () -> "[" + number() + ", " + number() + "]");
    maybe(columns, values, "f_map", this::map);
    maybe(columns, values, "f_udt", this::udt);
    maybe(columns, values, "t", () -> "(" + number() + ", null, " + random.nextLong() + ")");
    maybe(
        columns,
        values,
        "vec",
        () -> "[" + random.nextFloat() + ", 0, " + random.nextFloat() + "]");
    maybe(columns, values, "m", this::map);
    maybe(columns, values, "s", this::set);
    maybe(columns, values, "u", this::udt);
    return "INSERT INTO shop.wide ("
        + String.join(", ", columns)
        + ") VALUES ("
        + String.join(", ", values)
        + ")"
        + (random.nextInt(15) == 0 ? " IF NOT EXISTS" : using(true));
  }

  private void maybe(
      List<String> columns, List<String> values, String column, Supplier<String> value) {
    int chance = random.nextInt(10);
    if (chance < 4) {
      columns.add(column);
      values.add(chance == 0 ? "null" : value.get());
    }
  }

  private String rows() {
    String p = "p = " + hot(partitions);
    String row = " WHERE " + p + " AND c1 = " + c() + " AND c2 = '" + word() + "' AND c3 = " + c();
    return switch (random.nextInt(16)) {
      case 0, 1, 2 ->
          "INSERT INTO shop.rows (p, c1, c2, c3, v, w, m) VALUES ("
              + p.substring(4)
              + ", "
              + c()
              + ", '"
              + word()
              + "', "
              + c()
              + ", "
              + number()
              + ", '"
              + word()
              + "', {"
              + c()
              + ": "
              + number()
              + "})"
              + using(true);
      case 3 ->
          "INSERT INTO shop.rows (p, c1, c2, c3) VALUES ("
              + p.substring(4)
              + ", "
              + c()
              + ", '"
              + word()
              + "', "
              + c()
              + ")"
              + using(true);
      case 4, 5 ->
          "UPDATE shop.rows"
              + using(true)
              + " SET v = "
              + number()
              + ", w = null, s = s + {'"
              + word()
              + "'}"
              + row;
      case 6 ->
          "UPDATE shop.rows"
              + using(true)
              + " SET m["
              + c()
              + "] = "
              + number()
              + ", u.zip = "
              + number()
              + row;
      case 7 ->
          "UPDATE shop.rows"
              + using(true)
              + " SET st = '"
              + word()
              + "', sm["
              + c()
              + "] = '"
              + word()
              + "' WHERE "
              + p;
      case 8 -> "DELETE FROM shop.rows" + using(false) + row;
      case 9 ->
          "DELETE FROM shop.rows"
              + using(false)
              + " WHERE "
              + p
              + " AND c1 "
              + (random.nextBoolean() ? "> " : "<= ")
              + c();
      case 10 ->
          "DELETE FROM shop.rows"
              + using(false)
              + " WHERE "
              + p
              + " AND c1 = "
              + c()
              + " AND c2 >= '"
              + word()
              + "'";
      case 11 ->
          "DELETE FROM shop.rows"
              + using(false)
              + " WHERE "
              + p
              + " AND c1 = "
              + c()
              + " AND c2 = '"
              + word()
              + "' AND c3 > "
              + c()
              + " AND c3 < "
              + c();
      case 12 ->
          "DELETE FROM shop.rows"
              + using(false)
              + " WHERE "
              + p
              + " AND (c1, c2, c3) >= ("
              + c()
              + ", '"
              + word()
              + "', "
              + c()
              + ")"
              + (random.nextBoolean() ? " AND (c1, c2) < (" + c() + ", '" + word() + "')" : "");
      case 13 ->
          random.nextInt(4) == 0
              ? "DELETE FROM shop.rows" + using(false) + " WHERE " + p
              : "DELETE st, sm[" + c() + "] FROM shop.rows" + using(false) + " WHERE " + p;
      case 14 -> "UPDATE shop.rows SET v = " + number() + row + " IF v = " + number();
      default -> "DELETE v, m[" + c() + "], s FROM shop.rows" + using(false) + row;
    };
  }

  private String fading() {
    String id = "'id" + hot(partitions) + "'";
    return switch (random.nextInt(4)) {
      case 0 ->
          "INSERT INTO shop.\"Fading\" (\"Id\", \"Value\") VALUES ("
              + id
              + ", '"
              + word()
              + "')"
              + using(true);
      case 1 -> "UPDATE shop.\"Fading\" USING TTL 0 SET n = " + number() + " WHERE \"Id\" = " + id;
      case 2 -> "DELETE FROM shop.\"Fading\"" + using(false) + " WHERE \"Id\" = " + id;
      default ->
          "UPDATE shop.\"Fading\""
              + using(true)
              + " SET \"Value\" = '"
              + word()
              + "', n = "
              + number()
              + " WHERE \"Id\" = "
              + id;
    };
  }

  private String batch() {
    int p = hot(partitions);
    String kind = random.nextBoolean() ? "BEGIN BATCH " : "BEGIN UNLOGGED BATCH ";
    return kind
        + "INSERT INTO shop.rows (p, c1, c2, c3, v) VALUES ("
        + p
        + ", "
        + c()
        + ", '"
        + word()
        + "', "
        + c()
        + ", "
        + number()
        + "); "
        + "UPDATE shop.rows USING TIMESTAMP "
        + (System.currentTimeMillis() * 1000 - random.nextInt(2_000_000))
        + " AND TTL "
        + (4_000 + random.nextInt(9))
        + " SET w = '"
        + word()
        + "', v = "
        + number()
        + " WHERE p = "
        + p
        + " AND c1 = "
        + c()
        + " AND c2 = '"
        + word()
        + "' AND c3 = "
        + c()
        + "; "
        + "UPDATE shop.quiet SET v = 1 WHERE k = "
        + p
        + "; "
        + "DELETE FROM shop.\"Fading\" WHERE \"Id\" = 'id"
        + hot(partitions)
        + "'; APPLY BATCH";
  }

  private String c() {
    return "" + random.nextInt(6);
  }

  private String number() {
    return "" + random.nextInt(1000);
  }

  private String word() {
    return "w" + random.nextInt(6);
  }

  private String map() {
    return random.nextInt(5) == 0
        ? "{}"
        : "{'" + word() + "': " + number() + ", 'x" + random.nextInt(3) + "': " + number() + "}";
  }

  private String set() {
    return "{" + number() + ", " + random.nextInt(5) + "}";
  }

  private String udt() {
    return "{street: '"
        + word()
        + "', zip: "
        + (random.nextInt(4) == 0 ? "null" : number())
        + ", tags: {'"
        + word()
        + "'}}";
  }
}
