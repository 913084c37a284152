package io.evbuffer.event.backend.poll;

import io.evbuffer.event.backend.posix.Errno;
import io.evbuffer.event.backend.posix.PosixNative;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The call of poll as one backend makes it, with the array it works on: a number, what is wanted and what has happened, for
 * each descriptor.
 *
 * <p>Threads: the loop's, or while no loop runs any with the base's lock.
 */
final class PollNative {
    static final int IN = 0x1;
    static final int OUT = 0x4;
    static final int ERR = 0x8;
    static final int HUP = 0x10;
    static final int INVALID = 0x20;
    static final int RDHUP = 0x2000;

    private static final int ENTRY = 8; // struct pollfd: an int and two shorts
    private static final int WANTED = 4;
    private static final int HAPPENED = 6;
    private static final int FIRST_ENTRIES = 32;
    private static final long NANOS = 1_000_000_000;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final MethodHandle PPOLL = PosixNative.call("ppoll", INT, LONG, LONG, LONG, LONG);

    private final MethodHandle ppoll = PPOLL; // a variable, so that it is compiled by itself: see PosixNative
    private final MemorySegment state = PosixNative.newCallState();
    private final UnsafeBuffer limit = newMemory(16); // struct timespec
    private UnsafeBuffer entries = newMemory(FIRST_ENTRIES * ENTRY);

    private static UnsafeBuffer newMemory(final int bytes) {
        return new UnsafeBuffer(ByteBuffer.allocateDirect(bytes));
    }

    /** Sets an entry, which may be one behind the last so far. */
    void set(final int index, final int fd, final int wanted) {
        if ((index + 1) * ENTRY > entries.capacity()) grow();
        entries.putInt(index * ENTRY, fd);
        entries.putShort(index * ENTRY + WANTED, (short) wanted);
        entries.putShort(index * ENTRY + HAPPENED, (short) 0);
    }

    private void grow() {
        final UnsafeBuffer outgrown = entries;
        entries = newMemory(2 * outgrown.capacity());
        entries.putBytes(0, outgrown, 0, outgrown.capacity());
        BufferUtil.free(outgrown);
    }

    /** Puts one entry in the place of another. */
    void move(final int from, final int to) {
        entries.putLong(to * ENTRY, entries.getLong(from * ENTRY));
    }

    /** What has happened to a descriptor. */
    int happened(final int index) {
        return entries.getShort(index * ENTRY + HAPPENED);
    }

    /** Waits. Returns how many descriptors are ready, 0 if a signal came first, or the error's number made negative. */
    int await(final int count, final long nanos) {
        try {
            long until = 0;
            if (nanos >= 0) {
                limit.putLong(0, nanos / NANOS);
                limit.putLong(8, nanos % NANOS);
                until = limit.addressOffset();
            }
            final int result = (int) ppoll.invokeExact(state, entries.addressOffset(), (long) count, until, 0L);
            if (result >= 0) return result;
            final int errno = PosixNative.errno(state);
            return errno == Errno.EINTR ? 0 : -errno;
        } catch (final Throwable e) {
            throw PosixNative.impossible(e);
        }
    }

    /** The memory goes; no call may follow. */
    void free() {
        BufferUtil.free(entries);
        BufferUtil.free(limit);
    }
}
