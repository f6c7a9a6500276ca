package io.replicator.deploy.bucket;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * A spool remembers on disk which events are owed to the queue: a file for each, made before the
 * object is touched and removed when the queue has confirmed the event. So a server that is killed
 * at any moment owes no event that its next start does not know of.
 *
 * <p>A file holds the time, the bucket and the key, a line each (a key may go on). What happened to
 * the object, if anything, is looked up where the server was killed before it could say.
 * Thread-safe.
 */
final class EventSpool {
  /** A debt is an event owed for a key, whatever has come of the request. */
  record Debt(long sequencer, Instant time, String bucket, String key) {}

  private final Path folder;
  private final AtomicLong last;

  /** The spool in a folder, which is made if it is missing. */
  EventSpool(Path folder) throws IOException {
    this.folder = Files.createDirectories(folder);
    long microseconds = Instant.now().toEpochMilli() * 1_000;
    List<Debt> left = debts();
    last =
        new AtomicLong(
            left.isEmpty()
                ? microseconds
                : Math.max(microseconds, left.get(left.size() - 1).sequencer()));
  }

  /** Notes that a key is about to be touched. */
  Debt owe(String bucket, String key) {
    Debt debt = new Debt(last.incrementAndGet(), Instant.now(), bucket, key);
    try {
      Path fresh = folder.resolve(name(debt) + ".new");
      Files.writeString(fresh, debt.time() + "\n" + bucket + "\n" + key);
      Files.move(fresh, folder.resolve(name(debt)));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot note an event in " + folder, e);
    }
    return debt;
  }

  /** Forgets a debt: the event was sent, or nothing happened. */
  void settle(Debt debt) {
    try {
      Files.deleteIfExists(folder.resolve(name(debt)));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot forget an event in " + folder, e);
    }
  }

  /** Returns all debts, oldest first. */
  List<Debt> debts() throws IOException {
    List<Debt> debts = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".new")) {
          Files.delete(file); // killed while writing it: the object was not touched yet
        } else {
          String[] parts = Files.readString(file, StandardCharsets.UTF_8).split("\n", 3);
          debts.add(
              new Debt(
                  HexFormat.fromHexDigitsToLong(name),
                  Instant.parse(parts[0]),
                  parts[1],
                  parts[2]));
        }
      }
    }
    return debts;
  }

  private static String name(Debt debt) {
    return HexFormat.of().toHexDigits(debt.sequencer());
  }
}
