package io.evbuffer;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.memory.Segment;
import io.evbuffer.memory.SegmentSource;
import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every public method that touches a buffer goes through its lock: once in all, so that it is one step for others. */
class LockDoorsTest {
    /** Those that are the lock themselves, or look at fields that never change or are safe to read. */
    private static final Set<String> NO_DOORS = Set.of(
            "EvBuffer.lock",
            "EvBuffer.unlock",
            "EvBuffer.enableLocking",
            "EvBuffer.hasLock",
            "EvPosition.buffer",
            "EvPosition.value",
            "EvPosition.isFound",
            "EvPosition.toString",
            "BufferPin.buffer",
            "BufferPin.isInFlight",
            "BufferPin.size",
            "BufferPin.view",
            "ListenerRegistration.enable",
            "ListenerRegistration.disable",
            "ListenerRegistration.isEnabled",
            "ListenerRegistration.immediate");

    private static final Map<Class<?>, Function<EvBuffer, Object>> RECEIVERS = Map.of(
            EvBuffer.class, buffer -> buffer,
            EvBufferReader.class, buffer -> new EvBufferReader(buffer, ByteOrder.BIG_ENDIAN),
            EvBufferWriter.class, buffer -> new EvBufferWriter(buffer, ByteOrder.BIG_ENDIAN),
            EvPosition.class, EvPosition::new,
            EvMark.class, buffer -> buffer.mark(1),
            BufferPin.class, buffer -> buffer.pinForWrite(new EvIovec(4)),
            ListenerRegistration.class, buffer -> buffer.addListener((of, change) -> {}),
            HexDump.class, buffer -> buffer);

    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    @SuppressWarnings("serial")
    private static final class CountingLock extends ReentrantLock {
        private int entered;

        @Override
        public void lock() {
            super.lock();
            if (getHoldCount() == 1) entered++;
        }
    }

    static Stream<Method> doors() {
        return RECEIVERS.keySet().stream()
                .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
                .filter(method -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
                .filter(method -> !NO_DOORS.contains(nameOf(method)));
    }

    private static String nameOf(final Method method) {
        return method.getDeclaringClass().getSimpleName() + '.' + method.getName();
    }

    @ParameterizedTest
    @MethodSource("doors")
    @DisplayName("5.8: with locking, every operation takes the lock")
    void everyDoorTakesTheLockOnce(final Method door) throws IllegalAccessException {
        final EvBuffer buffer = new EvBuffer(buffers.source()); // some doors end it
        buffer.add(ByteSequence.bytes(200));
        final Object receiver = RECEIVERS.get(door.getDeclaringClass()).apply(buffer);
        final EvBuffer operand = door.getDeclaringClass() == HexDump.class ? buffer : buffers.withChains(20);
        final Object[] arguments = Arrays.stream(door.getParameterTypes())
                .map(type -> type == EvBuffer.class ? operand : argument(type, buffer))
                .toArray();
        final CountingLock lock = new CountingLock();
        buffer.enableLocking(lock);
        Object answer = null;
        try {
            answer = door.invoke(receiver, arguments);
        } catch (final InvocationTargetException e) {
            // that these arguments are refused is all the same here
            assertThat(e.getCause()).isInstanceOf(RuntimeException.class);
        }
        final int entered = lock.entered;
        assertThat(lock.isLocked()).isFalse();
        assertThat(entered).isEqualTo(1);
        if (answer instanceof BufferPin pin) pin.abort();
        if (answer == buffer) buffer.release(); // retained
        if (!buffer.isClosed()) buffer.close();
    }

    private static final UnloadedBytes NO_BYTES = new UnloadedBytes() {
        @Override
        public void retain() {}

        @Override
        public void release() {}

        @Override
        public Segment load(final long position, final int length) {
            return new Segment(segment -> {}, ByteBuffer.allocateDirect(length)).lend();
        }
    };

    private static final Map<Class<?>, Supplier<Object>> ARGUMENTS = Map.ofEntries(
            Map.entry(int.class, () -> 1),
            Map.entry(long.class, () -> 1L),
            Map.entry(short.class, () -> (short) 1),
            Map.entry(float.class, () -> 1.0f),
            Map.entry(double.class, () -> 1.0),
            Map.entry(boolean.class, () -> true),
            Map.entry(byte[].class, () -> new byte[4]),
            Map.entry(String.class, () -> "text"),
            Map.entry(CharSequence.class, () -> "text"),
            Map.entry(Object.class, () -> "attachment"),
            Map.entry(Object[].class, () -> new Object[0]),
            Map.entry(DirectBuffer.class, LockDoorsTest::memory),
            Map.entry(MutableDirectBuffer.class, LockDoorsTest::memory),
            Map.entry(UnsafeBuffer.class, LockDoorsTest::memory),
            Map.entry(DirectBuffer[].class, () -> new DirectBuffer[] {memory()}),
            Map.entry(ByteBuffer.class, () -> ByteBuffer.allocate(4)),
            Map.entry(ByteBuffer[].class, () -> new ByteBuffer[] {ByteBuffer.allocate(4)}),
            Map.entry(EvIovec.class, () -> new EvIovec(4)),
            Map.entry(EolStyle.class, () -> EolStyle.LF),
            Map.entry(EolMatch.class, EolMatch::new),
            Map.entry(BufferEnd.class, () -> BufferEnd.END),
            Map.entry(ReleaseHandler.class, () -> (ReleaseHandler) (memory, extent, attachment) -> {}),
            Map.entry(EvBufferListener.class, () -> (EvBufferListener) (of, change) -> {}),
            Map.entry(Executor.class, () -> (Executor) Runnable::run),
            Map.entry(EvBufferStats.class, EvBufferStats::new),
            Map.entry(UnloadedBytes.class, () -> NO_BYTES),
            Map.entry(UnloadedExtent.class, UnloadedExtent::new));

    private static UnsafeBuffer memory() {
        return new UnsafeBuffer(ByteBuffer.allocateDirect(8));
    }

    private Object argument(final Class<?> type, final EvBuffer buffer) {
        if (type == EvPosition.class) return new EvPosition(buffer);
        if (type == SegmentSource.class) return buffers.source();
        final Supplier<Object> known = ARGUMENTS.get(type);
        if (known == null) throw new AssertionError("no argument for " + type);
        return known.get();
    }
}
