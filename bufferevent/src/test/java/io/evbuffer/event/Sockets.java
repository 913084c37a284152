package io.evbuffer.event;

import io.evbuffer.EvBuffer;
import io.evbuffer.EvIovec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Connected pairs of transports of one base, and bytes through them. Closes all it made. */
final class Sockets implements AutoCloseable {
    /** A connected pair. */
    record Pair(Transport a, Transport b) {}

    private final EventBase base;
    private final EvBuffer buffer;
    private final EvIovec vectors = new EvIovec(1);
    private final Deque<Transport> opened = new ArrayDeque<>();

    Sockets(final EventBase base) {
        this.base = base;
        this.buffer = new EvBuffer(base.pool());
    }

    static SocketAddress loopback() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    <T extends Transport> T keep(final T transport) {
        opened.push(transport);
        return transport;
    }

    Transport listen() throws IOException {
        final Transport listener = keep(base.openListener(null));
        listener.bind(loopback(), 128);
        return listener;
    }

    Transport open() {
        return keep(base.openStream(null));
    }

    /** Connects over the loopback, which needs no loop. */
    Pair pair() throws IOException {
        final Transport listener = listen();
        final Pair pair = pair(listener);
        listener.close();
        return pair;
    }

    Pair pair(final Transport listener) throws IOException {
        final Transport a = open();
        if (!a.connect(Objects.requireNonNull(listener.localAddress()))) {
            while (!a.finishConnect()) Thread.onSpinWait();
        }
        Transport b = listener.accept();
        while (b == null) b = listener.accept();
        return new Pair(a, keep(b));
    }

    /** Writes all it can, and says how much. */
    int send(final Transport to, final byte[] bytes) throws IOException {
        buffer.add(bytes);
        try {
            buffer.peek(bytes.length, vectors);
            return (int) to.write(vectors);
        } finally {
            vectors.clear();
            buffer.drain(buffer.length());
        }
    }

    int send(final Transport to, final String text) throws IOException {
        return send(to, text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Reads once: null at the end of the stream, empty if nothing is there. */
    @Nullable
    String receive(final Transport from, final int max) throws IOException {
        buffer.reserveSpace(max, vectors);
        final long read = from.read(vectors.limit(max));
        if (read <= 0) {
            vectors.clear();
            return read < 0 ? null : "";
        }
        buffer.commitSpace(vectors, read);
        vectors.clear();
        final String text = new String(buffer.copyToArray(), StandardCharsets.US_ASCII);
        buffer.drain(buffer.length());
        return text;
    }

    /** Writes until the kernel takes no more. */
    void fill(final Transport to) throws IOException {
        final byte[] bytes = new byte[64 * 1024];
        while (send(to, bytes) > 0) Thread.onSpinWait();
    }

    @Override
    public void close() throws IOException {
        buffer.close();
        for (final Transport transport : opened) transport.close();
    }
}
