package io.evbuffer.perf;

import io.evbuffer.perf.compare.Forks;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A comparison in a JVM that has the flags our code needs, whatever the one has that the user started.
 *
 * <pre>
 *   java -cp benchmarks.jar io.evbuffer.perf.Compare     no flags: waits, and ends with the same status
 *     └─ java FLAGS -cp benchmarks.jar ...FlaggedJvm     compares; ends with its parent
 *          └─ forks and servers                          end with either
 * </pre>
 *
 * <p>{@code java -jar} takes the flags from the manifest; with {@code -cp} nobody reads that.
 */
final class FlaggedJvm {
    /** What only the JVM itself may read without a flag. */
    private static final String CLOSED_PACKAGE = "jdk.internal.misc";

    /** JMH itself uses what newer Javas warn about; forks do not inherit it. */
    private static final String NO_WARNINGS = "--sun-misc-unsafe-memory-access=allow";

    private FlaggedJvm() {}

    /** Whether this JVM has the flags. */
    static boolean isHere() {
        final Module ours = FlaggedJvm.class.getModule();
        return Object.class.getModule().isExported(CLOSED_PACKAGE, ours) && ours.isNativeAccessEnabled();
    }

    /**
     * Runs a comparison in a JVM like this one but with the flags, on the same streams, and waits for its end.
     *
     * @param args the comparison's.
     * @param err for what keeps it from starting.
     * @return its status.
     */
    static int compare(final String[] args, final PrintStream err) {
        final List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(Forks.flags());
        command.add(NO_WARNINGS);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), FlaggedJvm.class.getName()));
        command.addAll(List.of(args));
        endDescendantsWithThis();
        try {
            return new ProcessBuilder(command).inheritIO().start().waitFor();
        } catch (final IOException e) {
            err.println("Compare: " + e.getMessage());
            return 1;
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            err.println("Compare: interrupted");
            return 1;
        }
    }

    /**
     * Runs the comparison itself; for {@link #compare} to start.
     *
     * @param args the comparison's.
     */
    public static void main(final String[] args) {
        endDescendantsWithThis();
        ProcessHandle.current().parent().ifPresent(FlaggedJvm::endWith);
        System.exit(Compare.run(args, System.out, System.err));
    }

    private static void endWith(final ProcessHandle parent) {
        final Thread watch = new Thread(
                () -> {
                    parent.onExit().join();
                    System.exit(1);
                },
                "ends-with-parent");
        watch.setDaemon(true);
        watch.start();
    }

    /** However this ends, if not killed outright. */
    private static void endDescendantsWithThis() {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly),
                        "ends-forks"));
    }
}
