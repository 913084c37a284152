package io.evbuffer.perf;

import io.evbuffer.perf.compare.Forks;
import io.evbuffer.perf.growth.Growth;
import io.evbuffer.perf.growth.GrowthTable;
import io.evbuffer.perf.load.EchoLoad;
import io.evbuffer.perf.load.IdleLoad;
import io.evbuffer.perf.memory.BurstComparison;
import io.evbuffer.perf.server.ChatServer;
import io.evbuffer.perf.server.EchoServer;
import io.evbuffer.perf.server.HostileClients;
import io.evbuffer.perf.server.HttpServer;
import io.evbuffer.perf.server.Proxy;
import io.evbuffer.perf.stress.StressRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.openjdk.jmh.runner.NoBenchmarksException;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;

/**
 * What {@code java -jar benchmarks.jar} runs: JMH's own command line, or what the first word names.
 *
 * <pre>
 *   java -jar benchmarks.jar append -prof gc      JMH; names are matched without regard to case
 *   java -jar benchmarks.jar -h                   JMH's options
 *   java -jar benchmarks.jar main-job             {@link MainJob}
 *   java -jar benchmarks.jar compare --quick      {@link Compare}
 *   java -jar benchmarks.jar stress               {@link StressRun}, in short
 *   java -jar benchmarks.jar stress -m quick      the same with jcstress's own options
 *   java -jar benchmarks.jar growth               {@link Growth}; "short" and "--json FILE" may follow
 *   java -jar benchmarks.jar report ...           {@link ReportCommand}
 *   java -jar benchmarks.jar guard ...            {@link Guard}
 *   java -jar benchmarks.jar burst                {@link BurstComparison}
 *   java -jar benchmarks.jar idle-load            {@link IdleLoad}
 *   java -jar benchmarks.jar echo-load --port P   {@link EchoLoad}
 *   java -jar benchmarks.jar echo --port 4711     {@link EchoServer}; and {@code http}, {@code proxy}, {@code chat}, {@code hostile}
 * </pre>
 *
 * <p>JMH's forks do not inherit what the jar's manifest grants: {@link Forks} hands them the flags. A failed benchmark
 * fails the run.
 */
public final class Main {
    private static final String STRESS_FOLDER_PROPERTY = "stress.folder";

    private Main() {}

    /**
     * Runs the program; exits with 1 if anything failed.
     *
     * @param args as above.
     * @throws Exception as the main job or JMH's listings throw it.
     */
    public static void main(final String[] args) throws Exception {
        final String first = args.length == 0 ? "" : args[0];
        final List<String> rest = List.of(args).subList(Math.min(1, args.length), args.length);
        final String[] words = rest.toArray(String[]::new);
        if (runProgram(first, words)) return;
        final boolean done = switch (first) {
            case "main-job" -> {
                MainJob.main(words);
                yield true;
            }
            case "compare" -> Compare.run(words, System.out, System.err) == 0;
            case "stress" -> runStress(rest);
            case "report" -> ReportCommand.run(words, System.out, System.err) == 0;
            case "guard" -> Guard.run(words, System.out, System.err) == 0;
            case "growth" -> runGrowth(rest);
            case "burst" -> BurstComparison.run(System.out, rest);
            default -> runJmh(args) == 0;
        };
        if (!done) System.exit(1);
    }

    /** Returns whether the word names a program with a class of its own; then it has ended. */
    private static boolean runProgram(final String name, final String[] args) {
        switch (name) {
            case "idle-load" -> IdleLoad.main(args);
            case "echo-load" -> EchoLoad.main(args);
            case "echo" -> EchoServer.main(args);
            case "http" -> HttpServer.main(args);
            case "proxy" -> Proxy.main(args);
            case "chat" -> ChatServer.main(args);
            case "hostile" -> HostileClients.main(args);
            default -> {
                return false;
            }
        }
        return true;
    }

    private static boolean runGrowth(final List<String> args) throws IOException {
        final int json = args.indexOf("--json");
        final Path file = json >= 0 && json + 1 < args.size() ? Path.of(args.get(json + 1)) : null;
        if (file != null) Files.deleteIfExists(file); // an older one is not to pass for this one's
        final GrowthTable table = new Growth(System.out, args.contains("short")).run();
        if (file != null) table.write(file);
        return Growth.isFlat(table);
    }

    private static boolean runStress(final List<String> args) throws IOException {
        final String named = System.getProperty(STRESS_FOLDER_PROPERTY, "");
        final Path folder = named.isBlank() ? Files.createTempDirectory("evbuffer-stress-") : Path.of(named);
        return StressRun.run(System.out, folder, args);
    }

    private static int runJmh(final String[] args) throws Exception {
        final CommandLineOptions commandLine;
        try {
            commandLine = new CommandLineOptions(args);
        } catch (final CommandLineOptionException e) {
            System.err.println("Error parsing command line:");
            System.err.println(" " + e.getMessage());
            return 1;
        }
        final ChainedOptionsBuilder options = Forks.options(commandLine);
        // What the command line says is taken as it is, but for the case of letters.
        commandLine.getIncludes().forEach(name -> options.include(anyCase(name)));
        commandLine.getExcludes().forEach(name -> options.exclude(anyCase(name)));
        final Runner runner = new Runner(options.build());
        if (commandLine.shouldHelp()) {
            commandLine.showHelp();
        } else if (commandLine.shouldList()) {
            runner.list();
        } else if (commandLine.shouldListWithParams()) {
            runner.listWithParams(commandLine);
        } else if (commandLine.shouldListProfilers()) {
            commandLine.listProfilers();
        } else if (commandLine.shouldListResultFormats()) {
            commandLine.listResultFormats();
        } else {
            return run(runner);
        }
        return 0;
    }

    private static int run(final Runner runner) {
        try {
            runner.run();
            return 0;
        } catch (final NoBenchmarksException e) {
            System.err.println("No matching benchmarks. -l lists all there are.");
        } catch (final RunnerException e) {
            System.err.println("ERROR: " + e.getMessage());
        }
        return 1;
    }

    private static String anyCase(final String name) {
        return "(?i)" + name;
    }
}
