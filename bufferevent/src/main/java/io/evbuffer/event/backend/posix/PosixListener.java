package io.evbuffer.event.backend.posix;

import io.evbuffer.event.Transport;
import io.evbuffer.event.backend.ListeningTransport;
import io.evbuffer.event.backend.SystemCalls;
import java.io.IOException;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** A listening socket. */
final class PosixListener extends PosixTransport implements ListeningTransport {
    private static final int LONGEST_BACKLOG = 4096; // the system takes less if it is set to

    PosixListener(final SystemCalls calls, final int fd, final int family) {
        super(calls, fd, family);
    }

    @Override
    public void bind(final @Nullable SocketAddress local, final int backlog) throws IOException {
        final int fd = enter();
        try {
            bindTo(fd, local);
            calls.count(SystemCalls.Kind.OTHER);
            final int result = PosixNative.get().listen(fd, backlog <= 0 ? LONGEST_BACKLOG : backlog);
            if (result < 0) throw Errno.ofSocket(-result);
        } finally {
            exit();
        }
    }

    @Override
    public @Nullable Transport accept() throws IOException {
        final int fd = enter();
        try {
            final PosixNative system = PosixNative.get();
            int accepted;
            do {
                calls.count(SystemCalls.Kind.ACCEPT);
                accepted = system.accept(fd);
            } while (accepted == -Errno.ECONNABORTED || accepted == -Errno.EPROTO); // of a connection that is gone
            if (accepted == -Errno.EAGAIN) return null;
            if (accepted < 0) throw Errno.ofSocket(-accepted);
            return stream(system, accepted);
        } finally {
            exit();
        }
    }

    private Transport stream(final PosixNative system, final int accepted) throws IOException {
        try {
            final SocketAddress peer = PosixAddress.get(system.address(), system.addressLength());
            return new PosixStream(calls, accepted, family, peer);
        } catch (final IOException | RuntimeException | Error e) {
            system.close(accepted);
            throw e;
        }
    }
}
