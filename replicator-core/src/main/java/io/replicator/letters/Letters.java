package io.replicator.letters;

import io.replicator.model.Flow;
import io.replicator.spi.ReplicationException;
import io.replicator.wire.DeadLetterEnd;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The letters of a region at one moment: the topic read from its beginning, without those that have
 * ended.
 */
public final class Letters {
  private final SortedMap<Long, Letter> open = new TreeMap<>();
  private final Map<Long, DeadLetterEnd> ended = new TreeMap<>();
  private final SortedMap<Long, String> unreadable = new TreeMap<>();

  /** Takes a record of the topic, in order. */
  void take(ConsumerRecord<byte[], byte[]> message) {
    try {
      if (DeadLetterEnd.isOne(message.headers())) {
        DeadLetterEnd end = DeadLetterEnd.read(message.headers());
        open.remove(end.letter());
        unreadable.remove(end.letter());
        ended.putIfAbsent(end.letter(), end);
      } else {
        open.put(message.offset(), Letter.of(message));
      }
    } catch (IllegalArgumentException e) {
      // What a newer version has ended must not be done again.
      long id =
          Optional.of(message.headers())
              .filter(DeadLetterEnd::isOne)
              .flatMap(DeadLetterEnd::letter)
              .orElse(message.offset());
      open.remove(id);
      unreadable.put(id, String.valueOf(e.getMessage()));
    }
  }

  /** Returns those that wait for an operator, oldest first. */
  public Collection<Letter> open() {
    return List.copyOf(open.values());
  }

  /** Returns the records that this version cannot read, by their offsets: why. */
  public SortedMap<Long, String> unreadable() {
    return new TreeMap<>(unreadable);
  }

  /** Returns the flows that have letters. */
  public SortedSet<String> flows() {
    return open.values().stream()
        .map(letter -> letter.flow().toString())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Tells whether any letter is of a flow. */
  public boolean has(Flow flow) {
    return flows().contains(flow.toString());
  }

  /** Returns how a letter has ended; empty if it has not. */
  public Optional<DeadLetterEnd> ending(long id) {
    return Optional.ofNullable(ended.get(id));
  }

  /**
   * Returns those that a selection takes, oldest first.
   *
   * @throws ReplicationException if it names a letter that is not there
   */
  public List<Letter> select(Selection selection) {
    List<Letter> selected = open.values().stream().filter(selection::takes).toList();
    List<String> missing = new ArrayList<>();
    for (long id : new TreeSet<>(selection.ids())) {
      if (!open.containsKey(id)) {
        missing.add(missing(id));
      }
    }
    if (!missing.isEmpty()) {
      throw new ReplicationException(
          ReplicationException.Kind.FATAL,
          String.join("; ", missing),
          "replicator dead-letters list shows which there are",
          null);
    }
    return selected;
  }

  private String missing(long id) {
    DeadLetterEnd end = ended.get(id);
    if (end != null) {
      return "dead letter "
          + id
          + " was "
          + end.verdict().word()
          + " by "
          + end.by()
          + " at "
          + end.time();
    }
    String why = unreadable.get(id);
    if (why != null) {
      return "dead letter " + id + " cannot be read: " + why;
    }
    return "there is no dead letter "
        + id
        + (open.isEmpty()
            ? ", nor any other"
            : "; there are " + open.size() + ", from " + open.firstKey() + " to " + open.lastKey());
  }
}
