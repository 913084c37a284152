package io.evbuffer.perf.bench.reactor;

import io.evbuffer.event.EventBase;
import io.evbuffer.event.EventConfig;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reactors by their methods. */
final class Reactors {
    private Reactors() {}

    /** Opens a base with one method and no other, which any thread may use. */
    static EventBase base(final String method) {
        return EventBase.open(EventConfig.create().ignoreEnvironment().onlyMethod(method));
    }

    /** Opens a base that one thread alone uses: without locks, as libevent's when nobody asked for threads. */
    static EventBase singleThreadedBase(final String method) {
        return EventBase.open(
                EventConfig.create().ignoreEnvironment().onlyMethod(method).flags(EventConfig.NOLOCK));
    }

    static IoHandlerFactory nettyEpoll() {
        Epoll.ensureAvailability();
        return EpollIoHandler.newFactory();
    }

    static IoHandlerFactory nettyNio() {
        return NioIoHandler.newFactory();
    }

    /** A loop of Netty's that the calling thread runs. */
    static ManualIoEventLoop nettyLoop(final IoHandlerFactory factory) {
        return new ManualIoEventLoop(Thread.currentThread(), factory);
    }

    /** A path for a socket, where nothing is yet. */
    static Path socketPath() {
        try {
            final Path path = Files.createTempFile("evbuffer-ring-", ".socket");
            Files.delete(path);
            path.toFile().deleteOnExit();
            return path;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
