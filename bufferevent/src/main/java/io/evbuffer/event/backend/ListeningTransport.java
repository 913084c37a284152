package io.evbuffer.event.backend;

import io.evbuffer.EvIovec;
import io.evbuffer.event.Transport;
import java.io.IOException;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What a listening socket answers to all that only a stream can do, the same in every backend: an {@link IOException}, or that
 * there is no connection.
 *
 * <p><b>Threads and cost:</b> any, without a system call.
 */
public interface ListeningTransport extends Transport {
    @Override
    default boolean isListener() {
        return true;
    }

    @Override
    default boolean isConnected() {
        return false;
    }

    @Override
    default @Nullable SocketAddress remoteAddress() {
        return null;
    }

    @Override
    default long read(final EvIovec vectors) throws IOException {
        throw noStream();
    }

    @Override
    default long write(final EvIovec vectors) throws IOException {
        throw noStream();
    }

    @Override
    default boolean connect(final SocketAddress peer) throws IOException {
        throw noStream();
    }

    @Override
    default boolean finishConnect() throws IOException {
        throw noStream();
    }

    @Override
    default void shutdownOutput() throws IOException {
        throw noStream();
    }

    private IOException noStream() {
        return new IOException("a listening socket is no stream: " + this);
    }
}
