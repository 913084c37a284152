package io.evbuffer;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.evbuffer.memory.LeakTracking;
import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.UnloadedSequence;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Sharing leaves nothing for the garbage collector either, whosever the memory is and however much of it is under way. */
class SharingSteadyStateTest {
    private static final int ROUNDS = 500;
    private static final int ATTEMPTS = 20;

    @RegisterExtension
    final BufferFixture buffers = new BufferFixture(LeakTracking.OFF);

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final UnsafeBuffer memory = new UnsafeBuffer(ByteBuffer.allocateDirect(4096));
    private final ReleaseHandler handler = (released, extent, attachment) -> {};

    /** The least that one of many attempts allocated: the JVM itself may allocate on this thread now and then. */
    private long allocatedBy(final Runnable body) {
        return allocatedBy(ROUNDS, body);
    }

    private long allocatedBy(final int rounds, final Runnable body) {
        final long thread = Thread.currentThread().getId();
        long least = Long.MAX_VALUE;
        for (int attempt = 0; attempt < ATTEMPTS && least > 0; attempt++) {
            final long before = threads.getThreadAllocatedBytes(thread);
            for (int i = 0; i < rounds; i++) body.run();
            least = Math.min(least, threads.getThreadAllocatedBytes(thread) - before);
        }
        return least;
    }

    @Test
    void sharingReferencesAllocatesNothing() {
        final EvBuffer source = buffers.empty();
        final EvBuffer first = buffers.empty();
        final EvBuffer second = buffers.empty();
        assertThat(allocatedBy(() -> {
                    source.addReference(memory, handler, null);
                    first.addBufferReference(source);
                    second.addBufferReference(first);
                    source.drain(source.length());
                    second.drain(second.length());
                    first.drain(first.length());
                }))
                .isZero();
    }

    @Test
    void manyReferencesUnderWayAllocateNothing() {
        final EvBuffer buffer = buffers.empty();
        assertThat(allocatedBy(() -> {
                    for (int i = 0; i < 200; i++) buffer.addReference(memory, handler, null);
                    buffer.drain(buffer.length());
                }))
                .isZero();
    }

    @Test
    void aLongListOfReferencesAllocatesNothing() {
        final EvBuffer buffer = buffers.empty();
        final DirectBuffer[] memories = new DirectBuffer[50];
        Arrays.fill(memories, memory);
        assertThat(allocatedBy(() -> {
                    buffer.addIovecReference(memories, handler, null);
                    buffer.drain(buffer.length());
                }))
                .isZero();
    }

    @Test
    void manyChainsSharedAtOnceAllocateNothing() {
        final int count = 1024;
        final EvBuffer source = buffers.empty();
        final EvBuffer target = buffers.empty();
        final EvIovec vectors = new EvIovec(count);
        for (int i = 0; i < count; i++) {
            try (EvBuffer piece = buffers.empty()) {
                piece.add(ByteSequence.bytes(i, 100));
                source.addBuffer(piece);
            }
        }
        assertThat(allocatedBy(() -> {
                    target.addBufferReference(source);
                    target.peekLoaded(-1, vectors);
                    vectors.views();
                    target.drain(target.length());
                }))
                .isZero();
    }

    @Test
    void aBroadcastToAThousandSlowOutputsAllocatesNothing() {
        final byte[] message = ByteSequence.bytes(4000);
        final EvBuffer source = buffers.empty();
        final EvBuffer[] outputs = new EvBuffer[1000];
        Arrays.setAll(outputs, i -> buffers.empty());
        assertThat(allocatedBy(4, () -> {
                    for (int sent = 0; sent < 16; sent++) {
                        source.add(message, 0, message.length);
                        for (final EvBuffer output : outputs) output.addBufferReference(source);
                        source.drain(message.length);
                    }
                    for (final EvBuffer output : outputs) output.drain(output.length());
                }))
                .isZero();
    }

    @Test
    void showingBytesThatAreNotInMemoryAllocatesNothing() {
        final UnloadedSequence file = new UnloadedSequence();
        final EvBuffer buffer = buffers.empty();
        final EvBuffer other = buffers.empty();
        assertThat(allocatedBy(() -> {
                    buffer.addUnloaded(file, 100, 5000);
                    buffer.addUnloaded(file, 7, 10);
                    other.addBufferReference(buffer);
                    buffer.drain(1000);
                    buffer.drain(buffer.length());
                    other.drain(other.length());
                }))
                .isZero();
        file.checkAllHome();
    }

    @Test
    void sharingWithoutAnOwnerAllocatesNothing() {
        try (EvBuffer source = new EvBuffer();
                EvBuffer target = new EvBuffer()) {
            final byte[] bytes = ByteSequence.bytes(1000);
            assertThat(allocatedBy(() -> {
                        source.add(bytes, 0, bytes.length);
                        target.addBufferReference(source);
                        source.drain(source.length());
                        target.drain(target.length());
                    }))
                    .isZero();
        }
    }

    @Test
    void aSharerUsedAgainShowsTheNewMemory() {
        final EvBuffer source = buffers.empty();
        final EvBuffer target = buffers.empty();
        final EvIovec vectors = new EvIovec(1);
        for (int round = 0; round < 5; round++) {
            final UnsafeBuffer other = new UnsafeBuffer(ByteBuffer.allocateDirect(100));
            other.putBytes(0, ByteSequence.bytes(round, 100));
            source.addReference(other, handler, null);
            target.addBufferReference(source);
            target.peek(-1, vectors);
            final byte[] seen = new byte[vectors.view(0).remaining()];
            vectors.view(0).get(seen);
            assertThat(seen).isEqualTo(ByteSequence.bytes(round, 100));
            source.drain(100);
            target.drain(100);
        }
    }
}
