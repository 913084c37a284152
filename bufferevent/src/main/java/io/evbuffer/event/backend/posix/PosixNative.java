package io.evbuffer.event.backend.posix;

import io.evbuffer.EvIovec;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The system calls for sockets and files, as one thread makes them: with the memory they need. Each answers what the system
 * does, or the error's number made negative; a call that a signal interrupted is made again.
 *
 * <p>To be touched only where {@link NativeAccess#refusal()} is null. No call is critical: that would save 5 ns and hold up
 * safepoints. The error's number is captured by the call itself, before the JVM can change it.
 *
 * <p><b>Cost:</b> no allocation after the first calls of a thread. <b>Threads:</b> each thread has its own, {@link #get()}.
 */
public final class PosixNative {
    static final int AF_UNIX = 1;
    static final int AF_INET = 2;
    static final int AF_INET6 = 10;
    static final int SOCK_STREAM = 1;
    static final int NON_BLOCKING_AND_CLOSED_ON_EXEC =
            0x800 | 0x80000; // SOCK_NONBLOCK, SOCK_CLOEXEC; of eventfd as well
    static final int SHUT_RD = 0;
    static final int SHUT_WR = 1;
    static final int SHUT_RDWR = 2;

    /** The room for a socket's address: what {@code sockaddr_storage} has. */
    static final int ADDRESS_ROOM = 128;

    private static final int O_CLOEXEC = 0x80000;
    private static final int O_NONBLOCK = 0x800;
    private static final int F_GETFD = 1;
    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int SEEK_CUR = 1;
    private static final int SEEK_END = 2;
    private static final short POLLOUT = 4;
    private static final long MSG_NOSIGNAL = 0x4000;

    // What recv and send call, by the kernel's numbers (asm/unistd.h). The C library's own functions let the thread be
    // cancelled
    // meanwhile and take that back, which is no use here and costs two locked instructions: 245 ns instead of 228 to
    // find a
    // socket empty (glibc 2.36). A library that is preloaded to stand
    // in for recv and send is passed by.
    private static final long SENDTO = NativeAccess.isArm() ? 206 : 44;
    private static final long RECVFROM = NativeAccess.isArm() ? 207 : 45;

    private static final int IOVEC = 16; // bytes: an address and a length
    private static final int FIRST_IOVECS = 16;

    private static final boolean ERRORS_LOADED = Errno.prepare();
    private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG; // size_t, off_t and pointers, too

    private static final MethodHandle SOCKET = call("socket", INT, INT, INT, INT);
    private static final MethodHandle CONNECT = call("connect", INT, INT, LONG, INT);
    private static final MethodHandle BIND = call("bind", INT, INT, LONG, INT);
    private static final MethodHandle LISTEN = call("listen", INT, INT, INT);
    private static final MethodHandle ACCEPT = call("accept4", INT, INT, LONG, LONG, INT);
    private static final MethodHandle SYSTEM_CALL =
            variadic("syscall", 1, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG);
    private static final MethodHandle READV = call("readv", LONG, INT, LONG, INT);
    private static final MethodHandle WRITEV = call("writev", LONG, INT, LONG, INT);
    private static final MethodHandle PREAD = call("pread", LONG, INT, LONG, LONG, LONG);
    private static final MethodHandle SENDFILE = call("sendfile", LONG, INT, INT, LONG, LONG);
    private static final MethodHandle OPEN = call("open", INT, LONG, INT);
    private static final MethodHandle LSEEK = call("lseek", LONG, INT, LONG, INT);
    private static final MethodHandle FCNTL = call("fcntl", INT, INT, INT);
    private static final MethodHandle FCNTL_SET = variadic("fcntl", 2, INT, INT, INT, INT);
    private static final MethodHandle CLOSE = call("close", INT, INT);
    private static final MethodHandle SHUTDOWN = call("shutdown", INT, INT, INT);
    private static final MethodHandle GETSOCKOPT = call("getsockopt", INT, INT, INT, INT, LONG, LONG);
    private static final MethodHandle SETSOCKOPT = call("setsockopt", INT, INT, INT, INT, LONG, INT);
    private static final MethodHandle GETSOCKNAME = call("getsockname", INT, INT, LONG, LONG);
    private static final MethodHandle GETPEERNAME = call("getpeername", INT, INT, LONG, LONG);
    private static final MethodHandle SOCKETPAIR = call("socketpair", INT, INT, INT, INT, LONG);
    private static final MethodHandle EVENTFD = call("eventfd", INT, INT, INT);
    private static final MethodHandle EVENTFD_WRITE = call("eventfd_write", INT, INT, LONG);
    private static final MethodHandle POLL = call("poll", INT, LONG, LONG, INT);

    /**
     * Read, and no word of errors. The memory for an error is looked at anew by each call, as an object that the compiler leaves out
     * where it compiles all of the call into its caller; not so always where calls are as rare as wake-ups.
     */
    private static final MethodHandle CONSUME = Linker.nativeLinker()
            .downcallHandle(find(Linker.nativeLinker(), "read"), FunctionDescriptor.of(LONG, INT, LONG, LONG));

    private static final ThreadLocal<PosixNative> OF_THREAD = ThreadLocal.withInitial(PosixNative::new);

    private static final int VALUES = ADDRESS_ROOM; // offset in small: two ints or a long
    private static final int LENGTH = VALUES + 8; // offset in small: an int that says how much there is

    private final MemorySegment state = newCallState();
    private final UnsafeBuffer small = newMemory(LENGTH + 8);
    private UnsafeBuffer iovecs = newMemory(FIRST_IOVECS * IOVEC);

    // The calls that a steady loop makes are not constants: the JDK slices the memory of the error for each call,
    // 40 bytes that the compiler only takes away where it sees through the whole call. Called through a variable, the
    // handle is compiled by itself, and always seen through; as a constant it is inlined into its callers, as far as
    // their depth allows.
    private final MethodHandle systemCall = SYSTEM_CALL;
    private final MethodHandle readv = READV;
    private final MethodHandle writev = WRITEV;
    private final MethodHandle accept = ACCEPT;
    private final MethodHandle sendfile = SENDFILE;
    private final MethodHandle wake = EVENTFD_WRITE;

    private PosixNative() {
        assert ERRORS_LOADED : "errors without exceptions";
    }

    /**
     * The calls as this thread makes them.
     *
     * @return always the same for a thread.
     */
    public static PosixNative get() {
        return OF_THREAD.get();
    }

    // ---- for the classes of this kind ----

    /**
     * Links a function of the C library whose error is captured.
     *
     * @param name the function.
     * @param result what it returns.
     * @param arguments what it takes; before them stands the memory for the error.
     * @return the handle.
     * @throws UnsatisfiedLinkError if the library has none.
     */
    public static MethodHandle call(final String name, final MemoryLayout result, final MemoryLayout... arguments) {
        final Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                find(linker, name), FunctionDescriptor.of(result, arguments), Linker.Option.captureCallState("errno"));
    }

    private static MemorySegment find(final Linker linker, final String name) {
        return linker.defaultLookup()
                .find(name)
                .orElseThrow(() -> new UnsatisfiedLinkError("the C library shows no " + name));
    }

    /**
     * Links a function that takes more arguments than it names. Otherwise as {@link #call}.
     *
     * @param name the function.
     * @param fixed how many arguments it names.
     * @param result what it returns.
     * @param arguments what it takes here; before them stands the memory for the error.
     * @return the handle.
     * @throws UnsatisfiedLinkError if the library has none.
     */
    public static MethodHandle variadic(
            final String name, final int fixed, final MemoryLayout result, final MemoryLayout... arguments) {
        final Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                find(linker, name),
                FunctionDescriptor.of(result, arguments),
                Linker.Option.captureCallState("errno"),
                Linker.Option.firstVariadicArg(fixed));
    }

    /**
     * Memory for the error of a call.
     *
     * @return new memory, freed when nobody refers to it any more.
     */
    public static MemorySegment newCallState() {
        return Arena.ofAuto().allocate(CALL_STATE);
    }

    /**
     * The error of the last call that failed.
     *
     * @param state the memory that was given to the call.
     * @return its number.
     */
    public static int errno(final MemorySegment state) {
        return (int) ERRNO.get(state, 0L);
    }

    /**
     * What a call cannot throw.
     *
     * @param thrown it was thrown all the same.
     * @return to be thrown.
     */
    public static AssertionError impossible(final Throwable thrown) {
        return new AssertionError("a system call does not throw", thrown);
    }

    private static UnsafeBuffer newMemory(final int bytes) {
        return new UnsafeBuffer(ByteBuffer.allocateDirect(bytes));
    }

    private int orError(final int result) {
        return result >= 0 ? result : -errno(state);
    }

    private long orError(final long result) {
        return result >= 0 ? result : -errno(state);
    }

    // ---- bytes ----

    /**
     * Reads as many vectors of a socket as there are. If it is one, with the socket's own call, which does not pass through
     * what the kernel does for files.
     */
    long read(final int fd, final EvIovec vectors) {
        final int count = vectors.size();
        long result;
        do {
            result = count == 1
                    ? readOne(fd, vectors.address(0), vectors.length(0))
                    : readMany(fd, fill(vectors, count), count);
        } while (result == -Errno.EINTR);
        return result;
    }

    /** Writes as many vectors to a socket as there are, with the socket's own call if it is one. */
    long write(final int fd, final EvIovec vectors) {
        final int count = vectors.size();
        long result;
        do {
            result = count == 1
                    ? writeOne(fd, vectors.address(0), vectors.length(0))
                    : writeMany(fd, fill(vectors, count), count);
        } while (result == -Errno.EINTR);
        return result;
    }

    private long readOne(final int fd, final long address, final long length) {
        try {
            final long result = (long) systemCall.invokeExact(state, RECVFROM, (long) fd, address, length, 0L, 0L, 0L);
            return result >= 0 ? result : -errno(state);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    private long readMany(final int fd, final long array, final int count) {
        try {
            final long result = (long) readv.invokeExact(state, fd, array, count);
            return result >= 0 ? result : -errno(state);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    private long writeOne(final int fd, final long address, final long length) {
        try {
            final long result =
                    (long) systemCall.invokeExact(state, SENDTO, (long) fd, address, length, MSG_NOSIGNAL, 0L, 0L);
            return result >= 0 ? result : -errno(state);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    private long writeMany(final int fd, final long array, final int count) {
        try {
            final long result = (long) writev.invokeExact(state, fd, array, count);
            return result >= 0 ? result : -errno(state);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** Writes the vectors into the array that the system reads. Returns its address. */
    private long fill(final EvIovec vectors, final int count) {
        if (count * IOVEC > iovecs.capacity()) growIovecs(count);
        final UnsafeBuffer array = iovecs;
        for (int i = 0; i < count; i++) {
            array.putLong(i * IOVEC, vectors.address(i));
            array.putLong(i * IOVEC + 8, vectors.length(i));
        }
        return array.addressOffset();
    }

    private void growIovecs(final int count) {
        final UnsafeBuffer outgrown = iovecs;
        iovecs = newMemory(Math.max(count, 2 * outgrown.capacity() / IOVEC) * IOVEC);
        BufferUtil.free(outgrown);
    }

    /** Reads from a position of a file into memory. */
    long readAt(final int fd, final long position, final long address, final long length) {
        try {
            long result;
            do {
                result = orError((long) PREAD.invokeExact(state, fd, address, length, position));
            } while (result == -Errno.EINTR);
            return result;
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** Sends from a position of a file. */
    long sendFile(final int to, final int file, final long position, final long count) {
        try {
            long result;
            do {
                small.putLong(VALUES, position);
                result = orError((long) sendfile.invokeExact(state, to, file, small.addressOffset() + VALUES, count));
            } while (result == -Errno.EINTR);
            return result;
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    // ---- descriptors ----

    /** Opens a file for reading. The path is in memory and ends with a 0. */
    int openToRead(final long path) {
        try {
            int result;
            do {
                result = orError((int) OPEN.invokeExact(state, path, O_CLOEXEC));
            } while (result == -Errno.EINTR);
            return result;
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** The length of a file; the descriptor's own position moves. */
    long lengthOf(final int fd) {
        try {
            return orError((long) LSEEK.invokeExact(state, fd, 0L, SEEK_END));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /**
     * Tells whether a number is an open descriptor.
     *
     * @param fd the number.
     * @return true if so.
     */
    public boolean isOpen(final int fd) {
        try {
            return (int) FCNTL.invokeExact(state, fd, F_GETFD) >= 0;
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /**
     * Tells whether reading or writing a descriptor may wait for its other end: it is in blocking mode, and no file with a
     * position, which never waits.
     *
     * @param fd the number.
     * @return false for a number that is no descriptor as well.
     */
    boolean mayWait(final int fd) {
        try {
            final int flags = (int) FCNTL.invokeExact(state, fd, F_GETFL);
            if (flags < 0 || (flags & O_NONBLOCK) != 0) return false;
            return (long) LSEEK.invokeExact(state, fd, 0L, SEEK_CUR) < 0;
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** Chooses whether calls on a descriptor wait. */
    int blocking(final int fd, final boolean on) {
        try {
            final int flags = (int) FCNTL.invokeExact(state, fd, F_GETFL);
            if (flags < 0) return -errno(state);
            return orError(
                    (int) FCNTL_SET.invokeExact(state, fd, F_SETFL, on ? flags & ~O_NONBLOCK : flags | O_NONBLOCK));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /**
     * Closes a descriptor. It is closed whatever the answer.
     *
     * @param fd the descriptor.
     * @return 0 or the error.
     */
    public int close(final int fd) {
        try {
            return orError((int) CLOSE.invokeExact(state, fd));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /**
     * Makes a counter to wake a sleeper with.
     *
     * @return a new descriptor or the error.
     */
    public int newWaker() {
        try {
            return orError((int) EVENTFD.invokeExact(state, 0, NON_BLOCKING_AND_CLOSED_ON_EXEC));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /**
     * Adds 1 to a counter.
     *
     * @param waker what {@link #newWaker()} made.
     * @return 0 or the error.
     */
    public int wake(final int waker) {
        try {
            return orError((int) wake.invokeExact(state, waker, 1L));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /**
     * Takes all from a counter, so that it is not ready any more.
     *
     * @param waker what {@link #newWaker()} made.
     */
    public void consume(final int waker) {
        try {
            final long result = (long) CONSUME.invokeExact(waker, small.addressOffset() + VALUES, 8L);
            assert result == 8 || result < 0 : result + " bytes of an eventfd"; // below 0: nothing was there
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    // ---- sockets ----

    int socket(final int family) {
        try {
            return orError((int) SOCKET.invokeExact(state, family, SOCK_STREAM | NON_BLOCKING_AND_CLOSED_ON_EXEC, 0));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /**
     * Makes two connected stream sockets.
     *
     * @param pair is given the descriptors.
     * @return 0 or the error.
     */
    public int socketPair(final int[] pair) {
        try {
            final int result = orError((int) SOCKETPAIR.invokeExact(
                    state, AF_UNIX, SOCK_STREAM | NON_BLOCKING_AND_CLOSED_ON_EXEC, 0, small.addressOffset() + VALUES));
            pair[0] = small.getInt(VALUES);
            pair[1] = small.getInt(VALUES + 4);
            return result;
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** Where a call finds the address of a socket, or puts it; {@value #ADDRESS_ROOM} bytes. */
    UnsafeBuffer address() {
        return small;
    }

    /** The length of the address that the last call has put. */
    int addressLength() {
        return small.getInt(LENGTH);
    }

    /** Connects to {@link #address()}. */
    int connect(final int fd, final int length) {
        try {
            return orError((int) CONNECT.invokeExact(state, fd, small.addressOffset(), length));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** Binds to {@link #address()}. */
    int bind(final int fd, final int length) {
        try {
            return orError((int) BIND.invokeExact(state, fd, small.addressOffset(), length));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    int listen(final int fd, final int backlog) {
        try {
            return orError((int) LISTEN.invokeExact(state, fd, backlog));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** Accepts a connection and puts the peer's address. */
    int accept(final int fd) {
        try {
            int result;
            do {
                small.putInt(LENGTH, ADDRESS_ROOM);
                final long at = small.addressOffset();
                result = orError((int) accept.invokeExact(state, fd, at, at + LENGTH, NON_BLOCKING_AND_CLOSED_ON_EXEC));
            } while (result == -Errno.EINTR);
            return result;
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** Puts the address of this end. */
    int localAddress(final int fd) {
        try {
            small.putInt(LENGTH, ADDRESS_ROOM);
            final long at = small.addressOffset();
            return orError((int) GETSOCKNAME.invokeExact(state, fd, at, at + LENGTH));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** Puts the address of the other end. */
    int remoteAddress(final int fd) {
        try {
            small.putInt(LENGTH, ADDRESS_ROOM);
            final long at = small.addressOffset();
            return orError((int) GETPEERNAME.invokeExact(state, fd, at, at + LENGTH));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    int shutdown(final int fd, final int how) {
        try {
            return orError((int) SHUTDOWN.invokeExact(state, fd, how));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** Sets an option of one int, or of two. */
    int option(final int fd, final int level, final int name, final int first, final int second, final int ints) {
        try {
            small.putInt(VALUES, first);
            small.putInt(VALUES + 4, second);
            return orError(
                    (int) SETSOCKOPT.invokeExact(state, fd, level, name, small.addressOffset() + VALUES, 4 * ints));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** Asks for an option, which {@link #value} then has. */
    int option(final int fd, final int level, final int name) {
        try {
            small.putLong(VALUES, 0);
            small.putInt(LENGTH, 8);
            final long at = small.addressOffset();
            return orError((int) GETSOCKOPT.invokeExact(state, fd, level, name, at + VALUES, at + LENGTH));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** The first or second int of the option that was asked for last. */
    int value(final int index) {
        return small.getInt(VALUES + 4 * index);
    }

    /** Says without waiting whether a connect has ended, well or not: 0 if it still goes on. */
    int connectEnded(final int fd) {
        try {
            small.putInt(VALUES, fd);
            small.putShort(VALUES + 4, POLLOUT);
            small.putShort(VALUES + 6, (short) 0);
            return orError((int) POLL.invokeExact(state, small.addressOffset() + VALUES, 1L, 0));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }
}
