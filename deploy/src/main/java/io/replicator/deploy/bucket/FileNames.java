package io.replicator.deploy.bucket;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.gaul.s3proxy.blobstore.S3Exceptions;

/**
 * File names are what S3Proxy makes of keys: each piece between slashes is one on disk. Keys that
 * would name another key's file, or that no disk holds, are refused with a reason, as any store
 * does that cannot hold a key.
 */
final class FileNames {
  /** In bytes, on any usual file system. */
  private static final int LONGEST = 255;

  /** What S3Proxy appends to the last name while it writes: a hyphen and a UUID. */
  private static final int APPENDED = 37;

  private FileNames() {}

  /** Refuses a key, with 400 InvalidArgument, that is not held under its own name. */
  static void refuseUnlessHeld(String key) {
    String[] names = key.split("/", -1);
    for (int i = 0; i < names.length; i++) {
      if (names[i].equals(".") || names[i].equals("..")) {
        throw S3Exceptions.invalidArgument(
            "this server keeps objects as files, and '" + key + "' would be another key's file");
      }
      int most = i == names.length - 1 ? LONGEST - APPENDED : LONGEST;
      if (names[i].getBytes(UTF_8).length > most) {
        throw S3Exceptions.invalidArgument(
            "this server keeps objects as files, and between slashes no more than "
                + most
                + " bytes: "
                + names[i].substring(0, 20)
                + "…");
      }
    }
  }

  /** Tells whether a key names a folder: on disk it holds nothing. */
  static boolean isFolder(String key) {
    return key.endsWith("/");
  }
}
