package io.evbuffer.bufferevent;

import io.evbuffer.event.EventBase;
import io.evbuffer.event.EventConfig;
import io.evbuffer.memory.SlabPool;
import java.security.Security;
import java.util.Arrays;
import java.util.zip.CRC32;

/** A program: two ends over a pair send each other more than the JDK's engine may encrypt by one key. */
final class KeyLimits {
    static final String DONE = "all bytes have arrived both ways";
    static final int LEAST_CHANGES = 8; // of each end's keys

    private static final int LIMIT_SHIFT = 17; // the engine's unit is a power of two
    private static final int PIECE = 50_000;
    private static final int PIECES = ((2 * LEAST_CHANGES) << LIMIT_SHIFT) / PIECE;

    private KeyLimits() {}

    public static void main(final String[] args) {
        Security.setProperty(
                "jdk.tls.keyLimits",
                "AES/GCM/NoPadding KeyUpdate 2^" + LIMIT_SHIFT + ", ChaCha20-Poly1305 KeyUpdate 2^" + LIMIT_SHIFT);
        try (SlabPool pool = SlabPool.builder().build()) {
            try (EventBase base =
                    EventBase.open(EventConfig.create().ignoreEnvironment().pool(pool))) {
                exchange(base);
            }
            if (pool.stats().segmentsInUse() != 0) {
                throw new IllegalStateException("segments not home: " + pool.liveSegments());
            }
        }
    }

    private static void exchange(final EventBase base) {
        final PairBufferEvent[] pair = PairBufferEvent.create(base, Options.CLOSE_ON_FREE);
        final End client = new End(TlsBufferEvent.over(
                pair[0], TlsFixture.client(Certificates.TLS_1_3), TlsState.CONNECTING, Options.CLOSE_ON_FREE));
        final End server = new End(TlsBufferEvent.over(
                pair[1], TlsFixture.server(Certificates.TLS_1_3), TlsState.ACCEPTING, Options.CLOSE_ON_FREE));
        while (!client.isDone() || !server.isDone()) {
            base.loop(EventBase.ONCE);
        }
        System.out.println(DONE);
        client.stream.close();
        server.stream.close();
    }

    /** Writes a piece each time that all is written, and looks at what comes. */
    private static final class End {
        final TlsBufferEvent stream;
        private final CRC32 sent = new CRC32();
        private final CRC32 received = new CRC32();
        private long count;
        private int pieces;

        End(final TlsBufferEvent stream) {
            this.stream = stream;
            stream.setCallbacks(source -> read(), source -> write(), (source, what, cause) -> {
                if (what != EventFlags.CONNECTED) {
                    throw new IllegalStateException(what.toString(), cause);
                }
            });
            stream.base().errorHandler((source, failure) -> {
                failure.printStackTrace(System.out);
                System.exit(1);
            });
            stream.enable(Directions.READ);
            write();
        }

        private void write() {
            if (pieces < PIECES) {
                final byte[] piece = new byte[PIECE];
                Arrays.fill(piece, (byte) pieces++);
                sent.update(piece);
                stream.write(piece);
            }
        }

        private void read() {
            final byte[] come = new byte[(int) stream.input().length()];
            stream.read(come, 0, come.length);
            received.update(come);
            count += come.length;
        }

        /** Both ends send the same. */
        boolean isDone() {
            return count == (long) PIECES * PIECE && pieces == PIECES && received.getValue() == sent.getValue();
        }
    }
}
