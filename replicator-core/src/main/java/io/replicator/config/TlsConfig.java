package io.replicator.config;

import io.replicator.spi.Settings;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The keys with which a server of ours proves itself, and those that it believes. The stores are
 * PKCS #12 or JKS files.
 *
 * @param truststore whose clients are believed, if they must prove themselves
 * @param clientAuth whether clients must prove themselves by a certificate
 */
public record TlsConfig(
    Path keystore,
    String keystorePassword,
    Optional<Path> truststore,
    Optional<String> truststorePassword,
    boolean clientAuth) {

  static TlsConfig read(Settings settings) {
    Path keystore = Path.of(settings.text("keystore"));
    String password = settings.text("keystore-password");
    Optional<Path> truststore = settings.optionalText("truststore").map(Path::of);
    Optional<String> truststorePassword = settings.optionalText("truststore-password");
    boolean clientAuth = settings.flag("client-auth", false);
    if (clientAuth && truststore.isEmpty()) {
      settings.problem("client-auth", "needs a truststore that holds the clients' certificates");
    }
    return new TlsConfig(keystore, password, truststore, truststorePassword, clientAuth);
  }

  /** Leaves the passwords out. */
  @Override
  public String toString() {
    return "TlsConfig[keystore=" + keystore + ", clientAuth=" + clientAuth + "]";
  }
}
