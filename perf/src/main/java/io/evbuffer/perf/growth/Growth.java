package io.evbuffer.perf.growth;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;

/**
 * The cost of a byte by the size of its buffer, from 1 KiB to 1 GiB, and whether it stays within a factor of two.
 *
 * <p>Growth is how many times a byte costs what it cost in some smaller buffer, at worst. From some size on bytes lie in no
 * cache any more, which costs whatever one builds on memory: the first two rows show that, by the same steps on one plain
 * block. <em>Own</em> growth is what is left without that, and is what is judged. It is computed in two ways, and the less counts:
 * by what plain memory rises by, taken off as it is, which fits a cost that comes on top of the copy; and by how many times the plain
 * cost ours is, which fits a cost that is memory too, as the objects that stand for pieces of 1 KiB are. What is done again
 * and again for a longer buffer grows by either.
 *
 * <p>Each number is the least of several rounds, in processor time of the thread, after some that map the memory and do not
 * count: what else runs on the machine can only add to it.
 */
public final class Growth {
    /** The sizes of a full run; each is four or eight times the one before. */
    private static final long[] ALL_SIZES = {
        1L << 10, 1L << 13, 1L << 16, 1L << 19, 1L << 22, 1L << 25, 1L << 28, 1L << 30
    };

    private static final long[] SOME_SIZES = {1L << 10, 1L << 14, 1L << 18, 1L << 22, 1L << 26};
    private static final long[] WARMUP_SIZES = {1L << 10, 1L << 18, 1L << 22};
    private static final double MOST_GROWTH = 2;
    private static final int WARMUP_ROUNDS = 2;
    private static final int LEAST_ROUNDS = 3;
    private static final long NANOS_PER_SIZE = 200_000_000;
    private static final long WARMUP_NANOS = 300_000_000;

    private final PrintStream out;
    private final long[] sizes;
    private final double[] plainWrite;
    private final double[] plainRead;

    /**
     * Prepares a run.
     *
     * @param out where the table is printed.
     * @param inShort true for sizes up to 64 MiB only, which takes some ten seconds instead of two minutes.
     */
    public Growth(final PrintStream out, final boolean inShort) {
        this.out = out;
        sizes = inShort ? SOME_SIZES : ALL_SIZES;
        plainWrite = new double[sizes.length];
        plainRead = new double[sizes.length];
    }

    /**
     * Measures everything and prints a row a work.
     *
     * @return all numbers.
     */
    public GrowthTable run() {
        final List<GrowthTable.Line> lines = new ArrayList<>();
        out.print(format("%-14s", "ps per byte"));
        for (final long size : sizes) out.print(format("%9s", GrowthTable.label(size)));
        out.println("   growth      own");
        for (final GrowthWork work : GrowthWork.all()) {
            warmUp(work);
            out.print(format("%-14s", work.name()));
            final double[] costs = new double[sizes.length];
            for (int i = 0; i < sizes.length; i++) {
                costs[i] = measure(work, sizes[i]);
                out.print(format("%9.1f", costs[i]));
                out.flush();
            }
            out.print(format("%9.2f", growth(costs)));
            final List<Double> all = DoubleStream.of(costs).boxed().toList();
            if (work.isOurs()) {
                final double own = ownGrowth(costs, plain(work));
                out.println(format("%9.2f", own) + (own > MOST_GROWTH ? "  GROWS" : ""));
                lines.add(new GrowthTable.Line(work.name(), all, own));
            } else {
                out.println();
                lines.add(new GrowthTable.Line(work.name(), all, null));
                System.arraycopy(costs, 0, work.reads() ? plainRead : plainWrite, 0, costs.length);
            }
        }
        final GrowthTable table = new GrowthTable(LongStream.of(sizes).boxed().toList(), lines);
        out.println("own: without what memory itself costs more at that size; " + (isFlat(table) ? "flat" : "NOT FLAT")
                + " within a factor of " + (int) MOST_GROWTH);
        return table;
    }

    /**
     * The verdict.
     *
     * @param table as {@link #run} made it.
     * @return whether nothing of ours grew by more than a factor of two by itself.
     */
    public static boolean isFlat(final GrowthTable table) {
        return growing(table).isEmpty();
    }

    /**
     * What grows.
     *
     * @param table as above.
     * @return names of works, with the factor.
     */
    public static List<String> growing(final GrowthTable table) {
        return table.lines().stream()
                .filter(line -> line.own() != null && line.own() > MOST_GROWTH)
                .map(line -> line.name() + format(" (%.2f times)", line.own()))
                .toList();
    }

    /** What plain memory costs for the bytes that a work writes and reads. */
    private double[] plain(final GrowthWork work) {
        final double[] plain = new double[sizes.length];
        for (int i = 0; i < plain.length; i++) {
            if (work.writes()) plain[i] += plainWrite[i];
            if (work.reads()) plain[i] += plainRead[i];
        }
        return plain;
    }

    /** Growth without memory's own, in the two ways that the class comment tells. */
    static double ownGrowth(final double[] costs, final double[] plain) {
        final double[] above = costs.clone();
        final double[] times = costs.clone();
        double least = plain[0];
        for (int i = 0; i < costs.length; i++) {
            least = Math.min(least, plain[i]);
            above[i] -= plain[i] - least;
            if (plain[i] > 0) times[i] /= plain[i];
        }
        return Math.min(growth(above), growth(times));
    }

    private static void warmUp(final GrowthWork work) {
        for (final long size : WARMUP_SIZES) {
            try (work) {
                work.open(size, countFor(size));
                final long start = GrowthWork.nanos();
                while (GrowthWork.nanos() - start < WARMUP_NANOS) work.round();
            }
        }
    }

    /** Picoseconds per byte. */
    private static double measure(final GrowthWork work, final long size) {
        final int count = countFor(size);
        try (work) {
            work.open(size, count);
            for (int i = 0; i < WARMUP_ROUNDS; i++) work.round();
            long least = Long.MAX_VALUE;
            final long start = GrowthWork.nanos();
            for (int done = 0; done < LEAST_ROUNDS || GrowthWork.nanos() - start < NANOS_PER_SIZE; done++) {
                least = Math.min(least, work.round());
            }
            return least * 1000.0 / ((double) size * count);
        }
    }

    private static int countFor(final long size) {
        return (int) Math.max(1, GrowthWork.ROUND_BYTES / size);
    }

    /**
     * How many times the cost of some smaller size the cost of a size is, at worst; 1 if it never rises. A cost that is
     * zero or less, as may be left when memory's own has been taken off, is none that could have grown.
     */
    static double growth(final double... costs) {
        double least = costs[0];
        double growth = 1;
        for (final double cost : costs) {
            growth = Math.max(growth, cost / least);
            if (cost > 0) least = Math.min(least, cost);
        }
        return growth;
    }

    private static String format(final String form, final Object value) {
        return String.format(Locale.ROOT, form, value);
    }
}
