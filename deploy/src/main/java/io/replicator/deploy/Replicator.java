package io.replicator.deploy;

import io.replicator.deploy.sandbox.SandboxException;
import java.io.UncheckedIOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line. */
@Command(
    name = "replicator",
    description = "Copies S3, SQS and Cassandra data between active regions.",
    mixinStandardHelpOptions = true,
    versionProvider = BuildVersion.class,
    subcommands = {
      AgentCommand.class,
      CassandraCaptureCommand.class,
      MirrorCommand.class,
      CheckCommand.class,
      StatusCommand.class,
      ReloadCommand.class,
      BackfillCommand.class,
      ThrottleCommand.class,
      PauseCommand.class,
      ResumeCommand.class,
      AcceptGapCommand.class,
      DeadLettersCommand.class,
      SandboxCommand.class
    })
public final class Replicator implements Runnable {
  @Spec private CommandSpec spec;

  /** Runs one command and exits with its code. */
  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  /** Returns the whole command line, to be executed. */
  static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Replicator());
    SandboxCqlCommand.takeComments(
        line.getSubcommands().get("sandbox").getSubcommands().get("cql"));
    return line.registerConverter(Long.class, text -> number(text, Long.MAX_VALUE))
        .registerConverter(long.class, text -> number(text, Long.MAX_VALUE))
        .registerConverter(Integer.class, text -> (int) number(text, Integer.MAX_VALUE))
        .registerConverter(int.class, text -> (int) number(text, Integer.MAX_VALUE))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(
            (exception, arguments) -> {
              CommandLine command = exception.getCommandLine();
              String name = command.getCommandSpec().qualifiedName();
              command.getErr().println(name + ": " + exception.getMessage());
              UnmatchedArgumentException.printSuggestions(exception, command.getErr());
              command.getErr().println("see '" + name + " --help'");
              return 2;
            })
        .setExecutionExceptionHandler(
            (exception, command, parsed) -> {
              if (exception instanceof CommandFailure failure) {
                command.getErr().println("replicator: " + failure.getMessage());
                return failure.exitCode();
              }
              if (exception instanceof SandboxException
                  || exception instanceof UncheckedIOException) {
                command.getErr().println("replicator: " + exception.getMessage());
                return 1;
              }
              throw exception;
            });
  }

  /** Picocli itself speaks of Java's types. */
  private static long number(String text, long most) {
    try {
      long number = Long.parseLong(text);
      if (Math.abs(number) <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw new TypeConversionException("'" + text + "' is not a whole number");
    }
    throw new TypeConversionException("'" + text + "' is not a whole number up to " + most);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command?");
  }
}
