package io.replicator.jmx;

import io.replicator.config.JmxConfig;
import io.replicator.config.TlsConfig;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.rmi.server.RMIServerSocketFactory;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Optional;
import javax.net.ServerSocketFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** Bound sockets listen on the one configured address, with TLS if the configuration has it. */
final class BoundSockets implements RMIServerSocketFactory {
  private static final int BACKLOG = 50;

  private final InetAddress address;
  private final ServerSocketFactory sockets;
  private final boolean clientAuth;

  private BoundSockets(InetAddress address, ServerSocketFactory sockets, boolean clientAuth) {
    this.address = address;
    this.sockets = sockets;
    this.clientAuth = clientAuth;
  }

  static BoundSockets of(JmxConfig config) throws IOException {
    InetAddress address = InetAddress.getAllByName(config.host())[0];
    Optional<TlsConfig> tls = config.tls();
    return new BoundSockets(
        address,
        tls.isPresent() ? encrypted(tls.get()) : ServerSocketFactory.getDefault(),
        tls.isPresent() && tls.get().clientAuth());
  }

  @Override
  public ServerSocket createServerSocket(int port) throws IOException {
    ServerSocket socket = sockets.createServerSocket();
    if (socket instanceof SSLServerSocket encrypted) {
      encrypted.setNeedClientAuth(clientAuth);
    }
    socket.bind(new InetSocketAddress(address, port), BACKLOG);
    return socket;
  }

  private static ServerSocketFactory encrypted(TlsConfig tls) throws IOException {
    try {
      char[] password = tls.keystorePassword().toCharArray();
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store(tls.keystore(), password), password);
      TrustManager[] trusted = null;
      if (tls.truststore().isPresent()) {
        TrustManagerFactory trust =
            TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        char[] trustPassword = tls.truststorePassword().map(String::toCharArray).orElse(null);
        trust.init(store(tls.truststore().get(), trustPassword));
        trusted = trust.getTrustManagers();
      }
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), trusted, null);
      return context.getServerSocketFactory();
    } catch (GeneralSecurityException e) {
      throw new IOException("the keystore or truststore of JMX cannot be used", e);
    }
  }

  private static KeyStore store(Path file, char[] password)
      throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12"); // reads JKS, too
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, password);
    } catch (IOException e) {
      throw new IOException(file + " cannot be read, or its password is wrong", e);
    }
    return store;
  }
}
