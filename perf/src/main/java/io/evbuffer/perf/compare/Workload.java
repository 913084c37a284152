package io.evbuffer.perf.compare;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One line of a comparison: a benchmark class with one value for each of its parameters, and its contenders.
 *
 * @param type the benchmark class's full name.
 * @param parameters name and value, in the order of the class.
 * @param contenders the benchmark methods, ours first.
 * @param sampled whether single invocations are timed too.
 * @param operations in an invocation.
 */
record Workload(String type, Map<String, String> parameters, List<String> contenders, boolean sampled, int operations) {
    /** What ours is called among the contenders. */
    static final String OURS = "evbuffer";

    /** Ours, then the others by name. */
    static final Comparator<String> OURS_FIRST = Comparator.comparing((String contender) -> !contender.equals(OURS))
            .thenComparing(Comparator.naturalOrder());

    /** What is no peer but shows how fast the machine is: the same work by hand, with all sizes known in advance. */
    private static final String FLOOR = "nio";

    /** Floors too: {@code rawCopy}, {@code bareEpoll}. */
    private static final List<String> FLOORS_BEGIN = List.of("raw", "bare", "floor");

    private static final String MEMORY_ALONE = "io.evbuffer.perf.bench";
    private static final String SUFFIX = "Benchmark";

    Workload {
        parameters = Map.copyOf(parameters);
        contenders = List.copyOf(contenders);
    }

    /** A workload of which only means are wanted. */
    Workload(final String type, final Map<String, String> parameters, final List<String> contenders) {
        this(type, parameters, contenders, false, 1);
    }

    /** The same with one contender more, at the end. */
    Workload plus(final String contender) {
        final List<String> more = new ArrayList<>(contenders);
        more.add(contender);
        return new Workload(type, parameters, more, sampled, operations);
    }

    /** The same with some of its contenders, in the same order. */
    Workload withOnly(final List<String> some) {
        return new Workload(
                type, parameters, contenders.stream().filter(some::contains).toList(), sampled, operations);
    }

    /** As people say it, without parameters: {@code cold start}. */
    String name() {
        final String simple = type.substring(type.lastIndexOf('.') + 1).replace(SUFFIX, "");
        return separated(simple, " ");
    }

    /** As people say it: {@code append, length 16}. */
    String title() {
        return parameters.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(parameter -> ", " + parameter.getKey() + " " + parameter.getValue())
                .collect(Collectors.joining("", name(), ""));
    }

    /** Whether it is about more than memory; those that are about memory alone stand in one package. */
    boolean doesCalls() {
        return !area().equals(MEMORY_ALONE);
    }

    /** The package of the benchmark class. */
    String area() {
        return type.substring(0, Math.max(0, type.lastIndexOf('.')));
    }

    /** The full name of a contender's method, as JMH selects it. */
    String method(final String contender) {
        return type + "." + contender;
    }

    /** The contender's column: {@code nettyAdaptiveUnsafe} is {@code netty-adaptive-unsafe}. */
    static String column(final String contender) {
        return separated(contender, "-");
    }

    /** Whether a contender only shows what the machine allows. */
    static boolean isFloor(final String contender) {
        return contender.equals(FLOOR) || FLOORS_BEGIN.contains(family(contender));
    }

    /** Whose it is: {@code netty} of {@code nettyAdaptiveUnsafe}. */
    static String family(final String contender) {
        return separated(contender, "-").split("-", 2)[0];
    }

    private static String separated(final String camelCase, final String separator) {
        return camelCase.replaceAll("(?<=[a-z])(?=[A-Z])", separator).toLowerCase(Locale.ROOT);
    }
}
