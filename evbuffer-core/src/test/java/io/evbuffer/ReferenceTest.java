package io.evbuffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.memory.BufferLimitException;
import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.EvBufferInvariants;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ReferenceTest {
    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    /** Memory of the caller's and what the handler was told of it. */
    private static final class Block {
        final byte[] content;
        final UnsafeBuffer memory;
        final List<String> told = new ArrayList<>();

        Block(final int length) {
            content = ByteSequence.bytes(length);
            memory = new UnsafeBuffer(ByteBuffer.allocateDirect(length));
            memory.putBytes(0, content);
        }

        void released(final DirectBuffer released, final long extent, final Object attachment) {
            assertThat(released).isSameAs(memory);
            told.add(extent + ":" + attachment);
        }

        void addTo(final EvBuffer buffer) {
            buffer.addReference(memory, this::released, "x");
        }

        void mustBeUnchanged() {
            final byte[] now = new byte[content.length];
            memory.getBytes(0, now);
            assertThat(now).isEqualTo(content);
        }
    }

    @Test
    @DisplayName("S-048: the handler is told with the last byte, with memory, extent and attachment")
    void theHandlerIsToldWithTheLastByte() {
        final Block r1 = new Block(46);
        final Block r2 = new Block(40);
        final EvBuffer buffer = buffers.empty();
        r1.addTo(buffer);
        buffer.add(new byte[] {1, 2});
        r2.addTo(buffer);

        final byte[] target = new byte[64];
        assertThat(buffer.remove(target, 0, 6)).isEqualTo(6);
        assertThat(buffer.remove(target, 0, 5)).isEqualTo(5);
        buffer.drain(46 - 11 - 1);
        assertThat(r1.told).isEmpty();
        assertThat(buffer.remove(target, 0, 1)).isOne();
        assertThat(target[0]).isEqualTo(r1.content[45]);
        assertThat(r1.told).containsExactly("46:x");
        assertThat(r2.told).isEmpty();

        // S-049
        buffer.drain(2 + 7);
        final EvBuffer other = buffers.empty();
        other.addBuffer(buffer);
        assertThat(r2.told).isEmpty();
        other.drain(33);
        assertThat(r2.told).containsExactly("40:x");
        assertThat(r1.told).hasSize(1);
    }

    @Test
    @DisplayName("S-050: closing the buffer tells the handler")
    void closingTellsTheHandler() {
        final Block block = new Block(10);
        final EvBuffer buffer = buffers.empty();
        buffer.add(new byte[24]);
        block.addTo(buffer);
        buffer.add(new byte[35]);
        assertThat(EvBufferInvariants.dataLengths(buffer)).startsWith(24, 10);
        buffer.close();
        assertThat(block.told).containsExactly("10:x");
    }

    @Test
    @DisplayName("S-051: bytes before the offset are neither shown nor changed")
    void bytesBeforeTheOffsetAreNeitherShownNorChanged() {
        final Block block = new Block(55);
        final EvBuffer buffer = buffers.empty();
        buffer.addReference(block.memory, 9, 46, block::released, null);
        assertThat(buffer.copyToArray()).isEqualTo(ByteSequence.bytes(9, 46));
        buffer.prepend(new byte[] {7, 7, 7});
        block.mustBeUnchanged();
        buffer.drain(100);
        assertThat(block.told).containsExactly("55:null");
    }

    @Test
    @DisplayName("S-052, S-160: a refused reference stays the caller's")
    void aRefusedReferenceStaysTheCallers() {
        final Block block = new Block(5);
        final EvBuffer buffer = buffers.empty();
        buffer.freeze(BufferEnd.END);
        assertThatThrownBy(() -> block.addTo(buffer)).isInstanceOf(FrozenBufferException.class);
        assertThatThrownBy(() -> buffer.addReference(block.memory, 0, 0, block::released, null))
                .isInstanceOf(FrozenBufferException.class);
        buffer.unfreeze(BufferEnd.END);
        buffer.maxLength(4);
        assertThatThrownBy(() -> block.addTo(buffer)).isInstanceOf(BufferLimitException.class);
        assertThatThrownBy(() -> buffer.addReference(block.memory, 2, 4, block::released, null))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.addReference(new UnsafeBuffer(new byte[4]), block::released, null))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(block.told).isEmpty();
        assertThat(buffer.length()).isZero();
        assertThat(buffer.countChains()).isZero();
    }

    @Test
    @DisplayName("S-053, S-054: pulling up across a reference copies it and tells the handler")
    void pullingUpAcrossAReferenceCopiesIt() {
        final Block middle = new Block(5);
        final EvBuffer buffer = buffers.withChains(1);
        middle.addTo(buffer);
        buffer.add(new byte[] {9});
        final byte[] before = buffer.copyToArray();
        final UnsafeBuffer view = new UnsafeBuffer(0, 0);
        assertThat(buffer.pullUp(7, view)).isEqualTo(7);
        assertThat(middle.told).containsExactly("5:x");
        assertThat(buffer.copyToArray()).isEqualTo(before);

        final Block first = new Block(5);
        final EvBuffer other = buffers.empty();
        first.addTo(other);
        other.add(new byte[] {1, 2, 3});
        final byte[] content = other.copyToArray();
        assertThat(other.pullUp(7, view)).isGreaterThanOrEqualTo(7);
        first.mustBeUnchanged();
        assertThat(other.copyToArray()).isEqualTo(content);
        assertThat(first.told).hasSize(1);
    }

    @Test
    @DisplayName("S-055: the same memory added twice is released twice")
    void theSameMemoryTwiceIsReleasedTwice() {
        final Block block = new Block(3);
        final EvBuffer buffer = buffers.empty();
        block.addTo(buffer);
        block.addTo(buffer);
        buffer.drain(6);
        assertThat(block.told).hasSize(2);
    }

    @Test
    @DisplayName("S-056, B-4: one handler for a list of vectors, one notification")
    void aListOfVectorsHasOneHandlerAndOneNotification() {
        final Block a = new Block(3);
        final Block b = new Block(4);
        final List<String> log = new ArrayList<>();
        final EvBuffer buffer = buffers.empty();
        buffer.addListener((of, change) -> log.add(change.toString()));
        final List<String> told = new ArrayList<>();
        final DirectBuffer[] memories = {a.memory, new UnsafeBuffer(0, 0), b.memory};
        assertThat(buffer.addIovecReference(memories, (m, extent, x) -> told.add(extent + ":" + x), "y"))
                .isEqualTo(7);
        assertThat(log).containsExactly("0->7 (+7, -0)");
        buffer.drain(6);
        assertThat(told).isEmpty();
        buffer.drain(1);
        assertThat(told).containsExactly("7:y");
    }

    @Test
    @DisplayName("S-067: a reference of no bytes makes no chain and is released before the call returns")
    void aReferenceOfNoBytesIsReleasedAtOnce() {
        final Block block = new Block(4);
        final EvBuffer buffer = buffers.empty();
        buffer.addReference(block.memory, 2, 0, block::released, "z");
        assertThat(block.told).containsExactly("2:z");
        assertThat(buffer.countChains()).isZero();
        buffer.add(new byte[] {1});
        buffer.addReference(block.memory, 0, 0, block::released, "z");
        assertThat(block.told).hasSize(2);
        assertThat(buffer.countChains()).isOne();
    }

    @Test
    @DisplayName("S-011, S-021: nothing is written to referenced memory")
    void nothingIsWrittenToReferencedMemory() {
        final Block block = new Block(30);
        final EvBuffer buffer = buffers.empty();
        block.addTo(buffer);
        buffer.drain(11);
        buffer.add(new byte[] {1, 2, 3});
        buffer.prepend(new byte[] {4, 5, 6, 7, 8, 9, 10});
        block.mustBeUnchanged();
        assertThat(buffer.length()).isEqualTo(29);
    }

    @Test
    @DisplayName("S-010: a reference behind spare space keeps the order, and the space stays usable")
    void aReferenceBehindSpareSpaceKeepsTheOrder() {
        final Block block = new Block(1);
        final EvBuffer buffer = buffers.withChains(250);
        buffer.expand(100);
        block.addTo(buffer);
        final long taken = buffers.pool().stats().taken();
        buffer.add(new byte[] {42});
        assertThat(buffers.pool().stats().taken()).isEqualTo(taken);
        final byte[] content = buffer.copyToArray();
        assertThat(content[250]).isEqualTo(block.content[0]);
        assertThat(content[251]).isEqualTo((byte) 42);
    }

    @Test
    @DisplayName("B-28: references take no segment")
    void referencesTakeNoSegment() {
        final EvBuffer buffer = buffers.empty();
        for (int i = 0; i < 100; i++) new Block(8).addTo(buffer);
        assertThat(buffers.segmentsInUse()).isZero();
        assertThat(buffer.countChains()).isEqualTo(100);
    }

    @Test
    @DisplayName("B-15: a handler finds all consistent, may use the buffer, and listeners see one gap-free order")
    void aHandlerMayUseTheBuffer() {
        final Block block = new Block(4);
        final List<String> log = new ArrayList<>();
        final EvBuffer buffer = buffers.empty();
        buffer.addReference(
                block.memory,
                (memory, extent, x) -> {
                    buffer.checkInvariants();
                    buffer.add(new byte[] {1, 2});
                    log.add("handler");
                },
                null);
        buffer.add(new byte[] {3});
        buffer.addListener((of, change) -> log.add(change.toString()));
        buffer.drain(4);
        assertThat(log).containsExactly("5->3 (+2, -4)", "handler");
        assertThat(buffer.copyToArray()).containsExactly(3, 1, 2);
    }

    @Test
    @DisplayName("B-15: a throwing handler stops no other, and comes out at the end")
    void aThrowingHandlerStopsNoOther() {
        final Block block = new Block(2);
        final EvBuffer buffer = buffers.empty();
        for (int i = 0; i < 2; i++) {
            final String text = "handler " + i;
            buffer.addReference(
                    new Block(2).memory,
                    (memory, extent, x) -> {
                        throw new IllegalStateException(text);
                    },
                    null);
        }
        block.addTo(buffer);
        final List<String> log = new ArrayList<>();
        buffer.addListener((of, change) -> log.add(change.toString()));
        assertThatThrownBy(() -> buffer.drain(6))
                .hasMessage("handler 0")
                .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
        assertThat(block.told).hasSize(1);
        assertThat(log).containsExactly("6->0 (+0, -6)");
        buffer.add(new byte[] {1}); // and nothing is left behind
        assertThat(buffer.length()).isOne();
    }

    @Test
    @DisplayName("B-15: what a handler throws comes out of the pull-up that gave its memory back")
    void aThrowingHandlerComesOutOfThePullUp() {
        final EvBuffer buffer = buffers.withChains(5);
        buffer.addReference(
                new Block(2).memory,
                (memory, extent, x) -> {
                    throw new IllegalStateException("handler");
                },
                null);
        final UnsafeBuffer view = new UnsafeBuffer(0, 0);
        assertThatThrownBy(() -> buffer.pullUp(7, view)).hasMessage("handler");
        assertThat(buffer.pullUp(7, view)).isEqualTo(7);
    }

    @Test
    @DisplayName("B-15: what a handler throws comes out of the close too, which has happened")
    void aThrowingHandlerComesOutOfTheClose() {
        final EvBuffer buffer = buffers.empty();
        buffer.addReference(
                new Block(2).memory,
                (memory, extent, x) -> {
                    throw new IllegalStateException("handler");
                },
                null);
        assertThatThrownBy(buffer::close).hasMessage("handler");
        assertThat(buffer.isClosed()).isTrue();
    }

    @Test
    @DisplayName("B-16: a list of vectors without a byte is released at once, with nothing told or kept")
    void aListWithoutBytesIsReleasedAtOnce() {
        final EvBuffer buffer = buffers.empty();
        final ChangeLog log = ChangeLog.on(buffer);
        final UnsafeBuffer nothing = new UnsafeBuffer(ByteBuffer.allocateDirect(0));
        final List<Object> told = new ArrayList<>();
        assertThat(buffer.addIovecReference(new DirectBuffer[] {nothing}, (memory, extent, x) -> told.add(x), "x"))
                .isZero();
        assertThat(buffer.addIovecReference(new DirectBuffer[] {nothing}, null, null))
                .isZero();
        assertThat(told).containsExactly("x");
        assertThat(log.lines).isEmpty();
        assertThat(buffer.countChains()).isZero();
        final DirectBuffer[] onTheHeap = {nothing, new UnsafeBuffer(new byte[1])};
        assertThatThrownBy(() -> buffer.addIovecReference(onTheHeap, null, null))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @DisplayName("what references are made of is used again, and shows the new memory by array, address and NIO view")
    void whatReferencesAreMadeOfIsUsedAgain() {
        final EvBuffer buffer = buffers.empty();
        final EvIovec vectors = new EvIovec(8);
        for (int round = 1; round <= 200; round++) {
            final Block one = new Block(round * 7);
            final Block two = new Block(round);
            one.addTo(buffer);
            buffer.addReference(two.memory, two::released, round);
            assertThat(buffer.copyToArray()).isEqualTo(Bytes.join(one.content, two.content));
            assertThat(buffer.peek(-1, vectors)).isEqualTo(2);
            final byte[] seen = new byte[round];
            final ByteBuffer view = vectors.view(1);
            view.get(seen);
            assertThat(seen).isEqualTo(two.content);
            if (round % 3 == 0) {
                final EvBuffer sharer = buffers.empty();
                sharer.addBufferReference(buffer);
                buffer.drain(buffer.length());
                assertThat(one.told).isEmpty();
                sharer.close();
            } else {
                buffer.drain(buffer.length());
            }
            assertThat(one.told).containsExactly(round * 7 + ":x");
            assertThat(two.told).containsExactly(round + ":" + round);
        }
    }

    @Test
    @DisplayName("B-15: a handler that refers to memory again gets its turn for that too")
    void aHandlerMayReferAgain() {
        final Block block = new Block(20);
        final EvBuffer buffer = buffers.empty();
        final List<Long> extents = new ArrayList<>();
        final ReleaseHandler again = new ReleaseHandler() {
            @Override
            public void released(final DirectBuffer memory, final long extent, final @Nullable Object attachment) {
                extents.add(extent);
                if (extent > 1) buffer.addReference(memory, 0, (int) extent - 1, this, null);
            }
        };
        buffer.addReference(block.memory, 0, 20, again, null);
        for (int extent = 20; extent > 0; extent--) {
            EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(extent));
            assertThat(buffer.drain(extent)).isEqualTo(extent);
        }
        assertThat(extents).hasSize(20).startsWith(20L, 19L).endsWith(1L);
        assertThat(buffer.isEmpty()).isTrue();
    }

    @Test
    @DisplayName("B-8c: the last holder may be another thread's buffer, again and again")
    void theLastHolderMayBeAnotherThreads() throws Exception {
        final EvBuffer buffer = buffers.empty();
        final AtomicInteger released = new AtomicInteger();
        final ExecutorService other = Executors.newSingleThreadExecutor();
        try {
            for (int round = 0; round < 500; round++) {
                final Block block = new Block(round % 50 + 1);
                buffer.addReference(block.memory, (memory, extent, x) -> released.incrementAndGet(), null);
                final EvBuffer sharer = buffers.empty();
                sharer.addBufferReference(buffer);
                final Future<byte[]> seen = other.submit(() -> {
                    final byte[] content = sharer.copyToArray();
                    sharer.close();
                    return content;
                });
                buffer.drain(50);
                assertThat(seen.get(1, TimeUnit.MINUTES)).isEqualTo(block.content);
                assertThat(released).hasValue(round + 1);
            }
        } finally {
            other.shutdownNow();
        }
    }

    @Test
    void aReferenceCanBeSeenByNio() {
        final Block block = new Block(20);
        final EvBuffer buffer = buffers.empty();
        buffer.addReference(block.memory, 5, 10, null, null);
        buffer.drain(2);
        final EvIovec vectors = new EvIovec(1);
        assertThat(buffer.peek(-1, vectors)).isOne();
        final ByteBuffer view = vectors.view(0);
        final byte[] seen = new byte[view.remaining()];
        view.get(seen);
        assertThat(seen).isEqualTo(ByteSequence.bytes(7, 8));
    }
}
