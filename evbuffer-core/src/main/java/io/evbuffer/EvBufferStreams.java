package io.evbuffer;

import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Objects;

/**
 * A buffer as the streams and channels of the JDK, for code that knows only those.
 *
 * <p>All of them work on the buffer itself: reading takes bytes from its front, writing appends. Closing one closes neither
 * the buffer nor its other faces. An empty buffer reads as the end of the stream, which is not final: bytes added later can be
 * read.
 *
 * <p><b>Cost:</b> a small object each; the calls cost what {@link EvBuffer#remove(byte[], int, int)} and {@link
 * EvBuffer#add(byte[], int, int)} do. <b>Failure:</b> as these. <b>Threads:</b> of the buffer's thread, or of any if the buffer
 * has a lock: each call is one step under it.
 */
public final class EvBufferStreams {
    private EvBufferStreams() {}

    /**
     * Reads from the front.
     *
     * @param buffer stays the caller's.
     * @return a stream that ends where the buffer does.
     */
    public static InputStream input(final EvBuffer buffer) {
        return new Input(Objects.requireNonNull(buffer, "buffer"));
    }

    /**
     * Writes to the back.
     *
     * @param buffer stays the caller's.
     * @return a stream without a buffer of its own.
     */
    public static OutputStream output(final EvBuffer buffer) {
        return new Output(Objects.requireNonNull(buffer, "buffer"));
    }

    /**
     * Reads from the front.
     *
     * @param buffer stays the caller's.
     * @return a channel that ends where the buffer does.
     */
    public static ReadableByteChannel readable(final EvBuffer buffer) {
        return new Channel(Objects.requireNonNull(buffer, "buffer"));
    }

    /**
     * Writes to the back.
     *
     * @param buffer stays the caller's.
     * @return a channel that takes all it is given.
     */
    public static WritableByteChannel writable(final EvBuffer buffer) {
        return new Channel(Objects.requireNonNull(buffer, "buffer"));
    }

    private static final class Input extends InputStream {
        private final EvBuffer buffer;
        private final byte[] one = new byte[1];

        Input(final EvBuffer buffer) {
            this.buffer = buffer;
        }

        @Override
        public int read() {
            final boolean locked = buffer.enter();
            try {
                if (buffer.copyOut(one, 0, 1) == 0) return -1;
                final int value = one[0] & 0xFF; // before listeners are told, who may read from this stream
                buffer.drain(1);
                return value;
            } finally {
                buffer.leave(locked);
            }
        }

        @Override
        public int read(final byte[] target, final int offset, final int length) {
            final int count = buffer.remove(target, offset, length);
            return count == 0 && length > 0 ? -1 : count;
        }

        @Override
        public long skip(final long count) {
            return count <= 0 ? 0 : buffer.drain(count);
        }

        @Override
        public int available() {
            return (int) Math.min(Integer.MAX_VALUE, buffer.length());
        }
    }

    private static final class Output extends OutputStream {
        private final EvBuffer buffer;
        private final byte[] one = new byte[1];

        Output(final EvBuffer buffer) {
            this.buffer = buffer;
        }

        @Override
        public void write(final int value) {
            final boolean locked = buffer.enter();
            try {
                one[0] = (byte) value;
                buffer.add(one, 0, 1);
            } finally {
                buffer.leave(locked);
            }
        }

        @Override
        public void write(final byte[] source, final int offset, final int length) {
            buffer.add(source, offset, length);
        }
    }

    private static final class Channel implements ReadableByteChannel, WritableByteChannel {
        private static final int END_OF_STREAM = -1;

        private final EvBuffer buffer;
        private boolean closed;

        Channel(final EvBuffer buffer) {
            this.buffer = buffer;
        }

        @Override
        public int read(final ByteBuffer target) throws ClosedChannelException {
            if (closed) throw new ClosedChannelException();
            final boolean hasRoom = target.hasRemaining();
            final int count = buffer.remove(target);
            return count == 0 && hasRoom ? END_OF_STREAM : count;
        }

        @Override
        public int write(final ByteBuffer source) throws ClosedChannelException {
            if (closed) throw new ClosedChannelException();
            final int count = source.remaining();
            buffer.add(source);
            return count;
        }

        @Override
        public boolean isOpen() {
            return !closed;
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
