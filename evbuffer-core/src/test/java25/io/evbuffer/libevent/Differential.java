package io.evbuffer.libevent;

import io.evbuffer.memory.SegmentSource;
import io.evbuffer.memory.SlabPool;
import io.evbuffer.testing.TinySegments;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Does the steps of a seed on buffers of both libraries and compares after each: answers, bytes, what listeners were told,
 * which references came back.
 *
 * <p>It stops at the first difference, so the steps up to there are the shortest failing beginning of the sequence; the report
 * has them, and as well the fewest of them that still fail.
 */
final class Differential {
    private static final int BUFFERS = 4;

    /** A buffer that grows beyond is emptied, or buffers that share each other's bytes would grow without bound. */
    private static final long LONGEST = 16 * 1024;

    /** Makes our buffers. */
    interface Maker {
        EvBufferSubject make(SegmentSource source, References references);
    }

    private final Libevent libevent;
    private final Maker maker;
    private final Met met = new Met();
    private long operations;

    Differential(final Libevent libevent, final Maker maker) {
        this.libevent = libevent;
        this.maker = maker;
    }

    Met met() {
        return met;
    }

    /** The number of steps done and compared. */
    long operations() {
        return operations;
    }

    /** Does a sequence; throws an {@link AssertionError} that tells how to do it again. */
    void run(final long seed, final int length) {
        final RandomSteps random = new RandomSteps(seed, BUFFERS);
        final List<Step> steps = new ArrayList<>();
        for (int i = 0; i < length; i++) steps.add(random.next());
        final Failure failure = run(seed, steps);
        operations += steps.size();
        if (failure == null) return;
        final List<Step> prefix = steps.subList(0, failure.steps);
        final StringBuilder report = new StringBuilder("libevent and EvBuffer differ; -Ddifferential.seed=" + seed
                + " does this again.\nStep " + failure.steps + ": " + failure.thrown.getMessage() + "\n");
        list(report, "The fewest steps that fail:", reduced(seed, prefix));
        list(report, "All steps up to there:", prefix);
        throw new AssertionError(report.toString(), failure.thrown);
    }

    private static void list(final StringBuilder report, final String title, final List<Step> steps) {
        report.append(title).append('\n');
        for (final Step each : steps) report.append("    ").append(each).append('\n');
    }

    /** Leaves out steps, ever smaller runs of them, as long as what is left still fails. */
    private List<Step> reduced(final long seed, final List<Step> failing) {
        List<Step> steps = failing;
        for (int run = steps.size() / 2; run > 0; run /= 2) {
            for (int from = steps.size() - run; from >= 0; from -= run) {
                final List<Step> fewer = new ArrayList<>(steps);
                fewer.subList(from, Math.min(from + run, steps.size())).clear();
                if (run(seed, fewer) != null) steps = fewer;
            }
        }
        return steps;
    }

    private record Failure(int steps, Throwable thrown) {}

    private @Nullable Failure run(final long seed, final List<Step> steps) {
        int done = 0;
        try (Arena arena = Arena.ofConfined()) {
            final Pair pair = new Pair(seed, arena);
            for (final Step step : steps) {
                libevent.underway(new Underway(seed, steps, done));
                done++;
                pair.run(step);
            }
            pair.close();
            met.add(pair.met);
            return null;
        } catch (final AssertionError | RuntimeException e) {
            return new Failure(done, e); // native buffers of a failed sequence are left to themselves
        } finally {
            libevent.forgetCallbacks();
        }
    }

    private record Underway(long seed, List<Step> steps, int done) {
        @Override
        public String toString() {
            return "seed " + seed + ", steps " + steps.subList(0, done + 1);
        }
    }

    /** The buffers of both libraries, side by side. */
    private final class Pair {
        private final References theirReferences;
        private final References ourReferences;
        private final List<SegmentSource> sources = new ArrayList<>();
        private final List<LibeventBuffer> theirs = new ArrayList<>();
        private final List<EvBufferSubject> ours = new ArrayList<>();
        private final Met met = new Met();

        Pair(final long seed, final Arena arena) {
            theirReferences = new References(arena);
            ourReferences = new References(arena);
            for (int i = 0; i < BUFFERS; i++) {
                sources.add(source(Math.floorMod(seed + (seed % 3 == 0 ? i : 0), 5)));
                theirs.add(new LibeventBuffer(libevent, theirReferences, met));
                ours.add(maker.make(sources.get(i), ourReferences));
            }
        }

        private static SegmentSource source(final int kind) {
            return switch (kind) {
                case 0 -> new TinySegments();
                case 1 -> new TinySegments(64);
                case 2 -> new TinySegments(976);
                default -> new SlabPool();
            };
        }

        void run(final Step step) {
            if (step.body() == Step.REPLACE) {
                replace(step.it());
            } else {
                final Answer wanted = step.body().run(theirs.get(step.it()), theirs.get(step.other()));
                final Answer answer = step.body().run(ours.get(step.it()), ours.get(step.other()));
                expect(wanted, answer, step + ": the answer");
            }
            compare(step, step.it());
            if (step.other() != step.it()) compare(step, step.other());
            if (theirs.get(step.it()).length() > LONGEST) replace(step.it());
            compareReferences(step.toString());
        }

        private void replace(final int index) {
            theirs.get(index).close();
            ours.get(index).close();
            theirs.set(index, new LibeventBuffer(libevent, theirReferences, met));
            ours.set(index, maker.make(sources.get(index), ourReferences));
        }

        private void compare(final Step step, final int index) {
            final LibeventBuffer wanted = theirs.get(index);
            final EvBufferSubject buffer = ours.get(index);
            expect(wanted.length(), buffer.length(), step + ": the length of buffer " + index);
            buffer.check(wanted.content());
            expect(wanted.takeTold(), buffer.takeTold(), step + ": what was told of buffer " + index);
        }

        /** Not once libevent got a copy instead of shared bytes, or was spared a pull-up: from then on it holds others. */
        private void compareReferences(final String when) {
            if (met.count(WantedDifference.SHARED_BYTES_ARE_SHARED_AGAIN) > 0) return;
            if (met.count(WantedDifference.SHARED_BYTES_ARE_NOT_OVERWRITTEN) > 0) return;
            expect(theirReferences.released(), ourReferences.released(), when + ": the references given back");
        }

        void close() {
            for (final LibeventBuffer each : theirs) each.close();
            for (final EvBufferSubject each : ours) each.close();
            expect(theirReferences.size(), theirReferences.released().size(), "at the end: references given back");
            expect(theirReferences.released(), ourReferences.released(), "at the end: references given back");
            for (final SegmentSource each : sources) {
                if (each instanceof final TinySegments segments) segments.close();
                if (each instanceof final SlabPool pool) {
                    expect(0L, pool.stats().segmentsInUse(), "at the end: segments in use");
                    pool.close();
                }
            }
        }

        private static void expect(final Object wanted, final Object actual, final String what) {
            if (Objects.equals(wanted, actual)) return;
            throw new AssertionError(what + "\n    libevent: " + wanted + "\n    EvBuffer: " + actual);
        }
    }
}
