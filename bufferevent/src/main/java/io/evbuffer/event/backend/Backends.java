package io.evbuffer.event.backend;

import io.evbuffer.event.backend.epoll.EpollBackend;
import io.evbuffer.event.backend.nio.NioBackend;
import io.evbuffer.event.backend.poll.PollBackend;
import io.evbuffer.event.backend.posix.NativeAccess;
import java.util.List;

/** Every kind of backend this library has, in the order in which they are tried. */
public final class Backends {
    private static final List<BackendProvider> ALL = NativeAccess.isKnownPlatform()
            ? List.of(EpollBackend.PROVIDER, PollBackend.PROVIDER, NioBackend.PROVIDER)
            : List.of(NioBackend.PROVIDER);

    private Backends() {}

    /**
     * The kinds this platform can have, best first. Nothing is opened.
     *
     * @return an unmodifiable list.
     */
    public static List<BackendProvider> all() {
        return ALL;
    }
}
