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
 * Lends a test class two regions with buckets that all such classes have one after the other. They
 * are closed when the tests end.
 *
 * <p>A class writes below a prefix of its own and gives the regions back whole. After a failure
 * that is not relied on: whoever comes next gets new ones.
 */
final class SharedBuckets implements ParameterResolver, AfterEachCallback, AfterAllCallback {
  private static final Namespace NAMESPACE = Namespace.create(SharedBuckets.class);

  private boolean failed;

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == S3Regions.class;
  }

  @Override
  public S3Regions resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return store(context)
        .computeIfAbsent(S3Regions.class, type -> S3Regions.started(), S3Regions.class);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    failed |= context.getExecutionException().isPresent();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    if (failed || context.getExecutionException().isPresent()) {
      S3Regions regions = store(context).remove(S3Regions.class, S3Regions.class);
      if (regions != null) {
        regions.close();
      }
    }
  }

  private static Store store(ExtensionContext context) {
    return context.getStore(StoreScope.LAUNCHER_SESSION, NAMESPACE);
  }
}
