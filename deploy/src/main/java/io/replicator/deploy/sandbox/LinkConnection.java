package io.replicator.deploy.sandbox;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * A link connection is one client's connection through the link: two sockets, and for each way one
 * thread that reads and one that writes what has been on its way for long enough.
 */
final class LinkConnection {
  private static final int CHUNK_BYTES = 64 * 1024;
  private static final int CHUNKS_UNDER_WAY = 64;
  private static final byte[] END = new byte[0];

  /** Bytes under way, and when they set out. */
  private static final class Chunk {
    private final long read = System.nanoTime();
    private final byte[] bytes;

    private Chunk(byte[] bytes) {
      this.bytes = bytes;
    }
  }

  private final Socket near;
  private final Socket far;
  private final LinkState state;
  private final Consumer<LinkConnection> whenClosed;
  private final AtomicInteger waysOpen = new AtomicInteger(2);
  private final Thread[] threads;

  LinkConnection(
      Socket near, InetSocketAddress target, LinkState state, Consumer<LinkConnection> whenClosed)
      throws IOException {
    this.near = near;
    this.state = state;
    this.whenClosed = whenClosed;
    far = new Socket(target.getAddress(), target.getPort());
    near.setTcpNoDelay(true);
    far.setTcpNoDelay(true);
    BlockingQueue<Chunk> there = new ArrayBlockingQueue<>(CHUNKS_UNDER_WAY);
    BlockingQueue<Chunk> back = new ArrayBlockingQueue<>(CHUNKS_UNDER_WAY);
    threads =
        new Thread[] {
          thread("link-read", () -> read(near, there)),
          thread("link-write", () -> write(far, there)),
          thread("link-read-back", () -> read(far, back)),
          thread("link-write-back", () -> write(near, back))
        };
  }

  void start() {
    for (Thread thread : threads) {
      thread.start();
    }
  }

  /** Breaks both ends at once. */
  void reset() {
    reset(near);
    reset(far);
    for (Thread thread : threads) {
      thread.interrupt();
    }
    whenClosed.accept(this);
  }

  static void reset(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      // It was closed already: what was wanted.
      return;
    }
  }

  private void read(Socket from, BlockingQueue<Chunk> way)
      throws IOException, InterruptedException {
    byte[] buffer = new byte[CHUNK_BYTES];
    while (true) {
      int count = from.getInputStream().read(buffer);
      byte[] bytes = count < 0 ? END : Arrays.copyOf(buffer, count);
      way.put(new Chunk(bytes));
      if (count < 0) {
        return;
      }
    }
  }

  private void write(Socket to, BlockingQueue<Chunk> way) throws IOException, InterruptedException {
    while (true) {
      Chunk chunk = way.take();
      long due = chunk.read + state.delay().toNanos();
      TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
      state.awaitOpen();
      if (chunk.bytes.length == 0) {
        to.shutdownOutput();
        if (waysOpen.decrementAndGet() == 0) {
          reset(near);
          reset(far);
          whenClosed.accept(this);
        }
        return;
      }
      to.getOutputStream().write(chunk.bytes);
    }
  }

  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  private Thread thread(String name, Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException e) {
                reset(); // one end broke: the other learns it
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // reset by another thread
              }
            },
            name);
    thread.setDaemon(true);
    return thread;
  }
}
