package io.replicator.it;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.ClassDescriptor;
import org.junit.jupiter.api.ClassOrderer;
import org.junit.jupiter.api.ClassOrdererContext;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * The order of test classes in which those that borrow {@link Shared} regions come first, so that
 * these can end early: idle ones take a good part of two cores.
 */
public final class BorrowersFirst implements ClassOrderer {
  private static final Map<Class<?>, Integer> LEFT = new ConcurrentHashMap<>();

  @Override
  public void orderClasses(ClassOrdererContext context) {
    List<? extends ClassDescriptor> classes = context.getClassDescriptors();
    // What was discovered last is what runs.
    LEFT.clear();
    LEFT.putAll(
        classes.stream()
            .flatMap(test -> borrowed(test).stream())
            .collect(Collectors.toMap(shared -> shared, shared -> 1, Integer::sum)));
    classes.sort(
        Comparator.comparing(test -> borrowed(test).map(Class::getSimpleName).orElse("Z")));
  }

  private static Optional<Class<?>> borrowed(ClassDescriptor test) {
    return AnnotationSupport.findAnnotation(test.getTestClass(), ExtendWith.class)
        .<Class<?>>map(extend -> extend.value()[0])
        .filter(Shared.class::isAssignableFrom);
  }

  /** Counts a borrower off; tells whether it was the last. */
  static boolean isLast(Class<?> shared) {
    return LEFT.merge(shared, -1, Integer::sum) <= 0;
  }
}
