package io.evbuffer;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.memory.SlabPool;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.EvBufferInvariants;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Buffers that are made without a pool. */
class OnSharedPoolTest {
    private final long inUseBefore = SlabPool.shared().stats().segmentsInUse();

    @AfterEach
    void allSegmentsAreHome() {
        assertThat(SlabPool.shared().stats().segmentsInUse()).isEqualTo(inUseBefore);
    }

    @Test
    void aBufferWithoutAPoolTakesFromTheSharedOne() {
        try (EvBuffer buffer = new EvBuffer()) {
            assertThat(SlabPool.shared().stats().segmentsInUse()).isEqualTo(inUseBefore);
            buffer.add(ByteSequence.bytes(100));
            assertThat(SlabPool.shared().stats().segmentsInUse()).isEqualTo(inUseBefore + 1);
            EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(100));
        }
    }

    @Test
    void manyThreadsMakeBuffersAndHandThemOver() throws Exception {
        final ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            final List<Future<EvBuffer>> made = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                final int from = i;
                made.add(threads.submit(() -> {
                    final EvBuffer buffer = new EvBuffer();
                    for (int piece = 0; piece < 50; piece++) buffer.add(ByteSequence.bytes(from + 200L * piece, 200));
                    return buffer;
                }));
            }
            final List<Future<?>> taken = new ArrayList<>();
            for (int i = 0; i < made.size(); i++) {
                final EvBuffer buffer = made.get(i).get(); // the edge
                final int from = i;
                taken.add(threads.submit(() -> {
                    buffer.prepend(ByteSequence.bytes(7));
                    assertThat(buffer.drain(7)).isEqualTo(7);
                    EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(from, 10_000));
                    buffer.close();
                }));
            }
            for (final Future<?> each : taken) each.get();
        } finally {
            threads.shutdown();
            assertThat(threads.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
        }
    }

    @Test
    void itsDataMovesToBuffersOnOtherPoolsAndBack() {
        try (SlabPool pool = new SlabPool()) {
            try (EvBuffer shared = new EvBuffer();
                    EvBuffer own = new EvBuffer(pool)) {
                shared.add(ByteSequence.bytes(3000));
                own.addBufferReference(shared);
                own.addBuffer(shared);
                own.add(ByteSequence.bytes(6000, 3000));
                own.removeBuffer(shared, 7500);
                assertThat(shared.drain(3000)).isEqualTo(3000);
                EvBufferInvariants.checkContent(
                        shared, Bytes.join(ByteSequence.bytes(3000), ByteSequence.bytes(6000, 1500)));
                EvBufferInvariants.checkContent(own, ByteSequence.bytes(7500, 1500));
            }
            assertThat(pool.stats().segmentsInUse()).isZero();
        }
    }
}
