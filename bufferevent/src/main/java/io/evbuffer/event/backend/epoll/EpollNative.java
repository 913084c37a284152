package io.evbuffer.event.backend.epoll;

import io.evbuffer.event.backend.posix.Errno;
import io.evbuffer.event.backend.posix.NativeAccess;
import io.evbuffer.event.backend.posix.PosixNative;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The calls of epoll as one backend makes them, with their memory: one part for waiting, one for changes, as a change may be
 * looked at while another thread waits. Each answers what the system does, or the error's number made negative.
 *
 * <p>Threads: the part for waiting belongs to the loop's thread, the part for changes to who holds the base's lock.
 */
final class EpollNative {
    static final int CTL_ADD = 1;
    static final int CTL_DEL = 2;
    static final int CTL_MOD = 3;

    static final int IN = 0x1;
    static final int PRI = 0x2;
    static final int OUT = 0x4;
    static final int ERR = 0x8;
    static final int HUP = 0x10;
    static final int RDHUP = 0x2000;
    static final int ET = 1 << 31;

    static final int FIRST_EVENTS = 32;
    static final int MOST_EVENTS = 4096;

    private static final int CLOEXEC = 0x80000;
    private static final boolean PACKED = !NativeAccess.isArm();
    private static final int EVENT = PACKED ? 12 : 16; // struct epoll_event: what happened, and our number
    private static final int DATA = PACKED ? 4 : 8;
    private static final long NANOS = 1_000_000_000;
    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final long NANOS_PER_MICRO = 1_000;
    private static final long SET_PARAMETERS = 0x40088a01; // EPIOCSPARAMS, of Linux 6.9

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    private static final MethodHandle CREATE = PosixNative.call("epoll_create1", INT, INT);
    private static final MethodHandle CTL = PosixNative.call("epoll_ctl", INT, INT, INT, INT, LONG);
    private static final MethodHandle WAIT = PosixNative.call("epoll_wait", INT, INT, LONG, INT, INT);
    private static final MethodHandle PRECISE_WAIT = findPreciseWait();
    private static final MethodHandle IOCTL = PosixNative.variadic("ioctl", 2, INT, INT, LONG, LONG);

    // Variables, so that they are compiled by themselves: see PosixNative.
    private final MethodHandle ctl = CTL;
    private final MethodHandle wait = WAIT;
    private final MethodHandle preciseWait = PRECISE_WAIT;

    // Of waiting:
    private final MemorySegment waitState = PosixNative.newCallState();
    private final UnsafeBuffer limit = newMemory(16); // struct timespec
    private UnsafeBuffer events = newMemory(FIRST_EVENTS * EVENT);
    private boolean precise = PRECISE_WAIT != WAIT;

    // Of changes:
    private final MemorySegment changeState = PosixNative.newCallState();
    private final UnsafeBuffer change = newMemory(EVENT);

    private static UnsafeBuffer newMemory(final int bytes) {
        return new UnsafeBuffer(ByteBuffer.allocateDirect(bytes));
    }

    /** The wait that takes nanoseconds, or the other one where the C library does not know it. */
    private static MethodHandle findPreciseWait() {
        try {
            return PosixNative.call("epoll_pwait2", INT, INT, LONG, INT, LONG, LONG);
        } catch (final UnsatisfiedLinkError e) {
            return WAIT;
        }
    }

    int create() {
        try {
            final int result = (int) CREATE.invokeExact(changeState, CLOEXEC);
            return result >= 0 ? result : -PosixNative.errno(changeState);
        } catch (final Throwable e) {
            throw PosixNative.impossible(e);
        }
    }

    int change(final int epoll, final int operation, final int fd, final int wanted, final long data) {
        try {
            change.putInt(0, wanted);
            change.putLong(DATA, data);
            final int result = (int) ctl.invokeExact(changeState, epoll, operation, fd, change.addressOffset());
            return result >= 0 ? result : -PosixNative.errno(changeState);
        } catch (final Throwable e) {
            throw PosixNative.impossible(e);
        }
    }

    /** Has each wait poll network devices for some time before it sleeps. Returns the error of a system that does not. */
    int busyPoll(final int epoll, final long nanos) {
        final long micros = nanos / NANOS_PER_MICRO + (nanos % NANOS_PER_MICRO == 0 ? 0 : 1);
        try {
            change.putInt(0, (int) Math.min(micros, Integer.MAX_VALUE)); // struct epoll_params: the time,
            change.putInt(4, 0); // and what else there is as the system has it
            final int result = (int) IOCTL.invokeExact(changeState, epoll, SET_PARAMETERS, change.addressOffset());
            return result >= 0 ? result : -PosixNative.errno(changeState);
        } catch (final Throwable e) {
            throw PosixNative.impossible(e);
        }
    }

    /** Waits. Returns how many events there are, 0 if a signal came first. */
    int await(final int epoll, final long nanos) {
        final int result = precise ? awaitPrecisely(epoll, nanos) : awaitMillis(epoll, nanos);
        return result == -Errno.EINTR ? 0 : result;
    }

    private int awaitPrecisely(final int epoll, final long nanos) {
        try {
            long until = 0;
            if (nanos >= 0) {
                limit.putLong(0, nanos / NANOS);
                limit.putLong(8, nanos % NANOS);
                until = limit.addressOffset();
            }
            final int result =
                    (int) preciseWait.invokeExact(waitState, epoll, events.addressOffset(), capacity(), until, 0L);
            if (result >= 0) return result;
            final int errno = PosixNative.errno(waitState);
            if (errno != Errno.ENOSYS && errno != Errno.EPERM) return -errno;
            precise = false; // the system does not have it, or a filter of calls does not let it through
            return awaitMillis(epoll, nanos);
        } catch (final Throwable e) {
            throw PosixNative.impossible(e);
        }
    }

    /** Rounded up; a longer wait than the call has ends early, and the loop waits again. */
    private int awaitMillis(final int epoll, final long nanos) {
        final long millis = nanos < 0 ? -1 : nanos / NANOS_PER_MILLI + (nanos % NANOS_PER_MILLI == 0 ? 0 : 1);
        try {
            final int result = (int) wait.invokeExact(
                    waitState, epoll, events.addressOffset(), capacity(), (int) Math.min(millis, Integer.MAX_VALUE));
            return result >= 0 ? result : -PosixNative.errno(waitState);
        } catch (final Throwable e) {
            throw PosixNative.impossible(e);
        }
    }

    /** How many events one wait can tell. */
    int capacity() {
        return events.capacity() / EVENT;
    }

    /** All room was needed: makes twice as much, up to a limit. What the last wait has told is lost. */
    void grow() {
        final UnsafeBuffer outgrown = events;
        if (capacity() >= MOST_EVENTS) return;
        events = newMemory(2 * outgrown.capacity());
        BufferUtil.free(outgrown);
    }

    /** What happened. */
    int what(final int index) {
        return events.getInt(index * EVENT);
    }

    /** Our number. */
    long data(final int index) {
        return events.getLong(index * EVENT + DATA);
    }

    /** The memory goes; no call may follow. */
    void free() {
        BufferUtil.free(events);
        BufferUtil.free(limit);
        BufferUtil.free(change);
    }
}
