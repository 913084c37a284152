package io.evbuffer.perf.compare;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.ScalarResult;

/**
 * The memory of a fork after an iteration: what of the process is resident, the Java heap and the JVM included, and what is
 * committed off the heap: for direct buffers, segments and {@code Unsafe}, as the JVM's own tracking tells, and mapped buffers.
 *
 * <p>The latter needs {@link #TRACKING} among the JVM's flags; without it, it is not reported. Linux.
 */
public final class Footprint implements InternalProfiler {
    /** Lets the JVM count its native memory, which costs some time. */
    static final String TRACKING = "-XX:NativeMemoryTracking=summary";

    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");
    private static final Pattern OFF_HEAP = Pattern.compile("-\\s+Other \\(reserved=\\d+KB, committed=(\\d+)KB");

    @Override
    public String getDescription() {
        return "Resident memory and what is committed off the heap, in KiB";
    }

    @Override
    public void beforeIteration(final BenchmarkParams benchmark, final IterationParams iteration) {
        // memory is looked at afterwards
    }

    @Override
    public Collection<ScalarResult> afterIteration(
            final BenchmarkParams benchmark, final IterationParams iteration, final IterationResult result) {
        final List<ScalarResult> results = new ArrayList<>();
        resident().ifPresent(kib -> results.add(new ScalarResult("residentKiB", kib, "KiB", AggregationPolicy.MAX)));
        offHeap(nativeMemory())
                .ifPresent(kib -> results.add(
                        new ScalarResult("offHeapKiB", kib + mapped() / 1024.0, "KiB", AggregationPolicy.MAX)));
        return results;
    }

    private static OptionalLong resident() {
        try (Stream<String> lines = Files.lines(STATUS)) {
            return lines.map(RESIDENT::matcher)
                    .filter(Matcher::matches)
                    .mapToLong(line -> Long.parseLong(line.group(1)))
                    .findFirst();
        } catch (final IOException e) {
            return OptionalLong.empty();
        }
    }

    /** The bytes of mapped buffers, our slabs for example, which the JVM does not track. */
    private static long mapped() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("mapped"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }

    /** What {@code jcmd VM.native_memory} would print. */
    private static String nativeMemory() {
        try {
            return (String) ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=DiagnosticCommand"),
                            "vmNativeMemory",
                            new Object[] {new String[] {"summary", "scale=KB"}},
                            new String[] {String[].class.getName()});
        } catch (final JMException e) {
            return ""; // another JVM
        }
    }

    /** The committed KiB of the JVM's category for what Java code takes off the heap. */
    static OptionalLong offHeap(final String nativeMemory) {
        final Matcher other = OFF_HEAP.matcher(nativeMemory);
        if (other.find()) return OptionalLong.of(Long.parseLong(other.group(1)));
        // a category without memory is not printed
        return nativeMemory.contains("committed=") ? OptionalLong.of(0) : OptionalLong.empty();
    }
}
