package io.replicator.spi;

import io.replicator.model.Hint;
import io.replicator.model.Region;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * A store resource is a queue, a bucket or a table of the local store, as configured: the place
 * where local changes come from and remote ones go to.
 */
public interface StoreResource {
  /** Returns what the store behind this resource can and cannot do. */
  Capabilities capabilities();

  /** Tells whether the configuration names a place from which local changes are captured. */
  default boolean captures() {
    return true;
  }

  /** Tells whether the configuration names a place to which remote changes are applied. */
  default boolean applies() {
    return true;
  }

  /**
   * Tells whether changes that are captured here are applied here, too: where users read another
   * place than the one they write to. True only if both {@link #captures} and {@link #applies}.
   */
  default boolean appliesOwn() {
    return false;
  }

  /** Returns the regions that the resource's settings name, as {@link Store#regions} does. */
  default Map<String, Region> regions() {
    return Map.of();
  }

  /** Returns the door through which local changes come; not opened unless {@link #captures}. */
  Door door();

  /**
   * Opens the end that writes the changes of one origin region into the local store; not called
   * unless {@link #applies}, for this region's own changes not unless {@link #appliesOwn}, and
   * never for a store that gives hints.
   *
   * @throws ReplicationException if it cannot be opened yet; the caller tries again later for
   *     TRANSIENT and BLOCKED
   */
  default Applier openApplier(Region origin) {
    throw new IllegalStateException("what has a door of hints is settled, not applied");
  }

  /**
   * Opens that end likewise, where it has to know for how long a change may be on its way.
   *
   * @param retention of the topics
   */
  default Applier openApplier(Region origin, Duration retention) {
    return openApplier(origin);
  }

  /**
   * Tries every endpoint and permission that this resource needs, without changing anything.
   * Blocks; called by {@code replicator check} only.
   *
   * @param retention of the topics: a change may be on its way for so long
   */
  List<Finding> check(Duration retention);

  /** A door is one of the two ways in which a store tells what was written to it. */
  sealed interface Door {
    /** The store keeps a log or queue of changes. */
    non-sealed interface Changes extends Door {
      /**
       * Begins to read local changes into {@code sink}, until the source is closed.
       *
       * @throws ReplicationException if it cannot be opened yet; the caller tries again later for
       *     TRANSIENT and BLOCKED
       */
      ChangeSource open(ChangeSink sink);
    }

    /**
     * Each node of the store keeps a log of its own, in files that are read beside it: by a process
     * for each node, and by none of the region's agents.
     */
    interface NodeLog extends Changes {
      /**
       * Claims the node for this process, before any of its logs is opened; closing gives it back.
       * Blocks.
       *
       * @throws ReplicationException of kind FATAL if another process captures it; the caller tries
       *     again for TRANSIENT and BLOCKED
       */
      Claim claim();

      /**
       * Tells what is wrong with an operator's words for a part of the resource, if this store
       * cannot backfill such a part; empty if it can. May ask the store, and blocks meanwhile.
       *
       * @param part as an operator wrote it; empty for all
       */
      Optional<String> refusal(String part);

      /**
       * Reads the present state of the resource, once, for a backfill, and offers it as changes
       * that are written whatever was captured before. The node need not be claimed: it is the
       * whole store that is read.
       *
       * @param part of the resource, which is not refused; empty for all
       * @param after the position that was reached before; may be empty
       * @param rate the most that are offered a second
       */
      Listing list(String part, String after, int rate, ChangeSink sink);
    }

    /** A claim is one process's right to read the logs of a node. */
    interface Claim extends AutoCloseable {
      /** Returns what tells the node from the others: letters, digits and {@code . _ -}. */
      String node();

      /**
       * Asks for what tells the nodes that belong to the store now, whether or not they run, each
       * with the datacenter that it is in. Blocks nowhere.
       */
      CompletionStage<Map<String, String>> members();

      @Override
      void close();
    }

    /** The store only says which keys may have changed. */
    non-sealed interface Hints extends Door {
      /**
       * Begins to read hints into {@code sink}, until the source is closed; not called unless
       * {@link StoreResource#captures}.
       *
       * @param topics reads the region's own Kafka, for stores that notify there
       * @throws ReplicationException if it cannot be opened yet; the caller tries again later for
       *     TRANSIENT and BLOCKED
       */
      HintSource open(HintSink sink, TopicFeed topics);

      /** Tells whether what is deleted here is to be deleted in the other regions, too. */
      default boolean tellsDeletes() {
        return true;
      }

      /**
       * Opens the end on which keys are settled, whether or not this region captures.
       *
       * @param bodies through which all bodies are fetched
       * @throws ReplicationException if it cannot be opened yet; the caller tries again later for
       *     TRANSIENT and BLOCKED
       */
      SettleTarget openTarget(BodyGate bodies);

      /**
       * Lists what the store shows, from a key on and in the store's order, once, for a backfill;
       * offers a hint for each key as fast as {@code sink} is ready.
       *
       * @param kind LISTED or REPAIR
       * @param prefix of the keys; may be empty
       * @param after the last key that was offered before; may be empty
       */
      Listing list(Hint.Kind kind, String prefix, String after, HintSink sink);
    }
  }
}
