package io.evbuffer.perf.load;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Keeps processes on processors, where there are two or more and {@code taskset} is; elsewhere nothing is kept anywhere. */
final class Processors {
    private static final String TASKSET = "taskset";
    private static final int COUNT = Runtime.getRuntime().availableProcessors();
    private static final boolean KEEPS = COUNT > 1 && hasTaskset();

    private Processors() {}

    private static boolean hasTaskset() {
        try {
            return run(List.of(TASKSET, "--version")) == 0;
        } catch (final IOException e) {
            return false; // there is none
        }
    }

    /** A command that runs on one processor. */
    static List<String> on(final int processor, final List<String> command) {
        if (!KEEPS) return command;
        final List<String> kept = new ArrayList<>(List.of(TASKSET, "-c", Integer.toString(processor)));
        kept.addAll(command);
        return kept;
    }

    /** Keeps the calling thread, and what it starts, on one processor from now on. */
    static void stay(final int processor) throws IOException {
        keep(Integer.toString(processor));
    }

    /** The calling thread may run anywhere again. */
    static void roam() throws IOException {
        keep("0-" + (COUNT - 1));
    }

    private static void keep(final String processors) throws IOException {
        if (!KEEPS) return;
        final String thread =
                Path.of("/proc/thread-self").toRealPath().getFileName().toString();
        if (run(List.of(TASKSET, "-p", "-c", processors, thread)) != 0) {
            throw new IOException("thread " + thread + " cannot be kept on processor " + processors);
        }
    }

    private static int run(final List<String> command) throws IOException {
        final Process process = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectErrorStream(true)
                .start();
        try {
            return process.waitFor();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + command.getFirst() + " ran", e);
        }
    }
}
