package io.replicator.deploy;

import picocli.CommandLine.IVersionProvider;

/** The version this was built as, from the jar's manifest. */
final class BuildVersion implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String version = BuildVersion.class.getPackage().getImplementationVersion();
    return new String[] {"replicator " + (version == null ? "(not packaged)" : version)};
  }
}
