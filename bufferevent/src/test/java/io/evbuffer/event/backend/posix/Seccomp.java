package io.evbuffer.event.backend.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * A thread to which the system refuses some calls, by a filter as containers have it (seccomp): what a missing feature of the
 * kernel or a policy does to us, without either.
 */
public final class Seccomp {
    /** Calls that can be refused, with their numbers on x86 and ARM. */
    public enum Call {
        EPOLL_CREATE1(291, 20),
        EPOLL_WAIT(232, -1),
        EPOLL_PWAIT(281, 22),
        EPOLL_PWAIT2(441, 441),
        PPOLL(271, 73),
        EVENTFD2(290, 19),
        SENDFILE(40, 71),
        IOCTL(16, 29);

        private final int x86;
        private final int arm;

        Call(final int x86, final int arm) {
            this.x86 = x86;
            this.arm = arm;
        }

        private int number() {
            return System.getProperty("os.arch").equals("aarch64") ? arm : x86;
        }
    }

    private static final int PR_SET_SECCOMP = 22;
    private static final int PR_SET_NO_NEW_PRIVS = 38;
    private static final long MODE_FILTER = 2;
    private static final short LOAD = 0x20;
    private static final short JUMP_IF_EQUAL = 0x15;
    private static final short RETURN = 0x06;
    private static final int ERROR = 0x00050000;
    private static final int ALLOW = 0x7fff0000;
    private static final int INSTRUCTION = 8;

    private Seccomp() {}

    /** Runs code in a thread of its own in which these calls answer with an error. What it throws is thrown on. */
    public static <T> T without(final int errno, final Callable<T> code, final Call... calls) throws Exception {
        final FutureTask<T> task = new FutureTask<>(() -> {
            install(errno, calls);
            return code.call();
        });
        final Thread thread = Thread.ofPlatform().daemon().start(task);
        try {
            return task.get();
        } catch (final ExecutionException e) {
            if (e.getCause() instanceof final Exception cause) throw cause;
            if (e.getCause() instanceof final Error cause) throw cause;
            throw e;
        } finally {
            thread.join();
        }
    }

    private static void install(final int errno, final Call... calls) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment filter = arena.allocate((2L + 2L * calls.length) * INSTRUCTION, 8);
            int at = 0;
            put(filter, at++, LOAD, 0, 0, 0); // the number of the call
            for (final Call call : calls) {
                put(filter, at++, JUMP_IF_EQUAL, 0, 1, call.number());
                put(filter, at++, RETURN, 0, 0, ERROR | errno);
            }
            put(filter, at++, RETURN, 0, 0, ALLOW);
            final MemorySegment program = arena.allocate(16, 8);
            program.set(ValueLayout.JAVA_SHORT, 0, (short) at);
            program.set(ValueLayout.JAVA_LONG, 8, filter.address());
            control(PR_SET_NO_NEW_PRIVS, 1, 0);
            control(PR_SET_SECCOMP, MODE_FILTER, program.address());
        }
    }

    private static void put(
            final MemorySegment filter,
            final int index,
            final short code,
            final int yes,
            final int no,
            final int value) {
        final long offset = (long) index * INSTRUCTION;
        filter.set(ValueLayout.JAVA_SHORT, offset, code);
        filter.set(ValueLayout.JAVA_BYTE, offset + 2, (byte) yes);
        filter.set(ValueLayout.JAVA_BYTE, offset + 3, (byte) no);
        filter.set(ValueLayout.JAVA_INT, offset + 4, value);
    }

    private static void control(final int option, final long first, final long second) {
        final ValueLayout.OfLong number = ValueLayout.JAVA_LONG;
        final MethodHandle prctl = PosixNative.variadic(
                "prctl", 1, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, number, number, number, number);
        final MemorySegment state = PosixNative.newCallState();
        try {
            final int result = (int) prctl.invokeExact(state, option, first, second, 0L, 0L);
            if (result < 0) throw new AssertionError("prctl: " + Errno.text(PosixNative.errno(state)));
        } catch (final Throwable e) {
            throw new AssertionError("no filter of system calls", e);
        }
    }
}
