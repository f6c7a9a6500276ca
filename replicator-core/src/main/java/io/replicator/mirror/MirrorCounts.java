package io.replicator.mirror;

import io.replicator.model.Region;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;
import javax.management.Attribute;
import javax.management.AttributeList;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;

/**
 * The mirror counts are the records and bytes that came from one peer, added up over MirrorMaker's
 * beans of each partition. These begin at 0 again whenever a task is started; what is counted
 * between the last look at a bean and its end is missing. Safe for any number of threads.
 */
final class MirrorCounts {
  private static final String[] ATTRIBUTES = {"record-count", "byte-count"};

  private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();
  private final ObjectName beans;
  private final Map<ObjectName, long[]> seen = new HashMap<>();
  private long records;
  private long bytes;

  MirrorCounts(Region source, Region target) {
    try {
      beans =
          new ObjectName(
              "kafka.connect.mirror:type=MirrorSourceConnector,source="
                  + source
                  + ",target="
                  + target
                  + ",*");
    } catch (MalformedObjectNameException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** Adds what came since the last look. */
  synchronized void look() {
    for (ObjectName bean : server.queryNames(beans, null)) {
      long[] before = seen.computeIfAbsent(bean, name -> new long[2]);
      long[] now = read(bean, before);
      records += since(before[0], now[0]);
      bytes += since(before[1], now[1]);
      seen.put(bean, now);
    }
  }

  synchronized long records() {
    return records;
  }

  synchronized long bytes() {
    return bytes;
  }

  private long[] read(ObjectName bean, long[] otherwise) {
    long[] counts = otherwise.clone();
    try {
      AttributeList values = server.getAttributes(bean, ATTRIBUTES);
      for (Attribute value : values.asList()) {
        int index = value.getName().equals(ATTRIBUTES[0]) ? 0 : 1;
        counts[index] = ((Number) value.getValue()).longValue();
      }
      return counts;
    } catch (InstanceNotFoundException e) {
      return counts; // its task ended between the two calls
    } catch (JMException e) {
      throw new IllegalStateException("MirrorMaker's bean " + bean + " cannot be read", e);
    }
  }

  private static long since(long before, long now) {
    return now >= before ? now - before : now;
  }
}
