package io.evbuffer.perf.compare;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.format.OutputFormat;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * The workloads of the benchmarks that JMH's generator has listed on the class path.
 *
 * <p>A class whose {@code @BenchmarkMode} names {@code SampleTime} beside {@code AverageTime} gets a histogram too.
 */
final class Suite {
    private Suite() {}

    /**
     * The workloads that a pattern chooses, by name: with those contenders whose method's full name has a match, as
     * {@code a.b.MoveBenchmark.okio}; those without such a one, but with a match in their title, as {@code move} or
     * {@code file send, bytes 4096}, with all their contenders.
     */
    static List<Workload> find(final String pattern) {
        final Map<String, List<BenchmarkListEntry>> methodsByClass = new TreeMap<>();
        for (final BenchmarkListEntry method : BenchmarkList.defaultList().getAll(quiet(), List.of())) {
            methodsByClass
                    .computeIfAbsent(method.getUserClassQName(), type -> new ArrayList<>())
                    .add(method);
        }
        final Pattern wanted = Pattern.compile(pattern);
        final List<Workload> workloads = new ArrayList<>();
        methodsByClass.forEach((type, methods) -> addWorkloads(workloads, wanted, type, methods));
        return workloads;
    }

    private static void addWorkloads(
            final List<Workload> workloads,
            final Pattern wanted,
            final String type,
            final List<BenchmarkListEntry> methods) {
        final List<String> contenders = methods.stream()
                .map(method -> method.getUsername().substring(type.length() + 1))
                .distinct() // once for each mode
                .sorted(Workload.OURS_FIRST)
                .toList();
        final boolean sampled = methods.stream().anyMatch(method -> method.getMode() == Mode.SampleTime);
        final int operations = methods.get(0).getOperationsPerInvocation().orElse(1);
        final Map<String, String[]> parameters = methods.get(0).getParams().orElse(Map.of());
        for (final Map<String, String> values : combinations(parameters)) {
            select(new Workload(type, values, contenders, sampled, operations), wanted)
                    .ifPresent(workloads::add);
        }
    }

    /** What a pattern chooses of a workload: the contenders whose full names match, or all if the title does. */
    static Optional<Workload> select(final Workload whole, final Pattern wanted) {
        final List<String> matching = whole.contenders().stream()
                .filter(contender -> wanted.matcher(whole.method(contender)).find())
                .toList();
        if (!matching.isEmpty()) return Optional.of(whole.withOnly(matching));
        return wanted.matcher(whole.title()).find() ? Optional.of(whole) : Optional.empty();
    }

    /** Every choice of one value for each parameter. */
    static List<Map<String, String>> combinations(final Map<String, String[]> parameters) {
        List<Map<String, String>> combinations = List.of(Map.of());
        for (final Map.Entry<String, String[]> parameter : new TreeMap<>(parameters).entrySet()) {
            final List<Map<String, String>> longer = new ArrayList<>();
            for (final Map<String, String> shorter : combinations) {
                for (final String value : parameter.getValue()) {
                    final Map<String, String> combination = new LinkedHashMap<>(shorter);
                    combination.put(parameter.getKey(), value);
                    longer.add(combination);
                }
            }
            combinations = longer;
        }
        return combinations;
    }

    private static OutputFormat quiet() {
        return OutputFormatFactory.createFormatInstance(
                new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8), VerboseMode.SILENT);
    }
}
