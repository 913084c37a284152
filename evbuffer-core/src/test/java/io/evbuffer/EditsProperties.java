package io.evbuffer;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.memory.SegmentSource;
import io.evbuffer.memory.SlabPool;
import io.evbuffer.testing.EditArbitraries;
import io.evbuffer.testing.EditRun;
import io.evbuffer.testing.EditStep;
import io.evbuffer.testing.TinySegments;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Random steps on buffers and on array models of them: same bytes, same answers, sound after every step. All operations, with
 * moves, shared memory and operations in flight between several buffers.
 */
class EditsProperties {
    @Provide
    Arbitrary<List<EditStep>> stepsOfOne() {
        return EditArbitraries.stepSequences(1, TinySegments.DEFAULT_SIZE);
    }

    @Provide
    Arbitrary<List<EditStep>> stepsOfThree() {
        return EditArbitraries.stepSequences(3, TinySegments.DEFAULT_SIZE);
    }

    @Provide
    Arbitrary<List<EditStep>> mediumStepsOfThree() {
        return EditArbitraries.stepSequences(3, 64);
    }

    @Provide
    Arbitrary<List<EditStep>> largeStepsOfThree() {
        return EditArbitraries.stepSequences(3, 256);
    }

    @Provide
    Arbitrary<List<EditStep>> unloadedStepsOfThree() {
        return EditArbitraries.unloadedStepSequences(3, TinySegments.DEFAULT_SIZE);
    }

    @Property(tries = 1_000, edgeCases = EdgeCasesMode.NONE)
    void anySequenceOfStepsLeavesTheSameBytesAsAnArray(@ForAll("stepsOfOne") final List<EditStep> steps) {
        try (TinySegments segments = new TinySegments()) {
            run(steps, segments);
        }
    }

    @Property(tries = 2_000, edgeCases = EdgeCasesMode.NONE)
    void stepsOfThreeBuffersLeaveTheSameBytesAsOfArrays(@ForAll("stepsOfThree") final List<EditStep> steps) {
        try (TinySegments segments = new TinySegments()) {
            run(steps, segments, segments, segments);
        }
    }

    @Property(tries = 1_000, edgeCases = EdgeCasesMode.NONE)
    void segmentsOfOneByteMakeEveryByteABorder(@ForAll("stepsOfThree") final List<EditStep> steps) {
        try (TinySegments segments = new TinySegments(1)) {
            run(steps, segments, segments, segments);
        }
    }

    @Property(tries = 1_000, edgeCases = EdgeCasesMode.NONE)
    void segmentsOf64BytesLeaveTheSameBytes(@ForAll("mediumStepsOfThree") final List<EditStep> steps) {
        try (TinySegments segments = new TinySegments(64)) {
            run(steps, segments, segments, segments);
        }
    }

    @Property(tries = 1_000, edgeCases = EdgeCasesMode.NONE)
    void chainsOfDifferentSourcesMixInOneBuffer(@ForAll("stepsOfThree") final List<EditStep> steps) {
        try (TinySegments tiny = new TinySegments();
                TinySegments larger = new TinySegments(40);
                SlabPool pool = new SlabPool()) {
            run(steps, tiny, pool, larger);
            assertThat(pool.stats().segmentsInUse()).isZero();
        }
    }

    @Property(tries = 1_000, edgeCases = EdgeCasesMode.NONE)
    void stepsOnPooledSegmentsLeaveTheSameBytesAsOnArrays(@ForAll("largeStepsOfThree") final List<EditStep> steps) {
        try (SlabPool pool = new SlabPool()) {
            run(steps, pool, pool, pool);
            assertThat(pool.stats().segmentsInUse()).isZero();
        }
    }

    @Property(tries = 1_000, edgeCases = EdgeCasesMode.NONE)
    void whatIsRefusedMemoryChangesNothing(@ForAll("stepsOfThree") final List<EditStep> steps) {
        try (TinySegments segments = new TinySegments()) {
            segments.failEvery(20);
            run(steps, segments, segments, segments);
        }
    }

    @Property(tries = 1_000, edgeCases = EdgeCasesMode.NONE)
    void whatIsRefusedMemoryMoreOftenThanNotChangesNothing(@ForAll("stepsOfThree") final List<EditStep> steps) {
        try (TinySegments segments = new TinySegments(5)) {
            segments.failEvery(2);
            run(steps, segments, segments, segments);
        }
    }

    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
    void bytesNotInMemoryAreTheSameBytes(@ForAll("unloadedStepsOfThree") final List<EditStep> steps) {
        try (TinySegments segments = new TinySegments()) {
            run(steps, segments, segments, segments);
        }
    }

    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
    void whatCannotBeLoadedChangesNothing(@ForAll("unloadedStepsOfThree") final List<EditStep> steps) {
        try (TinySegments segments = new TinySegments();
                EditRun run = new EditRun(segments, segments, segments)) {
            segments.failEvery(9);
            run.refuseLoads(2);
            run.apply(steps);
            segments.failNever();
        }
    }

    private static void run(final List<EditStep> steps, final SegmentSource... sources) {
        try (EditRun run = new EditRun(sources)) {
            run.apply(steps);
        }
    }
}
