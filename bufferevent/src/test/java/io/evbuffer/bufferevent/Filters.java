package io.evbuffer.bufferevent;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.EvBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Filters for tests, and one that watches another: what it was asked, and that it was asked rightly. */
final class Filters {
    private Filters() {}

    /** Inverts bits; as long as what comes in. */
    static BufferFilter xor(final int key) {
        return (source, target, limit, mode) -> {
            final byte[] bytes = take(source, room(limit));
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] ^= (byte) key;
            }
            target.add(bytes);
            return FilterResult.OK;
        };
    }

    /** Makes two bytes of one. */
    static BufferFilter hex() {
        return (source, target, limit, mode) -> {
            final byte[] bytes = take(source, Math.max(1, room(limit) / 2));
            for (final byte each : bytes) {
                target.add(new byte[] {digit(each >> 4), digit(each)});
            }
            return FilterResult.OK;
        };
    }

    private static byte digit(final int nibble) {
        return (byte) Character.forDigit(nibble & 15, 16);
    }

    /** Makes one byte of two. */
    static BufferFilter unhex() {
        return (source, target, limit, mode) -> {
            final byte[] bytes = take(source, Math.min(source.length() / 2, room(limit)) * 2);
            final byte[] made = new byte[bytes.length / 2];
            for (int i = 0; i < made.length; i++) {
                made[i] = (byte) (Character.digit(bytes[2 * i], 16) << 4 | Character.digit(bytes[2 * i + 1], 16));
            }
            target.add(made);
            return source.length() < 2 ? FilterResult.NEED_MORE : FilterResult.OK;
        };
    }

    static long room(final long limit) {
        return limit < 0 ? Integer.MAX_VALUE : limit;
    }

    static byte[] take(final EvBuffer source, final long most) {
        final byte[] bytes = new byte[(int) Math.min(source.length(), most)];
        source.remove(bytes, 0, bytes.length);
        return bytes;
    }

    /** Passes on to another filter and writes down the calls. What is wrong with a call reaches the base's error handler. */
    static final class Watched implements BufferFilter {
        final List<FlushMode> modes = new ArrayList<>();
        final List<Long> limits = new ArrayList<>();

        private final Directions direction;
        private final BufferFilter real;
        private @Nullable FilterBufferEvent owner;
        private boolean running;
        private boolean over;

        Watched(final Directions direction, final BufferFilter real) {
            this.direction = direction;
            this.real = real;
        }

        void owner(final FilterBufferEvent filter) {
            owner = filter;
        }

        /** The context of the filter: nothing may follow. */
        void over() {
            if (over) {
                owner.report(new AssertionError("BEV-45: closed twice"));
            }
            over = true;
        }

        boolean isOver() {
            return over;
        }

        @Override
        public FilterResult filter(final EvBuffer source, final EvBuffer target, final long limit, final FlushMode mode)
                throws Exception {
            modes.add(mode);
            limits.add(limit);
            try {
                check(limit, mode);
            } catch (final AssertionError e) {
                owner.report(e);
            }
            running = true;
            try {
                return real.filter(source, target, limit, mode);
            } finally {
                running = false;
            }
        }

        private void check(final long limit, final FlushMode mode) {
            assertFalse(running, "BEV-26: called while it runs");
            assertFalse(over, "BEV-45: called after its context was closed");
            if (mode == FlushMode.NORMAL && owner != null) {
                assertTrue(owner.enabled().has(direction), "BEV-27: the direction is disabled");
                final boolean reading = direction == Directions.READ;
                final BufferEvent target = reading ? owner : owner.underlying();
                final long high = target.highWatermark(direction);
                final long length = (reading ? target.input() : target.output()).length();
                assertTrue(high == 0 ? limit == -1 : length < high, "BEV-27: the target is at its mark");
            }
        }
    }
}
