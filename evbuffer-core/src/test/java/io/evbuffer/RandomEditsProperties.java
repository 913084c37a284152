package io.evbuffer;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.memory.MemoryLimitException;
import io.evbuffer.testing.ArrayModel;
import io.evbuffer.testing.Edit;
import io.evbuffer.testing.EditArbitraries;
import io.evbuffer.testing.EvBufferInvariants;
import io.evbuffer.testing.LengthWitness;
import io.evbuffer.testing.TinySegments;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.Label;

/** One long life of three buffers, where {@link EditsProperties} has many short ones. */
class RandomEditsProperties {
    private static final int EDITS = 100_000;
    private static final int BUFFERS = 3;
    private static final int LONGEST = 2_000; // beyond this a buffer is drained, or it would only grow

    @Example
    @Label("S-163: a hundred thousand random operations on three buffers")
    void aHundredThousandRandomOperations() {
        try (TinySegments segments = new TinySegments()) {
            live(segments);
            assertThat(segments.refusals()).isZero();
        }
    }

    @Example
    @Label("S-164: a hundred thousand random operations, one take in 20 refused")
    void aHundredThousandRandomOperationsOneTakeIn20Refused() {
        try (TinySegments segments = new TinySegments()) {
            segments.failEvery(20);
            live(segments);
            assertThat(segments.refusals()).isGreaterThan(1_000);
        }
    }

    private static void live(final TinySegments segments) {
        final List<EvBuffer> buffers = new ArrayList<>();
        final List<ArrayModel> models = new ArrayList<>();
        final List<LengthWitness> witnesses = new ArrayList<>();
        for (int i = 0; i < BUFFERS; i++) {
            buffers.add(segments.newBuffer());
            models.add(new ArrayModel());
            witnesses.add(LengthWitness.on(buffers.get(i)));
        }
        final Iterator<Edit> edits = EditArbitraries.edits(BUFFERS, TinySegments.DEFAULT_SIZE).generator(EDITS).stream(
                        new Random(20_260_101))
                .map(shrinkable -> shrinkable.value())
                .iterator();
        for (int i = 0; i < EDITS; i++) {
            final Edit edit = edits.next();
            try {
                assertThat(edit.applyTo(buffers)).isEqualTo(edit.applyToModels(models));
            } catch (final MemoryLimitException refused) {
                assertThat(refused).hasMessageContaining("as the test asked");
            }
            for (int b = 0; b < BUFFERS; b++) {
                if (models.get(b).length() > LONGEST) {
                    assertThat(buffers.get(b).drain(LONGEST))
                            .isEqualTo(models.get(b).remove(LONGEST).length);
                }
                EvBufferInvariants.checkContent(buffers.get(b), models.get(b).bytes());
                witnesses.get(b).check(buffers.get(b));
            }
        }
        buffers.forEach(EvBuffer::close);
    }
}
