package io.evbuffer.perf.compare;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

    /** What {@link #choose} takes of all of them. */
    static List<Workload> find(final String pattern) {
        return choose(all(), pattern);
    }

    /**
     * The workloads that a pattern chooses: each with those contenders whose full name has a match, as {@code
     * a.b.MoveBenchmark.okio}; if there is none anywhere, then those whose title has one, as {@code file send, bytes 4096}.
     */
    static List<Workload> choose(final List<Workload> all, final String pattern) {
        final Pattern wanted = Pattern.compile(pattern);
        final List<Workload> chosen = new ArrayList<>();
        for (final Workload workload : all) {
            final List<String> matching = workload.contenders().stream()
                    .filter(contender ->
                            wanted.matcher(workload.method(contender)).find())
                    .toList();
            if (!matching.isEmpty()) chosen.add(workload.withOnly(matching));
        }
        return chosen.isEmpty()
                ? all.stream()
                        .filter(workload -> wanted.matcher(workload.title()).find())
                        .toList()
                : chosen;
    }

    /** All workloads, by name. */
    static List<Workload> all() {
        final Map<String, List<BenchmarkListEntry>> methodsByClass = new TreeMap<>();
        for (final BenchmarkListEntry method : BenchmarkList.defaultList().getAll(quiet(), List.of())) {
            methodsByClass
                    .computeIfAbsent(method.getUserClassQName(), type -> new ArrayList<>())
                    .add(method);
        }
        final List<Workload> workloads = new ArrayList<>();
        methodsByClass.forEach((type, methods) -> addWorkloads(workloads, type, methods));
        return workloads;
    }

    private static void addWorkloads(
            final List<Workload> workloads, final String type, final List<BenchmarkListEntry> methods) {
        final List<String> contenders = methods.stream()
                .map(method -> method.getUsername().substring(type.length() + 1))
                .distinct() // once for each mode
                .sorted(Workload.OURS_FIRST)
                .toList();
        final boolean sampled = methods.stream().anyMatch(method -> method.getMode() == Mode.SampleTime);
        final int operations = methods.get(0).getOperationsPerInvocation().orElse(1);
        final Map<String, String[]> parameters = methods.get(0).getParams().orElse(Map.of());
        for (final Map<String, String> values : combinations(parameters)) {
            workloads.add(new Workload(type, values, contenders, sampled, operations));
        }
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
