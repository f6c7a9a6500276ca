package io.replicator.it;

import java.util.function.Supplier;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ExtensionContext.StoreScope;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Lends test classes regions that they have one after the other: to start them costs more than most
 * tests do. They are closed after the last class that borrows them.
 *
 * <p>A class gives them back as it found them. After a failure that is not relied on: whoever comes
 * next gets new ones.
 */
abstract class Shared<T extends AutoCloseable>
    implements ParameterResolver, AfterEachCallback, AfterAllCallback {
  private static final Namespace NAMESPACE = Namespace.create(Shared.class);

  private final Class<T> type;
  private final Supplier<T> start;
  private boolean failed;

  Shared(Class<T> type, Supplier<T> start) {
    this.type = type;
    this.start = start;
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == type;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return store(context).computeIfAbsent(type, key -> start.get(), type);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    failed |= context.getExecutionException().isPresent();
  }

  @Override
  public void afterAll(ExtensionContext context) throws Exception {
    boolean last = BorrowersFirst.isLast(getClass());
    if (last || failed || context.getExecutionException().isPresent()) {
      T regions = store(context).remove(type, type);
      if (regions != null) {
        regions.close();
      }
    }
  }

  private static Store store(ExtensionContext context) {
    return context.getStore(StoreScope.LAUNCHER_SESSION, NAMESPACE);
  }
}
