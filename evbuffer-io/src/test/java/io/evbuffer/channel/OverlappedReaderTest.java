package io.evbuffer.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.BufferEnd;
import io.evbuffer.EvBuffer;
import io.evbuffer.EvIovec;
import io.evbuffer.FrozenBufferException;
import io.evbuffer.memory.BufferLimitException;
import io.evbuffer.memory.SlabPool;
import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.EvBufferInvariants;
import java.io.IOException;
import java.nio.channels.ReadPendingException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class OverlappedReaderTest {
    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    private final HeldSocket socket = new HeldSocket();
    private final Tasks tasks = new Tasks();
    private final Ends ends = new Ends();
    private final OverlappedReader reader = new OverlappedReader(socket, tasks);

    // ---- one operation ----

    @Test
    @DisplayName("5.8: bytes that came become data when the executor comes to it; until then the end is frozen")
    void bytesBecomeDataWhenTheExecutorComesToIt() {
        final EvBuffer buffer = buffers.withChains(10);
        final List<String> order = new ArrayList<>();
        buffer.addListener((of, change) -> order.add(change.toString()));
        assertThat(reader.isInFlight()).isFalse();
        assertThat(reader.read(buffer, (of, bytes, cause) -> {
                    assertThat(of).isSameAs(buffer);
                    assertThat(of.isFrozen(BufferEnd.END)).isFalse();
                    assertThat(reader.isInFlight()).isFalse();
                    order.add("told of " + bytes + ", " + cause);
                }))
                .isTrue();
        for (int i = 0; i < 2; i++) {
            assertThat(reader.isInFlight()).isTrue();
            assertThat(buffer.isFrozen(BufferEnd.END)).isTrue();
            assertThat(buffer.length()).isEqualTo(10);
            assertThatThrownBy(() -> buffer.add(new byte[1])).isInstanceOf(FrozenBufferException.class);
            if (i == 0) socket.bring(ByteSequence.bytes(10, 300));
        }
        assertThat(order).isEmpty();
        tasks.runAll();
        assertThat(order).containsExactly("10->310 (+300, -0)", "told of 300, null");
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(310));
        assertThat(reader.operations()).isOne();
    }

    @Test
    void theEndOfTheStreamIsToldAndThawsTheBuffer() {
        final EvBuffer buffer = buffers.withChains(10);
        reader.read(buffer, ends);
        socket.tell(ScatterSource.END_OF_STREAM);
        tasks.runAll();
        assertThat(ends.told).containsExactly("-1");
        buffer.add(new byte[1]);
        assertThat(buffer.length()).isEqualTo(11);
    }

    @Test
    void aFailureIsToldWithItsCauseAndChangesNothing() {
        final EvBuffer buffer = buffers.withChains(10);
        reader.read(buffer, ends);
        socket.scribble(ByteSequence.bytes(500, 100));
        final IOException reset = new IOException("reset");
        socket.fail(reset);
        tasks.runAll();
        assertThat(ends.told).containsExactly("0 IOException");
        assertThat(ends.lastCause).isSameAs(reset);
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(10));
        assertThat(buffer.isFrozen(BufferEnd.END)).isFalse();
    }

    @Test
    void impossibleNumbersAreNotBelieved() {
        final EvBuffer buffer = buffers.withChains(10);
        for (final boolean tooMany : new boolean[] {true, false}) {
            reader.read(buffer, 100, ends);
            socket.tell(tooMany ? 101 : -2);
            tasks.runAll();
            assertThat(ends.lastCause)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(tooMany ? "101 bytes of 100" : "-2 bytes of 100");
            EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(10));
        }
        reader.read(buffer, 100, ends);
        socket.bring(ByteSequence.bytes(10, 100));
        tasks.runAll();
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(110));
    }

    @Test
    void aChannelThatEndsAnOperationTwiceIsToldSo() {
        final EvBuffer buffer = buffers.empty();
        final OverlappedOperation operation =
                new OverlappedOperation(new OverlappedSocket(socket, true, 4), tasks, ScatterSource.END_OF_STREAM);
        operation.begin(buffer);
        operation.prepare(buffer.pinForRead(10, operation.vectors()), 10);
        operation.launch(ends);
        socket.tell(5);
        assertThatThrownBy(() -> operation.completed(7, null))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("twice");
        tasks.runAll();
        assertThatThrownBy(() -> operation.failed(new IOException(), null)).isInstanceOf(IllegalStateException.class);
        assertThat(ends.told).containsExactly("5");
        assertThat(buffer.length()).isEqualTo(5);
    }

    @Test
    void theNextOperationMayBeStartedFromTheHandler() {
        final EvBuffer buffer = buffers.empty();
        reader.read(buffer, 10, new OverlappedHandler() {
            @Override
            public void ended(final EvBuffer of, final long bytes, final @Nullable Throwable cause) {
                if (bytes > 0) assertThat(reader.read(of, 10, this)).isTrue();
                ends.ended(of, bytes, cause);
            }
        });
        for (int i = 0; i < 5; i++) {
            socket.bring(ByteSequence.bytes(10L * i, 10));
            tasks.runAll();
        }
        socket.tell(-1);
        tasks.runAll();
        assertThat(ends.told).containsExactly("10", "10", "10", "10", "10", "-1");
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(50));
        assertThat(reader.operations()).isEqualTo(6);
    }

    // ---- refusals ----

    @Test
    void aSecondOperationIsRefusedAndTheFirstGoesOn() {
        final EvBuffer buffer = buffers.empty();
        final EvBuffer other = buffers.empty();
        reader.read(buffer, ends);
        for (final EvBuffer target : List.of(buffer, other)) {
            assertThatThrownBy(() -> reader.read(target, ends))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("one operation at a time");
        }
        final OverlappedReader second = new OverlappedReader(new HeldSocket(), tasks);
        assertThatThrownBy(() -> second.read(buffer, ends)).isInstanceOf(FrozenBufferException.class);
        assertThat(second.isInFlight()).isFalse();
        assertThat(other.isFrozen(BufferEnd.END)).isFalse();
        socket.bring(ByteSequence.bytes(50));
        tasks.runAll();
        assertThat(ends.told).containsExactly("50");
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(50));
    }

    @Test
    void anOperationThatWasRefusedSaysNothingAboutWhatToExpect() {
        final EvBuffer buffer = buffers.empty();
        buffer.maxRead(1_000_000);
        reader.read(buffer, ends);
        socket.bring(new byte[(int) socket.asked()]);
        tasks.runAll();
        buffer.drain(Long.MAX_VALUE);
        for (int i = 0; i < 2; i++) {
            socket.refuse(new ReadPendingException());
            assertThatThrownBy(() -> reader.read(buffer, ends)).isInstanceOf(ReadPendingException.class);
        }
        buffer.trim();
        reader.read(buffer, ends);
        assertThat(socket.asked()).isEqualTo(2L * ReadSize.FIRST);
        socket.bring(new byte[1]);
        tasks.runAll();
    }

    @Test
    void aRefusalOfTheChannelLeavesNothingInFlight() {
        final EvBuffer buffer = buffers.withChains(10);
        socket.refuse(new ReadPendingException());
        assertThatThrownBy(() -> reader.read(buffer, ends)).isInstanceOf(ReadPendingException.class);
        assertThat(reader.isInFlight()).isFalse();
        assertThat(buffer.isFrozen(BufferEnd.END)).isFalse();
        assertThat(ends.told).isEmpty();
        reader.read(buffer, ends);
        socket.bring(ByteSequence.bytes(10, 7));
        tasks.runAll();
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(17));
    }

    @Test
    @DisplayName("7: closed, frozen, full: refused before the channel is asked")
    void whatCannotBeReadIntoIsRefused() {
        final EvBuffer frozen = buffers.empty();
        frozen.freeze(BufferEnd.END);
        assertThatThrownBy(() -> reader.read(frozen, ends)).isInstanceOf(FrozenBufferException.class);
        assertThat(frozen.isFrozen(BufferEnd.END)).isTrue();
        final EvBuffer closed = buffers.empty();
        closed.close();
        assertThatThrownBy(() -> reader.read(closed, ends)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> reader.read(closed, 0, ends)).isInstanceOf(IllegalStateException.class);
        final EvBuffer full = buffers.withChains(10);
        full.maxLength(10);
        assertThatThrownBy(() -> reader.read(full, ends))
                .isInstanceOf(BufferLimitException.class)
                .hasMessageContaining("10");
        assertThat(reader.read(full, 0, ends)).isFalse();
        assertThat(full.isFrozen(BufferEnd.END)).isFalse();
        assertThat(reader.isInFlight()).isFalse();
        assertThat(socket.starts()).isZero();
        assertThat(ends.told).isEmpty();
    }

    @Test
    void withoutAnExecutorTheBufferNeedsItsLock() {
        final OverlappedReader onChannelsThread = new OverlappedReader(socket);
        final EvBuffer buffer = buffers.empty();
        assertThatThrownBy(() -> onChannelsThread.read(buffer, ends))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("lock");
        buffer.enableLocking(null);
        assertThat(onChannelsThread.read(buffer, ends)).isTrue();
        socket.bring(ByteSequence.bytes(5));
        assertThat(ends.told).containsExactly("5");
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(5));
    }

    // ---- how much ----

    @Test
    @DisplayName("S-147, S-148: at most maxRead, at most the caller's maximum, at most the room left")
    void maximaAreKept() {
        final EvBuffer buffer = buffers.empty();
        for (final int[] maximum : new int[][] {{-1, 4096}, {30, 30}, {5000, 4096}}) {
            reader.read(buffer, maximum[0], ends);
            assertThat(socket.asked()).isEqualTo(maximum[1]);
            socket.tell(-1);
            tasks.runAll();
        }
        buffer.add(new byte[90]);
        buffer.maxLength(100);
        reader.read(buffer, ends);
        assertThat(socket.asked()).isEqualTo(10);
        socket.bring(new byte[10]);
        tasks.runAll();
        assertThat(buffer.length()).isEqualTo(100);
    }

    @Test
    void theRoomPinnedFollowsWhatArrived() {
        final EvBuffer buffer = buffers.empty();
        buffer.maxRead(200_000);
        final List<Long> asked = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            reader.read(buffer, ends);
            asked.add(socket.asked());
            socket.bring(new byte[(int) socket.asked()]);
            tasks.runAll();
            buffer.drain(Long.MAX_VALUE);
        }
        assertThat(asked.get(0)).isEqualTo(ReadSize.FIRST);
        assertThat(asked.get(1)).isGreaterThanOrEqualTo(2L * ReadSize.FIRST);
        assertThat(asked.get(5)).isEqualTo(200_000);
        for (int i = 0; i < 40; i++) {
            buffer.trim();
            reader.read(buffer, ends);
            asked.add(socket.asked());
            socket.bring(new byte[10]);
            tasks.runAll();
            buffer.drain(Long.MAX_VALUE);
        }
        assertThat(asked.get(45)).isEqualTo(ReadSize.LEAST);
        assertThat(buffers.pool().stats().bytesMapped() % SlabPool.DEFAULT_SLAB_SIZE)
                .isZero();
    }

    @Test
    void aSocketScattersAndAnotherChannelGetsOneVector() {
        final EvBuffer buffer = buffers.withChains(200);
        buffer.maxRead(1 << 20);
        reader.read(buffer, ends);
        assertThat(socket.vectors()).isEqualTo(2);
        socket.bring(ByteSequence.bytes(200, (int) socket.asked()));
        tasks.runAll();
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes((int) buffer.length()));

        final EvBuffer plain = buffers.withChains(200);
        plain.maxRead(1 << 20);
        final OverlappedReader stream = new OverlappedReader(new HeldStream(socket), tasks);
        for (int i = 0; i < 5; i++) {
            stream.read(plain, ends);
            assertThat(socket.vectors()).isOne();
            assertThat(socket.asked()).isLessThanOrEqualTo(ReadSize.VECTOR_ROOM);
            socket.bring(ByteSequence.bytes(plain.length(), (int) socket.asked()));
            tasks.runAll();
        }
        EvBufferInvariants.checkContent(plain, ByteSequence.bytes((int) plain.length()));
    }

    // ---- while one is in flight ----

    @Test
    @DisplayName("INV-18: looking, draining, moving and prepending go on while a read is in flight")
    void theBufferIsUsedMeanwhile() {
        final EvBuffer buffer = buffers.withChains(10, 20);
        final EvBuffer target = buffers.empty();
        reader.read(buffer, ends);
        socket.scribble(ByteSequence.bytes(30, 25));
        buffer.peek(-1, new EvIovec(4));
        buffer.removeBuffer(target, 15);
        buffer.prepend(ByteSequence.bytes(10, 5));
        buffer.drain(5);
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(15, 15));
        socket.tell(25);
        tasks.runAll();
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(15, 40));
        EvBufferInvariants.checkContent(target, ByteSequence.bytes(15));
    }

    @Test
    @DisplayName("5.8: closing the buffer leaves its memory to the operation until the channel has called back")
    void closingTheBufferLeavesItsMemoryToTheOperation() {
        for (final boolean fails : new boolean[] {false, true}) {
            final EvBuffer buffer = buffers.withChains(10);
            reader.read(buffer, ends);
            buffer.close();
            assertThat(buffers.segmentsInUse()).isPositive();
            socket.scribble(ByteSequence.bytes(100)); // nobody else's memory
            if (fails) socket.fail(new IOException("reset"));
            else socket.tell(100);
            assertThat(buffers.segmentsInUse()).isPositive();
            tasks.runAll();
            assertThat(buffers.segmentsInUse()).isZero();
        }
        assertThat(ends.told).containsExactly("100", "0 IOException");
    }

    @Test
    void closingThePoolLeavesItsMemoryToTheOperation() {
        final SlabPool pool = new SlabPool();
        final EvBuffer buffer = new EvBuffer(pool);
        reader.read(buffer, ends);
        buffer.close();
        pool.close(); // and reports what is not home
        assertThat(pool.stats().bytesMapped()).isPositive();
        socket.bring(ByteSequence.bytes(100));
        tasks.runAll();
        assertThat(pool.stats().bytesMapped()).isZero();
    }

    @Test
    void cancellingClosesTheChannelAndTheEndIsToldAsAnyOther() throws IOException {
        final EvBuffer buffer = buffers.withChains(10);
        reader.read(buffer, ends);
        reader.cancel();
        assertThat(socket.isOpen()).isFalse();
        assertThat(reader.isInFlight()).isTrue();
        tasks.runAll();
        assertThat(ends.told).containsExactly("0 AsynchronousCloseException");
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(10));
        reader.cancel();
        assertThat(ends.told).hasSize(1);
    }

    // ---- what goes wrong at the end ----

    @Test
    void ifTheExecutorRefusesTheEndWaitsForSettle() {
        final EvBuffer buffer = buffers.withChains(10);
        assertThat(reader.settle()).isFalse();
        reader.read(buffer, ends);
        assertThat(reader.settle()).isFalse();
        tasks.refuse(true);
        socket.bring(ByteSequence.bytes(10, 40));
        assertThat(tasks.waiting()).isZero();
        assertThat(reader.isInFlight()).isTrue();
        assertThat(buffer.isFrozen(BufferEnd.END)).isTrue();
        assertThatThrownBy(() -> reader.read(buffer, ends))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("settle()");
        assertThat(reader.settle()).isTrue();
        assertThat(reader.settle()).isFalse();
        assertThat(ends.told).containsExactly("40");
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(50));
    }

    @Test
    void anEndSettledBeforeTheExecutorComesIsAppliedOnce() {
        final EvBuffer buffer = buffers.empty();
        reader.read(buffer, ends);
        socket.bring(ByteSequence.bytes(40));
        assertThat(reader.settle()).isTrue();
        reader.read(buffer, ends);
        tasks.runAll(); // of the first
        assertThat(ends.told).containsExactly("40");
        assertThat(reader.isInFlight()).isTrue();
        socket.bring(ByteSequence.bytes(40, 2));
        tasks.runAll();
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(42));
    }

    @Test
    @DisplayName("B-14: a handler or a listener that throws does so when all is in order")
    void whatThrowsDoesSoWhenAllIsInOrder() {
        final EvBuffer buffer = buffers.empty();
        final boolean[] throwing = {false};
        buffer.addListener((of, change) -> {
            if (throwing[0]) throw new IllegalStateException("listener");
        });
        final OverlappedHandler thrower = (of, bytes, cause) -> {
            ends.ended(of, bytes, cause);
            throw new IllegalArgumentException("handler");
        };
        reader.read(buffer, thrower);
        socket.bring(ByteSequence.bytes(10));
        assertThatThrownBy(tasks::runAll).isInstanceOf(IllegalArgumentException.class);

        throwing[0] = true;
        reader.read(buffer, ends);
        socket.bring(ByteSequence.bytes(10, 10));
        assertThatThrownBy(tasks::runAll)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("listener");

        reader.read(buffer, thrower);
        socket.bring(ByteSequence.bytes(20, 10));
        assertThatThrownBy(tasks::runAll)
                .isInstanceOf(IllegalStateException.class)
                .hasSuppressedException(new IllegalArgumentException("handler"));

        assertThat(ends.told).containsExactly("10", "10", "10");
        assertThat(reader.isInFlight()).isFalse();
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(30));
    }

    @Test
    void anOperationMayEndWithinTheCallThatStartsIt() {
        final ReentrantLock lock = new ReentrantLock();
        final EvBuffer buffer = buffers.empty();
        buffer.enableLocking(lock);
        final OverlappedReader onChannelsThread = new OverlappedReader(socket);
        socket.atStart(() -> socket.bring(ByteSequence.bytes(10)));
        assertThat(onChannelsThread.read(buffer, (of, bytes, cause) -> {
                    assertThat(lock.isLocked()).isFalse();
                    socket.atStart(() -> socket.bring(ByteSequence.bytes(10, 5)));
                    assertThat(onChannelsThread.read(of, ends)).isTrue();
                    ends.ended(of, bytes, cause);
                }))
                .isTrue();
        assertThat(ends.told).containsExactly("5", "10");
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(15));
    }

    @Test
    void whatAHandlerThrowsWithinTheCallComesOutOfItAndAnOperationItStartedGoesOn() {
        final EvBuffer buffer = buffers.empty();
        buffer.enableLocking(null);
        final OverlappedReader onChannelsThread = new OverlappedReader(socket);
        socket.atStart(() -> socket.bring(ByteSequence.bytes(10)));
        assertThatThrownBy(() -> onChannelsThread.read(buffer, (of, bytes, cause) -> {
                    onChannelsThread.read(of, ends);
                    throw new IllegalArgumentException("handler");
                }))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(onChannelsThread.isInFlight()).isTrue();
        assertThat(buffer.isFrozen(BufferEnd.END)).isTrue();
        socket.bring(ByteSequence.bytes(10, 5));
        assertThat(ends.told).containsExactly("5");
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(15));
    }

    @Test
    void aReaderNamesItsChannelAndItsState() {
        final EvBuffer buffer = buffers.empty();
        assertThat(reader).hasToString("OverlappedReader[held socket, idle]");
        reader.read(buffer, ends);
        assertThat(reader).hasToString("OverlappedReader[held socket, in flight]");
        socket.tell(-1);
        tasks.runAll();
        assertThat(new OverlappedReader(new HeldStream(socket), tasks))
                .asString()
                .contains("held stream");
    }
}
