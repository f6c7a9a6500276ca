package io.replicator.it;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ExtensionContext.StoreScope;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Lends a test class two plain regions that all such classes have one after the other: to start
 * them costs more than most tests do. They are closed when the tests end.
 *
 * <p>A class gives them back as it found them: agents up, links whole, files as they were, its own
 * resources removed. After a failure that is not relied on: whoever comes next gets new ones.
 */
final class SharedRegions implements ParameterResolver, AfterEachCallback, AfterAllCallback {
  private static final Namespace NAMESPACE = Namespace.create(SharedRegions.class);

  private boolean failed;

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == TwoRegions.class;
  }

  @Override
  public TwoRegions resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return store(context)
        .computeIfAbsent(TwoRegions.class, type -> TwoRegions.started(), TwoRegions.class);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    failed |= context.getExecutionException().isPresent();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    if (failed || context.getExecutionException().isPresent()) {
      TwoRegions regions = store(context).remove(TwoRegions.class, TwoRegions.class);
      if (regions != null) {
        regions.close();
      }
    }
  }

  private static Store store(ExtensionContext context) {
    return context.getStore(StoreScope.LAUNCHER_SESSION, NAMESPACE);
  }
}
