package io.evbuffer;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.memory.MemoryLimitException;
import io.evbuffer.memory.SegmentSource;
import io.evbuffer.memory.SlabPool;
import io.evbuffer.testing.ArrayModel;
import io.evbuffer.testing.Edit;
import io.evbuffer.testing.EditArbitraries;
import io.evbuffer.testing.EvBufferInvariants;
import io.evbuffer.testing.LengthWitness;
import io.evbuffer.testing.TinySegments;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Random edit sequences on buffers and on array models of them: same bytes, same answers, sound after every edit. */
class EditsProperties {
    @Provide
    Arbitrary<List<Edit>> editsOfOne() {
        return EditArbitraries.sequences(1, TinySegments.DEFAULT_SIZE);
    }

    @Provide
    Arbitrary<List<Edit>> editsOfThree() {
        return EditArbitraries.sequences(3, TinySegments.DEFAULT_SIZE);
    }

    @Provide
    Arbitrary<List<Edit>> largeEditsOfThree() {
        return EditArbitraries.sequences(3, 256);
    }

    @Property(tries = 2_000, edgeCases = EdgeCasesMode.NONE)
    void anySequenceOfEditsLeavesTheSameBytesAsAnArray(@ForAll("editsOfOne") final List<Edit> edits) {
        try (TinySegments segments = new TinySegments()) {
            run(edits, segments);
        }
    }

    @Property(tries = 2_000, edgeCases = EdgeCasesMode.NONE)
    void movesBetweenThreeBuffersLeaveTheSameBytesAsBetweenArrays(@ForAll("editsOfThree") final List<Edit> edits) {
        try (TinySegments segments = new TinySegments()) {
            run(edits, segments, segments, segments);
        }
    }

    @Property(tries = 1_000, edgeCases = EdgeCasesMode.NONE)
    void segmentsOfOneByteMakeEveryByteABorder(@ForAll("editsOfThree") final List<Edit> edits) {
        try (TinySegments segments = new TinySegments(1)) {
            run(edits, segments, segments, segments);
        }
    }

    @Property(tries = 1_000, edgeCases = EdgeCasesMode.NONE)
    void chainsOfDifferentSourcesMixInOneBuffer(@ForAll("editsOfThree") final List<Edit> edits) {
        try (TinySegments tiny = new TinySegments();
                TinySegments larger = new TinySegments(40);
                SlabPool pool = new SlabPool()) {
            run(edits, tiny, pool, larger);
            assertThat(pool.stats().segmentsInUse()).isZero();
        }
    }

    @Property(tries = 1_000, edgeCases = EdgeCasesMode.NONE)
    void editsOnPooledSegmentsLeaveTheSameBytesAsOnArrays(@ForAll("largeEditsOfThree") final List<Edit> edits) {
        try (SlabPool pool = new SlabPool()) {
            run(edits, pool, pool, pool);
            assertThat(pool.stats().segmentsInUse()).isZero();
        }
    }

    @Property(tries = 2_000, edgeCases = EdgeCasesMode.NONE)
    void anEditThatIsRefusedMemoryChangesNothing(@ForAll("editsOfThree") final List<Edit> edits) {
        try (TinySegments segments = new TinySegments()) {
            segments.failEvery(20);
            run(edits, segments, segments, segments);
        }
    }

    @Property(tries = 1_000, edgeCases = EdgeCasesMode.NONE)
    void editsThatAreRefusedMemoryMoreOftenThanNotChangeNothing(@ForAll("editsOfThree") final List<Edit> edits) {
        try (TinySegments segments = new TinySegments(5)) {
            segments.failEvery(2);
            run(edits, segments, segments, segments);
        }
    }

    /** Applies the edits to one buffer for each source and to as many models, and compares after each. */
    static void run(final List<Edit> edits, final SegmentSource... sources) {
        final List<EvBuffer> buffers = new ArrayList<>();
        final List<ArrayModel> models = new ArrayList<>();
        final List<LengthWitness> witnesses = new ArrayList<>();
        for (final SegmentSource source : sources) {
            final EvBuffer buffer = new EvBuffer(source);
            buffers.add(buffer);
            models.add(new ArrayModel());
            // One buffer in three is watched: the others take the paths that nobody listens to.
            witnesses.add(buffers.size() == 1 ? LengthWitness.on(buffer) : new LengthWitness(0));
        }
        try {
            for (final Edit edit : edits) {
                applyToBoth(edit, buffers, models);
                for (int i = 0; i < buffers.size(); i++) {
                    EvBufferInvariants.checkContent(
                            buffers.get(i), models.get(i).bytes());
                }
                witnesses.get(0).check(buffers.get(0));
            }
        } finally {
            buffers.forEach(EvBuffer::close);
        }
    }

    private static void applyToBoth(final Edit edit, final List<EvBuffer> buffers, final List<ArrayModel> models) {
        final Edit.Seen seen;
        try {
            seen = edit.applyTo(buffers);
        } catch (final MemoryLimitException refused) {
            assertThat(refused).hasMessageContaining("as the test asked");
            return;
        }
        assertThat(seen).as("%s", edit).isEqualTo(edit.applyToModels(models));
    }
}
