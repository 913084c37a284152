package io.evbuffer.perf.compare;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What was found about one contender of one workload.
 *
 * @param median in the workload's unit; lower is better.
 * @param spread the interquartile range of the same numbers, in the same unit.
 * @param bytesPerOp bytes allocated on the Java heap per operation; null where there is no such heap.
 * @param extras what else was measured, by name, system calls per operation for example; empty if nothing was.
 * @param disturbed whether somebody else used the same core nearly all the time, so that the numbers mean little.
 * @param latency an HdrHistogram of the nanoseconds of single invocations, compressed, in Base64; null if none was made.
 */
public record Score(
        double median,
        double spread,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Double bytesPerOp,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Double> extras,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean disturbed,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String latency) {
    /** More digits than any measurement is good for. */
    private static final MathContext DIGITS = new MathContext(6);

    /** Rounds the numbers; extras that a file does not have are none. */
    public Score {
        median = rounded(median);
        spread = rounded(spread);
        bytesPerOp = bytesPerOp == null ? null : Double.valueOf(rounded(bytesPerOp));
        final Map<String, Double> sorted = new TreeMap<>();
        if (extras != null) extras.forEach((name, value) -> sorted.put(name, rounded(value))); // null: not in the file
        extras = sorted;
    }

    /**
     * Only times, and no doubt about them.
     *
     * @param median in the workload's unit.
     * @param spread the interquartile range.
     * @return no allocation, no extras, no latency.
     */
    public static Score of(final double median, final double spread) {
        return new Score(median, spread, null, Map.of(), false, null);
    }

    private static double rounded(final double number) {
        return Double.isFinite(number) ? new BigDecimal(number).round(DIGITS).doubleValue() : number;
    }
}
