package io.evbuffer.perf.compare;

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
 */
record Workload(String type, Map<String, String> parameters, List<String> contenders) {
    /** What ours is called among the contenders. */
    static final String OURS = "evbuffer";

    /** What is no peer but shows how fast the machine is: the same work by hand, with all sizes known in advance. */
    static final String FLOOR = "nio";

    private static final String SUFFIX = "Benchmark";

    Workload {
        parameters = Map.copyOf(parameters);
        contenders = List.copyOf(contenders);
    }

    /** As people say it: {@code append, length 16}. */
    String title() {
        final String simple = type.substring(type.lastIndexOf('.') + 1).replace(SUFFIX, "");
        return parameters.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(parameter -> ", " + parameter.getKey() + " " + parameter.getValue())
                .collect(Collectors.joining("", separated(simple, " "), ""));
    }

    /** The full name of a contender's method, as JMH selects it. */
    String method(final String contender) {
        return type + "." + contender;
    }

    /** The contender's column: {@code nettyAdaptiveUnsafe} is {@code netty-adaptive-unsafe}. */
    static String column(final String contender) {
        return separated(contender, "-");
    }

    private static String separated(final String camelCase, final String separator) {
        return camelCase.replaceAll("(?<=[a-z])(?=[A-Z])", separator).toLowerCase(Locale.ROOT);
    }
}
