package io.replicator.it;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * Says that a test class runs on two regions with buckets that it borrows from {@link
 * SharedBuckets}: never at the same time as another such class.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(SharedBuckets.class)
@ResourceLock("two regions with buckets")
@interface OnSharedBuckets {}
