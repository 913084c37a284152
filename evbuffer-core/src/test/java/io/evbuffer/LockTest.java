package io.evbuffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.EvBufferInvariants;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Buffers that several threads use. Limits of time are there for a failure to end, not to be met. */
class LockTest {
    private static final int ROUNDS = 20_000;

    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    @Test
    @DisplayName("S-141: locking is enabled once")
    void lockingIsEnabledOnce() {
        final EvBuffer buffer = buffers.empty();
        assertThat(buffer.hasLock()).isFalse();
        buffer.enableLocking(null);
        assertThat(buffer.hasLock()).isTrue();
        assertThatThrownBy(() -> buffer.enableLocking(new ReentrantLock())).isInstanceOf(IllegalStateException.class);
        buffer.add(new byte[] {1});
        assertThat(buffer.length()).isOne();
    }

    @Test
    @DisplayName("S-142: a lock that two buffers share is taken once")
    void aSharedLockIsTakenOnce() {
        final ReentrantLock lock = new ReentrantLock();
        final EvBuffer source = locked(lock);
        final EvBuffer target = locked(lock);
        final List<Integer> holds = new ArrayList<>();
        target.addListener((buffer, change) -> holds.add(lock.getHoldCount()));
        source.add(new byte[100]);
        target.addBuffer(source);
        assertThat(target.length()).isEqualTo(100);
        assertThat(holds).containsExactly(1);
        assertThat(lock.isLocked()).isFalse();
    }

    @Test
    @DisplayName("5.8: immediate listeners run with the lock held, deferred ones without it (B-14f)")
    void deferredListenersRunWithoutTheLock() {
        final ReentrantLock lock = new ReentrantLock();
        final EvBuffer buffer = locked(lock);
        final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
        buffer.deferCallbacks(tasks::add);
        final List<String> told = new ArrayList<>();
        buffer.addListener((b, change) -> told.add("immediate " + lock.isHeldByCurrentThread()))
                .immediate();
        buffer.addListener((b, change) -> {
            told.add("deferred " + change.added() + " " + lock.isHeldByCurrentThread());
            if (change.added() == 1) b.add(new byte[2]); // told in a round of its own, after this one
        });
        buffer.add(new byte[1]);
        assertThat(tasks).hasSize(1);
        tasks.remove().run();
        assertThat(tasks).hasSize(1);
        tasks.remove().run();
        assertThat(tasks).isEmpty();
        assertThat(told).containsExactly("immediate true", "deferred 1 false", "immediate true", "deferred 2 false");
        assertThat(lock.isLocked()).isFalse();
    }

    /** A lock that counts how often a thread takes it that does not hold it. */
    private static final class CountingLock extends ReentrantLock {
        private static final long serialVersionUID = 1;
        int taken;

        @Override
        public void lock() {
            if (!isHeldByCurrentThread()) taken++;
            super.lock();
        }
    }

    private EvBuffer withBytes(final CountingLock lock) {
        final EvBuffer buffer = locked(lock);
        buffer.add(ByteSequence.bytes(10));
        lock.taken = 0;
        return buffer;
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("5.8: every operation takes the lock and gives it back")
    void everyOperationTakesTheLockAndGivesItBack(final Operation operation) {
        final CountingLock mine = new CountingLock();
        final CountingLock others = new CountingLock();
        operation.run(withBytes(mine), withBytes(others));
        assertThat(mine.taken).isPositive();
        assertThat(mine.isLocked()).isFalse();
        assertThat(others.isLocked()).isFalse();
    }

    @Test
    @DisplayName("5.8: what only asks takes the lock too, and so does the end")
    void whatOnlyAsksTakesTheLockToo() {
        final List<Consumer<EvBuffer>> questions = List.of(
                EvBuffer::length,
                EvBuffer::isEmpty,
                EvBuffer::isClosed,
                EvBuffer::countChains,
                EvBuffer::maxLength,
                EvBuffer::maxRead,
                EvBuffer::owner,
                EvBuffer::drainsToFd,
                buffer -> buffer.isFrozen(BufferEnd.START),
                buffer -> buffer.search(new byte[1], new EvPosition(buffer)),
                buffer -> buffer.search(new UnsafeBuffer(new byte[1]), 0, 1, new EvPosition(buffer)),
                buffer -> buffer.searchRange(new byte[1], new EvPosition(buffer), new EvPosition(buffer)),
                buffer -> buffer.searchRange(
                        new UnsafeBuffer(new byte[1]), 0, 1, new EvPosition(buffer), new EvPosition(buffer)),
                buffer -> buffer.searchEol(new EvPosition(buffer), EolStyle.LF),
                EvBuffer::checkInvariants,
                EvBuffer::checkAtRest,
                buffer -> assertThat(buffer.toString()).contains("10 bytes"),
                EvBuffer::close);
        for (final Consumer<EvBuffer> question : questions) {
            final CountingLock lock = new CountingLock();
            question.accept(withBytes(lock));
            assertThat(lock.taken).isPositive();
            assertThat(lock.isLocked()).isFalse();
        }
    }

    @Test
    @DisplayName("5.8: of two buffers the one that has a lock is locked")
    void ofTwoBuffersTheOneThatHasALockIsLocked() {
        final List<BiConsumer<EvBuffer, EvBuffer>> moves = List.of(
                EvBuffer::addBuffer,
                EvBuffer::prependBuffer,
                EvBuffer::addBufferReference,
                (target, source) -> source.removeBuffer(target, 3));
        for (final BiConsumer<EvBuffer, EvBuffer> move : moves) {
            final CountingLock lock = new CountingLock();
            move.accept(withBytes(lock), buffers.withChains(5));
            assertThat(lock.taken).isOne();
            assertThat(lock.isLocked()).isFalse();
            move.accept(buffers.withChains(5), withBytes(lock));
            assertThat(lock.taken).isOne();
            assertThat(lock.isLocked()).isFalse();
        }
    }

    @Test
    @DisplayName("5.8: typed access is one step under the lock")
    void typedAccessIsOneStepUnderTheLock() {
        final List<Consumer<EvBufferReader>> reading = List.of(
                reader -> reader.getByte(0),
                reader -> reader.getShort(0),
                reader -> reader.getInt(0),
                reader -> reader.getLong(0),
                EvBufferReader::removeByte,
                EvBufferReader::removeShort,
                EvBufferReader::removeInt,
                EvBufferReader::removeLong,
                EvBufferReader::removeFloat,
                EvBufferReader::removeDouble,
                EvBufferReader::removeVarint,
                reader -> reader.removeAscii(3),
                reader -> reader.removeUtf8(3));
        final List<Consumer<EvBufferWriter>> writing = List.of(
                writer -> writer.putByte(1),
                writer -> writer.putShort(1),
                writer -> writer.putInt(1),
                writer -> writer.putLong(1),
                writer -> writer.putFloat(1),
                writer -> writer.putDouble(1),
                writer -> writer.putVarint(1),
                writer -> writer.putAscii("abc"),
                writer -> writer.putUtf8("abc"));
        for (final Consumer<EvBufferReader> each : reading) {
            assertOneStep(buffer -> each.accept(new EvBufferReader(buffer, ByteOrder.BIG_ENDIAN)));
        }
        for (final Consumer<EvBufferWriter> each : writing) {
            assertOneStep(buffer -> each.accept(new EvBufferWriter(buffer, ByteOrder.BIG_ENDIAN)));
        }
    }

    @Test
    @DisplayName("5.8: one stream gives each byte to one of two threads")
    void aStreamGivesEachByteToOneOfTwoThreads() throws Exception {
        final EvBuffer buffer = locked(null);
        final byte[] content = new byte[2 * ROUNDS];
        for (int i = 0; i < content.length; i++) content[i] = (byte) (i & 1);
        buffer.add(content);
        final InputStream in = EvBufferStreams.input(buffer);
        final OutputStream out = EvBufferStreams.output(buffer);
        final Runnable passing = () -> {
            try {
                for (int i = 0; i < ROUNDS; i++) out.write(in.read());
            } catch (final IOException e) {
                throw new AssertionError(e);
            }
        };
        inTwoThreads(passing, passing);
        int ones = 0;
        for (final byte each : buffer.copyToArray()) ones += each;
        assertThat(ones).isEqualTo(ROUNDS);
        assertThat(buffer.length()).isEqualTo(content.length);
    }

    private void assertOneStep(final Consumer<EvBuffer> operation) {
        final CountingLock lock = new CountingLock();
        operation.accept(withBytes(lock));
        assertThat(lock.taken).isOne();
        assertThat(lock.isLocked()).isFalse();
    }

    @Test
    void aThrowingOperationGivesTheLockBack() {
        final ReentrantLock lock = new ReentrantLock();
        final EvBuffer buffer = locked(lock);
        final EvBuffer other = buffers.empty();
        other.freeze(BufferEnd.END);
        buffer.add(new byte[10]);
        assertThatThrownBy(() -> buffer.drain(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> buffer.removeBuffer(other, 5)).isInstanceOf(FrozenBufferException.class);
        assertThat(lock.isLocked()).isFalse();
        buffer.close();
        assertThatThrownBy(buffer::trim).isInstanceOf(IllegalStateException.class);
        buffer.lock();
        assertThat(lock.getHoldCount()).isOne();
        buffer.unlock();
        assertThat(lock.isLocked()).isFalse();
    }

    @Test
    void withoutALockLockingDoesNothing() {
        final EvBuffer buffer = buffers.empty();
        buffer.lock();
        buffer.unlock();
        buffer.unlock();
        assertThat(buffer.isEmpty()).isTrue();
    }

    @Test
    @DisplayName("B-24: opposite operations on two buffers in two threads never deadlock")
    void oppositeOperationsNeverDeadlock() throws Exception {
        final EvBuffer left = locked(null);
        final EvBuffer right = locked(null);
        left.add(ByteSequence.bytes(10_000));
        inTwoThreads(
                () -> {
                    for (int i = 0; i < ROUNDS; i++) {
                        right.addBuffer(left);
                        left.removeBuffer(right, 7);
                    }
                },
                () -> {
                    for (int i = 0; i < ROUNDS; i++) {
                        left.prependBuffer(right);
                        right.removeBuffer(left, 5);
                    }
                });
        assertThat(left.length() + right.length()).isEqualTo(10_000);
        left.checkInvariants();
        right.checkInvariants();
    }

    @ParameterizedTest
    @CsvSource({"1, 2", "2, 1", "1, 1"})
    @DisplayName("B-24: whatever the locks' ranks, both are taken and given back")
    void whateverTheRanksBothAreTaken(final int mine, final int others) throws Exception {
        final ReentrantLock a = new ReentrantLock();
        final ReentrantLock b = new ReentrantLock();
        inTwoThreads(() -> takeBoth(a, mine, b, others), () -> takeBoth(b, others, a, mine));
        assertThat(a.isLocked() || b.isLocked()).isFalse();
    }

    private static void takeBoth(final ReentrantLock a, final int first, final ReentrantLock b, final int second) {
        for (int i = 0; i < ROUNDS; i++) {
            final int taken = LockOrder.acquire(a, first, b, second);
            assertThat(a.isHeldByCurrentThread() && b.isHeldByCurrentThread()).isTrue();
            LockOrder.release(a, b, taken);
        }
    }

    @Test
    @DisplayName("5.8: with a lock, one thread fills and another empties, also through typed access, in order")
    void oneThreadFillsAndAnotherEmpties() throws Exception {
        final EvBuffer buffer = locked(null);
        inTwoThreads(
                () -> {
                    final EvBufferWriter writer = new EvBufferWriter(buffer, ByteOrder.BIG_ENDIAN);
                    for (int i = 0; i < ROUNDS; i++) writer.putLong(i);
                },
                () -> {
                    final EvBufferReader reader = new EvBufferReader(buffer, ByteOrder.BIG_ENDIAN);
                    int next = 0;
                    while (next < ROUNDS) {
                        if (buffer.length() < Long.BYTES) {
                            Thread.onSpinWait();
                            continue;
                        }
                        assertThat(reader.removeLong()).isEqualTo(next++);
                    }
                });
        assertThat(buffer.isEmpty()).isTrue();
    }

    @Test
    void severalOperationsAreOneStepUnderTheLock() throws Exception {
        final EvBuffer buffer = locked(null);
        final Runnable pairs = () -> {
            final UnsafeBuffer view = new UnsafeBuffer(0, 0);
            for (int i = 0; i < ROUNDS; i++) {
                buffer.lock();
                try {
                    buffer.add(new byte[] {1, 2});
                    buffer.pullUp(2, view);
                    assertThat(view.getByte(0)).isEqualTo((byte) 1);
                    buffer.drain(2);
                } finally {
                    buffer.unlock();
                }
            }
        };
        inTwoThreads(pairs, pairs);
        EvBufferInvariants.checkContent(buffer, new byte[0]);
    }

    private EvBuffer locked(final @Nullable ReentrantLock lock) {
        final EvBuffer buffer = buffers.empty();
        buffer.enableLocking(lock);
        return buffer;
    }

    private static void inTwoThreads(final Runnable one, final Runnable two) throws Exception {
        final CyclicBarrier start = new CyclicBarrier(2);
        final ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            final Future<?> first = threads.submit(() -> runAfter(start, one));
            final Future<?> second = threads.submit(() -> runAfter(start, two));
            first.get(2, TimeUnit.MINUTES);
            second.get(2, TimeUnit.MINUTES);
        } catch (final ExecutionException e) {
            throw new AssertionError(e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    private static @Nullable Void runAfter(final CyclicBarrier start, final Runnable work) throws Exception {
        start.await(1, TimeUnit.MINUTES);
        work.run();
        return null;
    }
}
