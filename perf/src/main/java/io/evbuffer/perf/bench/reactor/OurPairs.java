package io.evbuffer.perf.bench.reactor;

import io.evbuffer.EvBuffer;
import io.evbuffer.EvIovec;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.Transport;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/** Pairs of connected Unix sockets on a base of ours: a byte that is written to one end of a pair is read at the other. */
final class OurPairs {
    /** More than are ever under way. */
    private static final int MOST = 128;

    private final EventBase base;
    private final EvBuffer input;
    private final EvBuffer output;
    private final EvIovec space = new EvIovec(1);
    private final EvIovec bytes = new EvIovec(1);
    private Transport[] writers = {};
    private Transport[] readers = {};

    OurPairs(final String method) {
        base = Reactors.singleThreadedBase(method);
        input = new EvBuffer(base.pool());
        output = new EvBuffer(base.pool());
        output.add(new byte[1]);
        input.reserveSpace(MOST, space);
        space.limit(MOST);
        output.peek(1, bytes);
    }

    EventBase base() {
        return base;
    }

    void open(final int pairs) throws IOException {
        final Path path = Reactors.socketPath();
        final SocketAddress address = UnixDomainSocketAddress.of(path);
        writers = new Transport[pairs];
        readers = new Transport[pairs];
        try (Transport listener = base.openListener(address)) {
            listener.bind(address, 1);
            for (int i = 0; i < pairs; i++) {
                writers[i] = base.openStream(address);
                if (!writers[i].connect(address)) throw new IOException("a Unix socket connects at once");
                final Transport reader = listener.accept();
                if (reader == null) throw new IOException("the connection is not there");
                readers[i] = reader;
            }
        } finally {
            Files.deleteIfExists(path);
        }
    }

    Transport reader(final int pair) {
        return readers[pair];
    }

    /** Takes the bytes that have come, by one read, as Netty does; how many there were. */
    int read(final int pair) throws IOException {
        return Math.toIntExact(Math.max(0, readers[pair].read(space)));
    }

    void send(final int pair) {
        try {
            if (writers[pair].write(bytes) != 1) throw new IllegalStateException("no room for a byte");
        } catch (final IOException e) {
            throw new IllegalStateException("a byte was not written", e);
        }
    }

    void close() throws IOException {
        input.close();
        output.close();
        base.close();
        for (final Transport writer : writers) writer.close();
        for (final Transport reader : readers) reader.close();
    }
}
