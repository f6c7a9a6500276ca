package io.replicator.it;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * Says that a test class runs on two plain regions that it borrows from {@link SharedRegions}:
 * never at the same time as another such class.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(SharedRegions.class)
@ResourceLock("two plain regions")
@interface OnSharedRegions {}
