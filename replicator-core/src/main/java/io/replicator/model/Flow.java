package io.replicator.model;

/**
 * A flow is one resource on its way from one origin region to this one: {@code
 * sqs/orders@us-east-1}.
 *
 * <p>It is what is paused, measured, throttled and broken. In its origin region the flow of the
 * same name is the capturing end.
 */
public record Flow(Resource resource, Region origin) {

  /**
   * Reads the form that {@link #toString} writes.
   *
   * @throws IllegalArgumentException if the text is no flow
   */
  public static Flow parse(String text) {
    int slash = text.indexOf('/');
    int at = text.lastIndexOf('@');
    if (slash < 1 || at < slash) {
      throw new IllegalArgumentException(
          "'" + text + "' is no flow: write store/resource@origin, as in sqs/orders@us-east-1");
    }
    return new Flow(
        new Resource(text.substring(0, slash), text.substring(slash + 1, at)),
        new Region(text.substring(at + 1)));
  }

  @Override
  public String toString() {
    return resource + "@" + origin;
  }
}
