package io.evbuffer.perf.compare;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.LongSupplier;
import org.openjdk.jmh.runner.RunnerException;

/**
 * Lets contenders run in rounds. In a round each contender of each workload runs once, those of one workload one after the
 * other, so that what else happens on the machine meets them all; each round begins with another of them. A contender that fails
 * has no numbers from then on, the others go on.
 */
final class Contest {
    /** What a fork takes beside what is measured in it, before any has run. */
    private static final long FIRST_GUESS_NANOS = 700_000_000;

    /** The shortest time in which a fork says something. */
    private static final long LEAST_NANOS = Timing.within(0).nanos();

    private final Measurer measurer;
    private final Progress progress;
    private final LongSupplier clock;
    private final Measurements measurements = new Measurements();
    private final List<String> leftOut = new ArrayList<>();

    /**
     * Prepares a contest.
     *
     * @param measurer does the work.
     * @param progress tells how far it is.
     * @param clock in nanoseconds.
     */
    Contest(final Measurer measurer, final Progress progress, final LongSupplier clock) {
        this.measurer = measurer;
        this.progress = progress;
        this.clock = clock;
    }

    /** How many forks fit into some time, if each measures twice as long as it must. */
    static int forksWithin(final long nanos) {
        return (int) (nanos / (FIRST_GUESS_NANOS + 2 * LEAST_NANOS));
    }

    /** One round of all, which ends in time: forks measure as long as fits, and the last workloads are left out if it must be. */
    void runQuickly(final List<Workload> workloads, final long limitNanos) {
        final long start = clock.getAsLong();
        int forks = forks(workloads);
        int done = 0;
        long beside = 0; // what starts and ends took, in all
        progress.begin(forks, limitNanos);
        for (final Workload workload : workloads) {
            final int needed = forks(List.of(workload));
            final long left = limitNanos - (clock.getAsLong() - start);
            final long besideEach = done == 0 ? FIRST_GUESS_NANOS : beside / done;
            if (left < needed * (besideEach + LEAST_NANOS)) {
                leftOut.add(workload.title());
            } else {
                final Timing timing = Timing.within(left / forks - besideEach);
                final long begin = clock.getAsLong();
                progress.show(workload.title());
                measure(workload, workload.contenders(), timing);
                sample(workload, timing);
                done += needed;
                beside += Math.max(0, clock.getAsLong() - begin - needed * timing.nanos());
            }
            forks -= needed;
            progress.add(needed);
        }
    }

    /**
     * Some rounds of all, then rounds of those that were disturbed too often. In the first round calls and memory are counted
     * too.
     *
     * @param most rounds of both kinds.
     */
    void run(final List<Workload> workloads, final int rounds, final int most, final Timing timing) {
        final int more = workloads.stream()
                .mapToInt(workload -> workload.contenders().size() * (workload.sampled() ? 2 : 1))
                .sum();
        progress.begin(rounds * contenders(workloads) + more, Long.MAX_VALUE);
        for (int round = 0; round < most; round++) {
            for (final Workload workload : workloads) {
                final List<String> contenders = new ArrayList<>(workload.contenders());
                Collections.rotate(contenders, -round);
                if (round >= rounds) contenders.removeIf(contender -> measurements.isEnough(workload, contender));
                if (contenders.isEmpty()) continue;
                progress.show(workload.title());
                measure(workload, contenders, timing);
                if (round < rounds) progress.add(contenders.size());
                if (round == 0) {
                    sample(workload, timing);
                    count(workload);
                    progress.add(contenders.size() * (workload.sampled() ? 2 : 1));
                }
            }
        }
    }

    /** What does not depend on time, of each contender once. */
    void count(final List<Workload> workloads) {
        progress.begin(workloads.size(), Long.MAX_VALUE);
        for (final Workload workload : workloads) {
            progress.show(workload.title());
            measure(workload, workload.contenders(), workload.doesCalls() ? Timing.CALLING_COUNTS : Timing.COUNTS);
            if (workload.doesCalls()) count(workload);
            progress.add(1);
        }
    }

    /** One contender's failure is no reason not to measure the others. */
    private void measure(final Workload workload, final List<String> contenders, final Timing timing) {
        each(workload, contenders, contender -> {
            measurements.add(workload, contender, measurer.measure(workload, contender, timing));
        });
    }

    private void sample(final Workload workload, final Timing timing) {
        if (!workload.sampled()) return;
        each(workload, workload.contenders(), contender -> {
            measurements.addLatency(workload, contender, measurer.latency(workload, contender, timing));
        });
    }

    private void count(final Workload workload) {
        each(workload, workload.contenders(), contender -> {
            measurements.addCounts(workload, contender, measurer.counts(workload, contender));
        });
    }

    /** What is done with a contender. */
    private interface Step {
        void with(String contender) throws IOException, RunnerException;
    }

    private void each(final Workload workload, final List<String> contenders, final Step step) {
        for (final String contender : contenders) {
            if (measurements.hasFailed(workload, contender)) continue;
            try {
                step.with(contender);
            } catch (final IOException | RunnerException | RuntimeException e) {
                final String reason = e.getMessage() == null ? e.toString() : e.getMessage();
                measurements.fail(workload, contender, reason);
                progress.tell(Workload.column(contender) + " failed: " + reason);
            }
        }
    }

    private static int contenders(final List<Workload> workloads) {
        return workloads.stream()
                .mapToInt(workload -> workload.contenders().size())
                .sum();
    }

    private static int forks(final List<Workload> workloads) {
        return workloads.stream()
                .mapToInt(workload -> workload.contenders().size() * (workload.sampled() ? 2 : 1))
                .sum();
    }

    /** What was found so far. */
    Measurements measurements() {
        return measurements;
    }

    /** The titles of the workloads for which no time was left. */
    List<String> leftOut() {
        return leftOut;
    }
}
