package io.replicator.spi;

import io.replicator.model.Change;
import io.replicator.model.Region;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;

/**
 * A settle target is the end of a resource that the owner of a key works on: it looks what the
 * store shows under a key, and writes or deletes it on the condition that this is still so.
 *
 * <p>It is called for many keys at once, from several threads, but never for a key whose previous
 * call has not completed. No call blocks its caller. Each stage completes exceptionally with a
 * {@link ReplicationException} whose kind tells what to do; anything else counts as TRANSIENT.
 *
 * <p>A request that may change what the store shows is given up after {@link #lateness}, also on
 * its way: an owner that takes over from one that died waits so long before it begins.
 */
public interface SettleTarget extends AutoCloseable {
  /** Returns how long after a call began its request may still land in the store. */
  Duration lateness();

  /**
   * Tells whether the store carries out {@link #put} and {@link #delete} only if it shows what is
   * expected, in one step. Where it cannot, the target looks first, and a write between look and
   * request is overwritten unseen.
   */
  boolean isConditional();

  /**
   * Tells whether a key is one of those replicated here. A ledger may know others, from before the
   * resource was narrowed: they are no business of this region any more. No I/O.
   */
  default boolean isReplicated(String key) {
    return true;
  }

  /**
   * Returns the same target for keys that failed before while the store took others: that they fail
   * again says nothing of the store.
   */
  default SettleTarget forFailing() {
    return this;
  }

  /**
   * Looks what the store shows under a key; empty if it shows nothing.
   *
   * @param withContent whether the content is likely to be wanted: a target may then read it along
   */
  CompletionStage<Optional<Seen>> look(String key, boolean withContent);

  /**
   * Reads the content of what was seen a moment ago; empty if the store shows something else by
   * now.
   */
  CompletionStage<Optional<Content>> read(String key, Seen seen);

  /**
   * Returns the fingerprint that a change's content would have here, if it cannot carry a marker
   * (its own metadata leaves no room); empty if it can. No I/O.
   */
  Optional<String> unmarkable(Change change);

  /** Returns how many bytes a change has written here, wherever they come from. No I/O. */
  default long size(Change change) {
    return change.size();
  }

  /**
   * Returns the region from which the body of a change would be fetched; empty if the change brings
   * it along, or names no region that can be read. No I/O.
   */
  default Optional<Region> bodyOf(Change change) {
    return Optional.empty();
  }

  /**
   * Writes an upsert's content, with its marker if it can carry one, if the store still shows what
   * is expected. A large body may take minutes; bodies are fetched and sent in pieces.
   *
   * @param expected the fingerprint of what was seen; empty if nothing was
   * @param owned asked before each request that may change what the store shows: once it is false
   *     the key has another owner, no such request may begin, and the put ends as Refused
   */
  CompletionStage<Put> put(Change change, Optional<String> expected, BooleanSupplier owned);

  /**
   * Deletes a key if the store still shows what is expected; completes with whether it did. A key
   * that is gone already counts as deleted.
   *
   * @param expected the fingerprint of what was seen
   * @param owned asked before the request that deletes, as with {@link #put}; once it is false
   *     nothing is deleted
   */
  CompletionStage<Boolean> delete(String key, String expected, BooleanSupplier owned);

  /**
   * Returns what tells this bucket from one that was emptied, made anew or restored: what {@link
   * #claim} left there, with the time at which the store took it. Empty if it is not there.
   */
  CompletionStage<Optional<String>> identity();

  /** Leaves an identity in the bucket if it has none; completes with the one that is there now. */
  CompletionStage<String> claim();

  /** Returns the name of what {@link #claim} leaves, for an operator to look for it. No I/O. */
  String identityName();

  /** Lets go of what this end holds; called when nothing is in flight. */
  @Override
  void close();

  /** What came of a put. */
  sealed interface Put {
    /** The store shows the content, with this fingerprint. */
    record Written(String fingerprint) implements Put {}

    /** The store shows something else than expected, and nothing was done. */
    record Refused() implements Put {}

    /**
     * The bytes that the change refers to are no longer to be had from its origin: a later change
     * of the key is on its way, or none is.
     *
     * @param reason what came back, naming the place
     */
    record BodyGone(String reason) implements Put {}

    /**
     * The place where the bytes are fetched from does not answer, or refuses: that is nothing
     * against this store, and other flows go on.
     */
    record BodyAway(ReplicationException why) implements Put {}
  }
}
