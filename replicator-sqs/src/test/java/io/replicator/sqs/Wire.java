package io.replicator.sqs;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.SdkRequest;
import software.amazon.awssdk.core.SdkResponse;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageResponse;
import software.amazon.awssdk.services.sqs.model.SqsException;

/** The wire to a queue server: sees every request, can break, and can spoil answers. */
final class Wire implements ExecutionInterceptor {
  private final List<SdkRequest> requests = new ArrayList<>();
  private final Map<Class<?>, Set<String>> threads = new HashMap<>();
  private final Map<String, Integer> deliveries = new HashMap<>();
  private volatile Predicate<SdkRequest> broken = request -> false;
  private volatile Predicate<SdkRequest> refused = request -> false;
  private volatile String refusal = "";
  private volatile Predicate<SdkRequest> brokenAfterwards = request -> false;
  private volatile UnaryOperator<SdkResponse> spoil = answer -> answer;

  /** Lets no request through for which this holds. */
  void breakFor(Predicate<SdkRequest> which) {
    broken = which;
  }

  /** Refuses requests for which this holds, as the server would, with an error code. */
  void refuse(Predicate<SdkRequest> which, String code) {
    refusal = code;
    refused = which;
  }

  /** Lets requests through for which this holds, and loses their answers. */
  void loseAnswers(Predicate<SdkRequest> which) {
    brokenAfterwards = which;
  }

  void mend() {
    broken = request -> false;
    refused = request -> false;
    brokenAfterwards = request -> false;
    spoil = answer -> answer;
  }

  /** Changes answers. */
  void spoil(UnaryOperator<SdkResponse> how) {
    spoil = how;
  }

  /** Returns the requests of a type that were made so far. */
  synchronized <T extends SdkRequest> List<T> seen(Class<T> type) {
    return requests.stream().filter(type::isInstance).map(type::cast).toList();
  }

  /** Returns the names of the threads on which requests of a type were made so far. */
  synchronized Set<String> threads(Class<? extends SdkRequest> type) {
    return Set.copyOf(threads.getOrDefault(type, Set.of()));
  }

  /** Returns how often a message with this body came through. */
  synchronized int received(String body) {
    return deliveries.getOrDefault(body, 0);
  }

  @Override
  public void beforeExecution(Context.BeforeExecution context, ExecutionAttributes attributes) {
    synchronized (this) {
      requests.add(context.request());
      threads
          .computeIfAbsent(context.request().getClass(), type -> new HashSet<>())
          .add(Thread.currentThread().getName());
    }
    if (broken.test(context.request())) {
      throw SdkClientException.create("the wire is broken");
    }
    if (refused.test(context.request())) {
      throw SqsException.builder()
          .statusCode(400)
          .awsErrorDetails(AwsErrorDetails.builder().errorCode(refusal).errorMessage("no").build())
          .build();
    }
  }

  @Override
  public SdkResponse modifyResponse(
      Context.ModifyResponse context, ExecutionAttributes attributes) {
    if (brokenAfterwards.test(context.request())) {
      throw SdkClientException.create("the answer was lost");
    }
    if (context.response() instanceof ReceiveMessageResponse received) {
      synchronized (this) {
        received.messages().forEach(m -> deliveries.merge(m.body(), 1, Integer::sum));
      }
    }
    return spoil.apply(context.response());
  }
}
