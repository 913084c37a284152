package io.evbuffer.perf.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/** What a client at the end of a stream does, with blocking sockets and a virtual thread each. */
public final class BlockingEnds {
    private BlockingEnds() {}

    /** The same bytes for the same seed. */
    public static byte[] bytes(final int seed, final int count) {
        final byte[] bytes = new byte[count];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** Writes and ends the stream. */
    public static CompletableFuture<Void> write(final Socket socket, final byte[] bytes) {
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        socket.getOutputStream().write(bytes);
                        socket.shutdownOutput();
                    } catch (final IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                Thread::startVirtualThread);
    }

    /** Reads until the stream ends. */
    public static CompletableFuture<byte[]> readAll(final Socket socket) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return socket.getInputStream().readAllBytes();
                    } catch (final IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                Thread::startVirtualThread);
    }
}
