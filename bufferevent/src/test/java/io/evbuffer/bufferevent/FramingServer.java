package io.evbuffer.bufferevent;

import static io.evbuffer.event.ConnectionListener.CLOSE_ON_FREE;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.evbuffer.EvBuffer;
import io.evbuffer.event.ConnectionListener;
import io.evbuffer.event.EventBase;
import java.net.InetSocketAddress;
import org.agrona.concurrent.UnsafeBuffer;

/** The example of the README, word for word between its two marks. */
final class FramingServer {
    private FramingServer() {}

    // README begins
    static ConnectionListener listen(EventBase base, InetSocketAddress address) {
        var header = new UnsafeBuffer(new byte[4]);
        return ConnectionListener.bind(base, address, CLOSE_ON_FREE, -1, (listener, accepted, peer) -> {
            BufferEvent connection = SocketBufferEvent.create(base, accepted, Options.CLOSE_ON_FREE);
            connection.setCallbacks(
                    source -> answer(source, header),
                    null,
                    (source, what, cause) -> source.closeAfterFlush(SECONDS.toNanos(10)));
            connection.enable(Directions.READ);
        });
    }

    static void answer(BufferEvent connection, UnsafeBuffer header) {
        EvBuffer input = connection.input();
        header.putInt(0, (int) input.length());
        input.prepend(header, 0, 4); // goes before the payload, which stays where it is
        connection.writeBuffer(input); // chains change hands, bytes are not copied
    }

    public static void main(String[] args) {
        try (EventBase base = EventBase.open();
                ConnectionListener listener = listen(base, new InetSocketAddress(4711))) {
            System.out.println("listening on " + listener.localAddress());
            base.dispatch(); // this thread is the reactor now
        }
    }
    // README ends
}
