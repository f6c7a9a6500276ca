package io.replicator.settle;

import io.replicator.ledger.LedgerEntry;
import java.util.Optional;

/** A step is what a settlement wants done next, and to be told of. */
public sealed interface Step {
  /** Look what the store shows under the key; then {@link Settlement#looked}. */
  record Look() implements Step {}

  /**
   * Make durable, in one transaction with each other: what the other regions are to be told, and
   * the ledger's new entry; then {@link Settlement#committed}.
   */
  record Commit(Optional<Publication> publication, LedgerEntry entry) implements Step {}

  /**
   * Tell the other regions, the ledger staying as it is; then {@link Settlement#committed}.
   *
   * @param publication of a repair
   */
  record Publish(Publication publication) implements Step {}

  /**
   * Write the arrival's content with its marker, if the store still shows what is expected (a
   * fingerprint, or nothing); then {@link Settlement#written} or {@link Settlement#refused}.
   */
  record Put(Optional<String> expected) implements Step {}

  /**
   * Delete the key, if the store still shows what is expected; then {@link Settlement#removed} or
   * {@link Settlement#refused}.
   */
  record Delete(String expected) implements Step {}

  /** Nothing more. */
  record Done(Outcome outcome) implements Step {}

  /** What came of a settlement. */
  enum Outcome {
    /** The ledger and the store agreed, and so they do. */
    NOTHING_NEW,
    /** A local write or delete was told to the other regions. */
    PUBLISHED,
    /** What an earlier owner had carried out was put down. */
    REMEMBERED,
    /** The arrival is carried out. */
    APPLIED,
    /** The arrival is older than what is here, or was had before. */
    SUPERSEDED
  }
}
