package io.evbuffer.perf.server;

import io.evbuffer.bufferevent.BufferEvent;
import io.evbuffer.bufferevent.Directions;
import io.evbuffer.bufferevent.EventFlags;
import io.evbuffer.bufferevent.Options;
import io.evbuffer.bufferevent.SocketBufferEvent;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.Transport;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.util.Set;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Takes a stream and counts it, or makes one: bytes go one way only.
 *
 * <pre>
 *   up     client ──bytes without end──► server     every {@link #BLOCK} bytes: how many there were, in 8 bytes
 *   down   client ──how many, in 8 bytes──► server  that many bytes
 * </pre>
 *
 * <p>The byte at a position of a stream is the position modulo {@link #PERIOD}. Of what arrives in one read, the first byte is
 * compared; a stream in which it is another one ends there. What is sent stands in memory once, and outputs refer to it: no byte
 * is copied. An output holds at most {@link #HIGH} bytes and one piece.
 *
 * <p>As a program: {@code StreamServer --port 4711 --direction up|down}.
 *
 * <p>Ownership: connections live until they end or the base is closed. Threads: of the base's loop.
 */
public final class StreamServer implements Service {
    /** After so many bytes upwards the server says how many there were. */
    public static final int BLOCK = 16 * 1024 * 1024;

    /** Of the bytes of a stream, a prime. */
    public static final int PERIOD = 251;

    /** Bytes that are sent at a time, whole periods. */
    public static final int PIECE = 256 * PERIOD;

    /** Output at which no more is queued. */
    public static final int HIGH = 256 * 1024;

    /** Output at which there is more. */
    public static final int LOW = 64 * 1024;

    private static final int MAX_SINGLE = 64 * 1024;
    private static final String DIRECTION = "--direction";
    private static final ServerProgram PROGRAM = new ServerProgram(
            "StreamServer",
            " --direction up|down",
            "  --direction D   up: the client sends; down: the server does\n",
            Set.of(DIRECTION),
            Set.of(),
            arguments -> services(arguments.required(DIRECTION)));

    private final EventBase base;
    private final boolean up;
    private final UnsafeBuffer piece = new UnsafeBuffer(piece());

    private StreamServer(final EventBase base, final boolean up) {
        this.base = base;
        this.up = up;
    }

    static Service.Factory services(final String direction) {
        return switch (direction) {
            case "up" -> base -> new StreamServer(base, true);
            case "down" -> base -> new StreamServer(base, false);
            default -> throw new IllegalArgumentException("neither up nor down: '" + direction + "'");
        };
    }

    /**
     * The bytes of {@link #PIECE} positions, from the first one of a period on.
     *
     * @return off the heap, to be read from its beginning.
     */
    public static ByteBuffer piece() {
        final ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);
        while (piece.hasRemaining()) piece.put((byte) (piece.position() % PERIOD));
        return piece.flip();
    }

    @Override
    public void serve(final Transport accepted) {
        final BufferEvent connection = SocketBufferEvent.create(base, accepted, Options.CLOSE_ON_FREE);
        connection.maxSingleRead(MAX_SINGLE);
        connection.maxSingleWrite(HIGH + PIECE); // all that an output holds, in one call
        connection.setWatermark(Directions.WRITE, LOW, 0);
        if (up) {
            final Taker taker = new Taker();
            connection.setCallbacks(taker::received, null, (source, what, cause) -> ended(source, what));
        } else {
            final Maker maker = new Maker(piece);
            connection.setCallbacks(maker::asked, maker::fill, (source, what, cause) -> ended(source, what));
        }
        connection.enable(Directions.READ);
    }

    private static void ended(final BufferEvent connection, final EventFlags what) {
        if (what.has(EventFlags.EOF) || what.has(EventFlags.ERROR)) connection.close();
    }

    /** Counts what a connection sends. */
    private static final class Taker {
        private final byte[] first = new byte[1];
        private final byte[] answer = new byte[Long.BYTES];
        private long taken;

        void received(final BufferEvent connection) {
            connection.input().copyOut(first, 0, 1);
            if (first[0] != (byte) (taken % PERIOD)) {
                connection.close();
                return;
            }
            final long before = taken;
            taken += connection.input().drain(Long.MAX_VALUE);
            if (before / BLOCK == taken / BLOCK) return;
            ByteBuffer.wrap(answer).putLong(taken);
            connection.write(answer);
        }
    }

    /** Sends what a connection asks for. */
    private static final class Maker {
        private final UnsafeBuffer piece;
        private final byte[] request = new byte[Long.BYTES];
        private long wanted;
        private int sent; // position within a piece

        Maker(final UnsafeBuffer piece) {
            this.piece = piece;
        }

        void asked(final BufferEvent connection) {
            while (connection.input().length() >= request.length) {
                connection.input().remove(request, 0, request.length);
                wanted += ByteBuffer.wrap(request).getLong();
            }
            fill(connection);
        }

        /** The output is down to the low mark, or more is wanted. */
        void fill(final BufferEvent connection) {
            while (wanted > 0 && connection.output().length() < HIGH) {
                final int length = (int) Math.min(PIECE - sent, wanted);
                connection.output().addReference(piece, sent, length, null, null);
                wanted -= length;
                sent = (sent + length) % PIECE;
            }
        }
    }

    @Override
    public void close() {
        // nothing is kept but connections
    }

    /**
     * Runs the server until the process is told to end. Exits with 2 if the arguments are wrong, 1 if the server cannot start
     * or has lost memory.
     *
     * @param args {@code --port P --direction up|down} and common options.
     */
    public static void main(final String[] args) {
        final int status = run(args, System.out, System.err);
        if (status != 0) System.exit(status);
    }

    static int run(final String[] args, final PrintStream out, final PrintStream err) {
        return PROGRAM.run(args, out, err);
    }
}
