package io.evbuffer.perf.load;

import io.evbuffer.bufferevent.BufferEvent;
import io.evbuffer.bufferevent.Directions;
import io.evbuffer.bufferevent.EventFlags;
import io.evbuffer.bufferevent.Options;
import io.evbuffer.bufferevent.SocketBufferEvent;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.Transport;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One of a client's connections: sends a message, compares what comes back, sends the next. */
final class LoadConnection {
    private final LoadClient client;
    private final int number;
    private final SocketBufferEvent stream;
    private long sent;
    private long back;
    private long goal;

    LoadConnection(final LoadClient client, final EventBase base, final int number) {
        this.client = client;
        this.number = number;
        stream = SocketBufferEvent.create(base, null, Options.CLOSE_ON_FREE);
        stream.maxSingleRead(Pattern.LONGEST);
        stream.maxSingleWrite(Pattern.LONGEST);
        stream.setCallbacks(this::received, null, (source, what, cause) -> told(what, cause));
    }

    void connect(final SocketAddress server) throws IOException {
        stream.connect(server);
    }

    private void told(final EventFlags what, final @Nullable Throwable cause) throws IOException {
        if (!what.has(EventFlags.CONNECTED)) throw wrong(cause == null ? what.toString() : cause.toString(), cause);
        final Transport transport = Objects.requireNonNull(stream.transport(), "a transport that has connected");
        transport.option(StandardSocketOptions.TCP_NODELAY, true);
        stream.enable(Directions.READ);
        client.connected();
    }

    /** Sends so many bytes more, and tells the client when all are back. */
    void exchange(final long bytes) {
        goal += bytes;
        send();
    }

    private void send() {
        final int length = (int) Math.min(client.messageBytes(), goal - sent);
        client.pattern().write(stream, number, sent, length);
        sent += length;
    }

    private void received(final BufferEvent source) throws IOException {
        final byte[] bytes = client.received();
        while (!source.input().isEmpty()) {
            final int length = source.read(bytes, 0, bytes.length);
            if (back + length > sent) throw wrong("got " + (back + length - sent) + " bytes too many", null);
            final int difference = client.pattern().mismatch(number, back, bytes, length);
            if (difference >= 0) throw wrong("differs " + difference + " bytes on", null);
            back += length;
            client.progressed(length);
        }
        if (back < sent) return;
        if (sent < goal) send();
        else client.done();
    }

    private IOException wrong(final String what, final @Nullable Throwable cause) {
        return new IOException("connection " + number + ", " + back + " of " + goal + " bytes back: " + what, cause);
    }

    void close() {
        stream.close();
    }
}
