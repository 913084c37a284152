package io.evbuffer.perf.compare;

import io.evbuffer.perf.peer.CProgram;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The original as a contender: libevent on the same work, by a C program that this machine's compiler makes ({@code
 * libevent_peer.c}) when a comparison begins. Where it cannot, {@link #absence()} says why and nothing is measured.
 */
final class LibeventPeer implements AutoCloseable {
    /** What it is called among the contenders. */
    static final String NAME = "libevent";

    private static final String PROGRAM = "libevent_peer";

    private final CProgram program;
    private final Set<String> workloads;

    private LibeventPeer(final CProgram program, final Set<String> workloads) {
        this.program = program;
        this.workloads = workloads;
    }

    /** Compiles the program into a folder, with this machine's compiler. */
    static LibeventPeer compile(final Path folder) throws IOException {
        return of(CProgram.compile(PROGRAM, folder));
    }

    /**
     * Compiles the program into a folder.
     *
     * @param folder exists; two files are put there.
     * @param compiler the command, as {@code gcc}.
     * @return a peer that does all its workloads, or none.
     * @throws IOException if the folder cannot be written, or the compiled program does not run.
     */
    static LibeventPeer compile(final Path folder, final String compiler) throws IOException {
        return of(CProgram.compile(PROGRAM, folder, compiler));
    }

    private static LibeventPeer of(final CProgram program) throws IOException {
        if (!program.absence().isEmpty()) return new LibeventPeer(program, Set.of());
        final CProgram.Output list = program.run("--list");
        if (list.status() != 0) throw new IOException(program.path() + " --list: " + list.text());
        return new LibeventPeer(program, Set.copyOf(list.text().lines().toList()));
    }

    /** Why nothing is measured, with what would help; empty if it is. */
    String absence() {
        return program.absence();
    }

    /** Whether the program knows a workload, by its title. */
    boolean does(final String workload) {
        return workloads.contains(workload);
    }

    /** The titles of all workloads that the program knows. */
    Set<String> workloads() {
        return workloads;
    }

    /**
     * Measures a workload.
     *
     * @param workload its title, one that the program knows.
     * @param rounds of 20 ms each, 1 or more.
     * @return each round, in nanoseconds per operation.
     * @throws IOException if the program fails.
     */
    List<Iterations.Measured> measure(final String workload, final int rounds) throws IOException {
        final List<Iterations.Measured> measured = new ArrayList<>();
        final CProgram.Output output = program.run(workload, Integer.toString(rounds));
        if (output.status() != 0) {
            throw new IOException(
                    program.path() + " '" + workload + "' ended with " + output.status() + ": " + output.text());
        }
        for (final String line : output.text().lines().toList()) {
            final String[] parts = line.split("\t", -1);
            if (parts.length != 3 || !parts[0].equals(workload)) {
                throw new IOException(program.path() + " printed " + line);
            }
            measured.add(new Iterations.Measured(Double.parseDouble(parts[1]), Double.parseDouble(parts[2])));
        }
        return measured;
    }

    /** Deletes the program and its source. */
    @Override
    public void close() throws IOException {
        program.close();
    }
}
