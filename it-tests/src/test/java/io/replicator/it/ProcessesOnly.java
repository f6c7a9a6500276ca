package io.replicator.it;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Marks a test whose brokers cannot run in containers. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@interface ProcessesOnly {
  /** Returns why. */
  String value();
}
