package io.evbuffer.perf.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeSet;

/**
 * What became worse from one comparison to another.
 *
 * <ul>
 *   <li>The ratio of ours to the best of those peers that both have: times alone would tell of the machine. It may be worse by
 *       the tolerance.
 *   <li>Bytes allocated per operation by ours, and system calls: they do not depend on the machine, so they may not grow at
 *       all. Bytes are equal up to half a byte, far less than the smallest object, and {@value #BYTES_BESIDE} a nanosecond, as
 *       JMH allocates some 20 KB around an iteration. So in an operation of 100 ns an object more in sixteen is seen. Calls
 *       are equal up to {@value #CALLS_BESIDE} of them, as a loop does not always find the same number of events in one wait.
 * </ul>
 *
 * <p>What only one comparison has is named and not judged.
 */
public final class Verdict {
    /** Extras whose names begin so are counts of system calls per operation. */
    static final String SYSTEM_CALLS = "systemCalls";

    private static final double BYTES_BESIDE = 0.002; // 20 KB for an iteration of 10 ms
    private static final double LEAST_BYTES = 0.5;
    private static final double CALLS_BESIDE = 0.05;

    private final double tolerance;
    private final List<String> worse = new ArrayList<>();
    private final List<String> better = new ArrayList<>();
    private final TreeSet<String> notJudged = new TreeSet<>();
    private int judged;

    private Verdict(final double tolerance) {
        this.tolerance = tolerance;
    }

    /**
     * Compares two comparisons.
     *
     * @param before the older one.
     * @param after the newer one.
     * @param tolerance by how many times a ratio may be worse, 1 or more.
     * @return what is worse.
     */
    public static Verdict of(final Results before, final Results after, final double tolerance) {
        final Verdict verdict = new Verdict(tolerance);
        for (final Row old : before.workloads()) {
            after.row(old.title())
                    .ifPresentOrElse(row -> verdict.judge(old, row), () -> verdict.notJudged.add(old.title()));
        }
        for (final Row row : after.workloads()) {
            if (before.row(row.title()).isEmpty()) verdict.notJudged.add(row.title());
        }
        return verdict;
    }

    private void judge(final Row before, final Row after) {
        final Score old = before.contenders().get(Workload.OURS);
        final Score ours = after.contenders().get(Workload.OURS);
        if (old == null || ours == null) {
            notJudged.add(before.title());
            return;
        }
        judged++;
        judgeRatio(before, after, old, ours);
        if (old.bytesPerOp() != null && ours.bytesPerOp() != null) {
            final double beside = LEAST_BYTES + BYTES_BESIDE * Math.max(old.median(), ours.median());
            judgeCount(before.title() + ", B/op", old.bytesPerOp(), ours.bytesPerOp(), beside);
        }
        for (final Map.Entry<String, Double> extra : old.extras().entrySet()) {
            final Double count = ours.extras().get(extra.getKey());
            final String what = before.title() + ", " + extra.getKey();
            if (!extra.getKey().startsWith(SYSTEM_CALLS)) continue;
            if (count == null) {
                notJudged.add(what);
            } else {
                judgeCount(what, extra.getValue(), count, CALLS_BESIDE);
            }
        }
    }

    private void judgeRatio(final Row before, final Row after, final Score old, final Score ours) {
        final OptionalDouble oldBest = bestOfBoth(before, after);
        final OptionalDouble best = bestOfBoth(after, before);
        if (oldBest.isEmpty() || best.isEmpty()) return;
        final double oldRatio = old.median() / oldBest.getAsDouble();
        final double ratio = ours.median() / best.getAsDouble();
        if (ratio > oldRatio * tolerance) {
            worse.add(text("%s: ratio %.2f, was %.2f", after.title(), ratio, oldRatio)
                    + (ours.disturbed() || old.disturbed()
                            ? " (measured while somebody else used the same core)"
                            : ""));
        } else if (ratio * tolerance < oldRatio) {
            better.add(text("%s: ratio %.2f, was %.2f", after.title(), ratio, oldRatio));
        }
    }

    /** The lowest median of a row's peers that the other row has too. */
    private static OptionalDouble bestOfBoth(final Row row, final Row other) {
        return row.contenders().entrySet().stream()
                .filter(contender -> !Row.isOurs(contender.getKey()))
                .filter(contender -> other.contenders().containsKey(contender.getKey()))
                .mapToDouble(contender -> contender.getValue().median())
                .min();
    }

    private void judgeCount(final String what, final double before, final double after, final double beside) {
        if (after > before + beside) {
            worse.add(text("%s: %.2f, was %.2f", what, after, before));
        } else if (after + beside < before) {
            better.add(text("%s: %.2f, was %.2f", what, after, before));
        }
    }

    private static String text(final String format, final Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }

    /**
     * What became worse.
     *
     * @return a line each; empty if nothing did.
     */
    public List<String> worse() {
        return List.copyOf(worse);
    }

    /**
     * What became better by as much.
     *
     * @return a line each.
     */
    public List<String> better() {
        return List.copyOf(better);
    }

    /**
     * The workloads that only one of both has.
     *
     * @return their titles, by name.
     */
    public List<String> notJudged() {
        return List.copyOf(notJudged);
    }

    /**
     * How many workloads both have.
     *
     * @return 0 if there was nothing to compare.
     */
    public int judged() {
        return judged;
    }
}
