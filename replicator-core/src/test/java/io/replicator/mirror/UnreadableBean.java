package io.replicator.mirror;

import javax.management.Attribute;
import javax.management.AttributeList;
import javax.management.DynamicMBean;
import javax.management.MBeanInfo;

/** A bean whose counts are no numbers, as no MirrorMaker is expected to have. */
final class UnreadableBean implements DynamicMBean {
  @Override
  public Object getAttribute(String attribute) {
    return "many";
  }

  @Override
  public AttributeList getAttributes(String[] attributes) {
    AttributeList values = new AttributeList();
    for (String attribute : attributes) {
      values.add(new Attribute(attribute, "many"));
    }
    return values;
  }

  @Override
  public void setAttribute(Attribute attribute) {
    throw new UnsupportedOperationException();
  }

  @Override
  public AttributeList setAttributes(AttributeList attributes) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Object invoke(String action, Object[] params, String[] signature) {
    throw new UnsupportedOperationException();
  }

  @Override
  public MBeanInfo getMBeanInfo() {
    return new MBeanInfo(UnreadableBean.class.getName(), "", null, null, null, null);
  }
}
