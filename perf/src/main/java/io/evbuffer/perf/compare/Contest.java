package io.evbuffer.perf.compare;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Lets contenders run in rounds. In a round each contender of each workload runs once, those of one workload one after the
 * other or in turn, so that what else happens on the machine meets them all; each round begins with another of them. A contender that fails
 * has no numbers from then on, the others go on.
 */
final class Contest {
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

    /**
     * What a quick contest measures of all: servers have a part of the time that is theirs, as each takes several times as long as a
     * fork, and what they do not need the others have.
     */
    static List<Workload> chooseQuickly(final List<Workload> all, final long limitNanos) {
        final List<Workload> servers = onPace(all, true);
        final List<Workload> others = onPace(all, false);
        final long most = others.isEmpty() ? limitNanos : (long) (Pace.SERVERS_PART * limitNanos);
        final List<Workload> chosenServers =
                QuickChoice.choose(servers, Math.toIntExact(most / Pace.SERVERS.quickNanos()));
        final long rest = limitNanos - processes(chosenServers) * Pace.SERVERS.quickNanos();
        final List<Workload> chosen =
                new ArrayList<>(QuickChoice.choose(others, Math.toIntExact(rest / Pace.CALLS.quickNanos())));
        chosen.addAll(chosenServers);
        return chosen;
    }

    /**
     * One round of all, which ends in time: processes measure as long as fits, and the last workloads are left out if it must be.
     * Servers come last; on a slow machine the others take of their time what they can do without.
     */
    void runQuickly(final List<Workload> workloads, final long limitNanos) {
        final long end = clock.getAsLong() + limitNanos;
        final List<Workload> servers = onPace(workloads, true);
        final List<Workload> others = onPace(workloads, false);
        progress.begin(weight(workloads), limitNanos);
        final long most = (long) (Pace.SERVERS_PART * limitNanos);
        runUntil(
                others,
                end - Math.min(processes(servers) * Pace.SERVERS.quickNanos(), most),
                end - Math.min(processes(servers) * Pace.SERVERS.leastQuickNanos(), most));
        runUntil(servers, end, end);
    }

    /**
     * Those of one pace, or of two that differ little.
     *
     * @param end when they should be done, with forks as long as that allows.
     * @param latest when they have to be, with the shortest ones.
     */
    private void runUntil(final List<Workload> workloads, final long end, final long latest) {
        int processes = processes(workloads);
        int done = 0;
        long beside = 0; // what starts and ends took, in all
        for (final Workload workload : workloads) {
            final Pace pace = Pace.of(workload);
            final int needed = processes(List.of(workload));
            final long now = clock.getAsLong();
            final long besideEach = done == 0 ? pace.besideNanos() : beside / done;
            if (latest - now < needed * (besideEach + pace.leastNanos())) {
                leftOut.add(workload.title());
            } else {
                final Timing timing = pace.within((end - now) / processes - besideEach);
                progress.show(workload.title());
                measure(workload, workload.contenders(), timing);
                sample(workload, timing);
                done += needed;
                beside += Math.max(0, clock.getAsLong() - now - needed * timing.nanos());
            }
            processes -= needed;
            progress.add(weight(List.of(workload)));
        }
    }

    /**
     * Some rounds of all, then rounds of those that were disturbed too often. In the first round calls and memory are counted
     * too.
     *
     * @param most rounds of both kinds.
     * @param moreNanos after which no contender runs more often than {@code rounds}.
     */
    void run(final List<Workload> workloads, final int rounds, final int most, final long moreNanos) {
        final long start = clock.getAsLong();
        progress.begin(
                workloads.stream()
                        .mapToInt(workload -> rounds * weightOfRound(workload) + weightOfCounts(workload))
                        .sum(),
                Long.MAX_VALUE);
        for (int round = 0; round < most; round++) {
            for (final Workload workload : workloads) {
                if (round >= rounds && clock.getAsLong() - start >= moreNanos) return;
                final Timing timing = Pace.of(workload).full();
                final List<String> contenders = new ArrayList<>(workload.contenders());
                Collections.rotate(contenders, -round);
                if (round >= rounds) contenders.removeIf(contender -> measurements.isEnough(workload, contender));
                if (contenders.isEmpty()) continue;
                progress.show(workload.title());
                measure(workload, contenders, timing);
                if (round < rounds) progress.add(weightOfRound(workload));
                if (round == 0) {
                    sample(workload, timing);
                    count(workload);
                    progress.add(weightOfCounts(workload));
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

    private void measure(final Workload workload, final List<String> contenders, final Timing timing) {
        measurer.measure(workload, able(workload, contenders), timing, outcome(workload));
    }

    private void sample(final Workload workload, final Timing timing) {
        if (!workload.sampled()) return;
        each(workload, contender -> {
            measurements.addLatency(workload, contender, measurer.latency(workload, contender, timing));
        });
    }

    private void count(final Workload workload) {
        each(workload, contender -> {
            measurements.addCounts(workload, contender, measurer.counts(workload, contender));
        });
    }

    private void each(final Workload workload, final Measurer.Step step) {
        Measurer.each(able(workload, workload.contenders()), outcome(workload), step);
    }

    private List<String> able(final Workload workload, final List<String> contenders) {
        return contenders.stream()
                .filter(contender -> !measurements.hasFailed(workload, contender))
                .toList();
    }

    private Measurer.Outcome outcome(final Workload workload) {
        return new Measurer.Outcome() {
            @Override
            public void found(final String contender, final Measurer.Sample sample) {
                measurements.add(workload, contender, sample);
            }

            @Override
            public void failed(final String contender, final Exception why) {
                final String reason = why.getMessage() == null ? why.toString() : why.getMessage();
                measurements.fail(workload, contender, reason);
                progress.tell(Workload.column(contender) + " failed: " + reason);
            }
        };
    }

    private static List<Workload> onPace(final List<Workload> workloads, final boolean ofServers) {
        return workloads.stream()
                .filter(workload -> (Pace.of(workload) == Pace.SERVERS) == ofServers)
                .toList();
    }

    /** How many there are in a quick round. */
    private static int processes(final List<Workload> workloads) {
        return workloads.stream()
                .mapToInt(workload -> workload.contenders().size() * (workload.sampled() ? 2 : 1))
                .sum();
    }

    /** How long a quick round takes, in forks. */
    private static int weight(final List<Workload> workloads) {
        return workloads.stream()
                .mapToInt(workload ->
                        processes(List.of(workload)) * Pace.of(workload).weight())
                .sum();
    }

    private static int weightOfRound(final Workload workload) {
        return workload.contenders().size() * Pace.of(workload).weight();
    }

    /** Samples and counts: nothing of a server. */
    private static int weightOfCounts(final Workload workload) {
        return Pace.of(workload) == Pace.SERVERS ? 0 : processes(List.of(workload));
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
