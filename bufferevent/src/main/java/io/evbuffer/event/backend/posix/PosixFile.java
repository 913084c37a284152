package io.evbuffer.event.backend.posix;

import io.evbuffer.channel.FileSource;
import io.evbuffer.memory.Segment;
import java.io.EOFException;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.util.Objects;
import org.agrona.BufferUtil;

/**
 * A file by its descriptor, which a {@link PosixStream} sends without bringing it into memory.
 *
 * <p>Threads: any, several at a time; the last call of a closed file closes the descriptor, as with sockets.
 */
final class PosixFile implements FileSource {
    private static final long MOST_SENT = 0x7ffff000L; // by one call, as the system has it
    private static final VarHandle USERS;

    static {
        try {
            USERS = MethodHandles.lookup().findVarHandle(PosixFile.class, "users", int.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Path path;
    private final int fd;
    private volatile boolean closed;
    private volatile int users = 1; // the owner until it closes, and each call that is under way; 0 is the end

    private PosixFile(final Path path, final int fd) {
        this.path = path;
        this.fd = fd;
    }

    static PosixFile open(final Path path) throws IOException {
        if (!path.getFileSystem().equals(FileSystems.getDefault())) throw new ProviderMismatchException();
        final byte[] name = PosixAddress.pathBytes(path.toString().isEmpty() ? "." : path.toString());
        final ByteBuffer memory = ByteBuffer.allocateDirect(name.length + 1).put(name);
        try {
            final int fd = PosixNative.get().openToRead(BufferUtil.address(memory));
            if (fd < 0) throw Errno.ofFile(-fd, path.toString());
            return new PosixFile(path, fd);
        } finally {
            BufferUtil.free(memory);
        }
    }

    private int enter() throws ClosedChannelException {
        int now;
        do {
            now = users;
            if (now == 0 || closed) throw new ClosedChannelException();
        } while (!USERS.compareAndSet(this, now, now + 1));
        return fd;
    }

    private int exit() {
        return (int) USERS.getAndAdd(this, -1) == 1 ? PosixNative.get().close(fd) : 0;
    }

    @Override
    public long size() throws IOException {
        final int file = enter();
        try {
            final long length = PosixNative.get().lengthOf(file);
            if (length < 0) throw Errno.of(path.toString(), (int) -length);
            return length;
        } finally {
            exit();
        }
    }

    @Override
    public int read(final long position, final Segment target, final int offset, final int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.capacity());
        if (position < 0) throw new IllegalArgumentException("negative position: " + position);
        final int file = enter();
        try {
            final long result = PosixNative.get().readAt(file, position, target.address() + offset, length);
            if (result < 0) throw Errno.of(path.toString(), (int) -result);
            return result == 0 ? END_OF_FILE : (int) result;
        } finally {
            exit();
        }
    }

    /** Sends once to a socket, as {@link io.evbuffer.channel.GatherSink#send} has it. */
    long sendTo(final int socket, final long position, final long count) throws IOException {
        final int file = enter();
        try {
            final long sent = PosixNative.get().sendFile(socket, file, position, Math.min(count, MOST_SENT));
            if (sent > 0) return sent;
            if (sent == -Errno.EAGAIN) return 0;
            if (sent == 0) throw new EOFException("nothing to send from " + position + " on: " + this);
            if (isRefusal((int) -sent)) return CANNOT_TRANSFER;
            throw Errno.ofSocket((int) -sent);
        } finally {
            exit();
        }
    }

    /** Such a file has no pages to send, the system does not know the call, or a filter of calls does not let it through. */
    private static boolean isRefusal(final int errno) {
        return errno == Errno.EINVAL || errno == Errno.ENOSYS || errno == Errno.EPERM;
    }

    @Override
    public void close() throws IOException {
        synchronized (path) {
            if (closed) return;
            closed = true;
        }
        final int result = exit();
        if (result < 0) throw Errno.of(path.toString(), -result);
    }

    @Override
    public String toString() {
        return "FileSource[" + path + "]";
    }
}
