package io.evbuffer.perf.compare;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.ExternalProfiler;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;
import org.openjdk.jmh.runner.IterationType;

/**
 * Counts the system calls of the benchmark's thread that have to do with files, sockets and waiting: runs the fork under {@code
 * strace} and counts between two marks, which are questions for files that do not exist.
 *
 * <p>Exact in JMH's single shots only, where it is known how many operations lie between the marks. Calls cost ten times as much
 * under it, so no time counts that was measured beside. Calls of other threads, a far end's for example, are not counted.
 */
public final class SystemCalls implements ExternalProfiler, InternalProfiler {
    private static final String STRACE = "strace";
    private static final String BEGIN = "/evbuffer-mark-begin";
    private static final String END = "/evbuffer-mark-end";
    private static final String COUNTED =
            "read,write,readv,writev,pread64,pwrite64,preadv,pwritev,recvfrom,sendto,recvmsg,"
                    + "sendmsg,sendfile,splice,accept,accept4,connect,socket,close,shutdown,epoll_wait,epoll_pwait,epoll_pwait2,"
                    + "epoll_ctl,poll,ppoll,io_uring_enter,timerfd_settime";
    private static final String MARKING = "access,faccessat,faccessat2,stat,newfstatat,statx,prctl";
    private static final Pattern CALL = Pattern.compile("^(\\d+) +(\\w+)\\((.*)$");

    /** What the kernel keeps of the name of a JMH worker, which begins with the benchmark's. */
    private static final int KEPT = 15;

    private static final String PACKAGE = "io.evbuffer.perf.bench";

    private final Path trace;

    /** Prepares a file for the trace. */
    public SystemCalls() throws IOException {
        trace = Files.createTempFile("evbuffer-strace-", ".txt");
        trace.toFile().deleteOnExit();
    }

    /** Whether {@code strace} can be found on the path. */
    static boolean areCountable() {
        for (final String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
            if (Files.isExecutable(Path.of(folder, STRACE))) return true;
        }
        return false;
    }

    @Override
    public Collection<String> addJVMInvokeOptions(final BenchmarkParams params) {
        return List.of(
                STRACE,
                "-f",
                "-qq",
                "--seccomp-bpf",
                "-e",
                "trace=" + COUNTED + "," + MARKING,
                "-e",
                "signal=none",
                "-s",
                "64",
                "-o",
                trace.toString());
    }

    @Override
    public Collection<String> addJVMOptions(final BenchmarkParams params) {
        return List.of();
    }

    @Override
    public void beforeTrial(final BenchmarkParams params) {
        // the trace begins with the process
    }

    @Override
    public void beforeIteration(final BenchmarkParams benchmark, final IterationParams iteration) {
        if (iteration.getType() == IterationType.MEASUREMENT) mark(BEGIN);
    }

    @Override
    public Collection<? extends Result<?>> afterIteration(
            final BenchmarkParams benchmark, final IterationParams iteration, final IterationResult result) {
        if (iteration.getType() == IterationType.MEASUREMENT) mark(END);
        return List.of();
    }

    private static void mark(final String path) {
        if (new File(path).exists()) throw new IllegalStateException(path + " is not to exist");
    }

    @Override
    public Collection<? extends Result<?>> afterTrial(
            final BenchmarkResult result, final long pid, final File stdOut, final File stdErr) {
        final BenchmarkParams params = result.getParams();
        final double operations = (double) params.getMeasurement().getBatchSize()
                * params.getMeasurement().getCount()
                * params.getOpsPerInvocation();
        try (BufferedReader lines = Files.newBufferedReader(trace, StandardCharsets.ISO_8859_1)) {
            final long calls = count(lines);
            return List.of(
                    new ScalarResult(Verdict.SYSTEM_CALLS, calls / operations, "calls/op", AggregationPolicy.AVG));
        } catch (final IOException e) {
            throw new IllegalStateException("no trace of system calls: " + e.getMessage(), e);
        }
    }

    /** The calls of JMH's workers between the marks. */
    static long count(final BufferedReader lines) throws IOException {
        final String worker = "\"" + PACKAGE.substring(0, KEPT) + "\"";
        final Set<String> workers = new HashSet<>();
        long calls = 0;
        boolean marked = false;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            final Matcher call = CALL.matcher(line);
            if (!call.matches()) continue; // the end of a call that another one interrupted
            final String name = call.group(2);
            if (name.equals("prctl")) {
                if (call.group(3).contains(worker)) workers.add(call.group(1));
            } else if (call.group(3).contains(BEGIN)) {
                marked = true;
            } else if (call.group(3).contains(END)) {
                marked = false;
            } else if (marked && workers.contains(call.group(1)) && !MARKING.contains(name)) {
                calls++;
            }
        }
        return calls;
    }

    @Override
    public boolean allowPrintOut() {
        return true;
    }

    @Override
    public boolean allowPrintErr() {
        return true;
    }

    @Override
    public String getDescription() {
        return "System calls per operation, by strace";
    }
}
