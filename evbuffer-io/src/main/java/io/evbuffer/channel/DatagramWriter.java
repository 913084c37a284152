package io.evbuffer.channel;

import io.evbuffer.BufferEnd;
import io.evbuffer.EvBuffer;
import io.evbuffer.EvIovec;
import io.evbuffer.FrozenBufferException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.channels.DatagramChannel;
import java.util.Objects;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Sends the front of buffers as datagrams, each as a whole or not at all.
 *
 * <pre>
 *    connected        [data] -&gt; [data] -&gt; [data]        one gathering write, up to {@value #VECTORS} chains, no copy
 *    otherwise        [data  data  data]                pulled up into one segment, if it lies in several
 * </pre>
 *
 * <p>NIO can gather a datagram on a connected channel only, and Windows takes {@value #VECTORS} vectors. Where that is not
 * enough the bytes are made contiguous in the buffer itself ({@link EvBuffer#pullUp}): if the socket has no room, the next
 * try finds them so.
 *
 * <p>Invariants: <b>D1</b> one call makes at most one system call. <b>D2</b> the bytes of a datagram leave the buffer when it
 * was taken, all of them, and otherwise none.
 *
 * <p>Ownership: channel and buffers stay the caller's. <b>Cost:</b> no allocation on the heap.
 * <b>Threads:</b> as {@link ChannelWriter}.
 */
public final class DatagramWriter {
    /** The most vectors that every system takes in one call. */
    static final int VECTORS = 16;

    private final DatagramChannel channel;
    private final EvIovec vectors = new EvIovec(VECTORS);
    private final UnsafeBuffer contiguous = new UnsafeBuffer(0, 0);

    /**
     * Creates a writer.
     *
     * @param channel connected or not, blocking or not; stays the caller's, who closes it.
     */
    public DatagramWriter(final DatagramChannel channel) {
        this.channel = Objects.requireNonNull(channel, "channel");
    }

    /**
     * Sends all of a buffer as one datagram to the peer that the channel is connected to: {@link #write(EvBuffer, long)}.
     *
     * @param source drained if the datagram was taken.
     * @return the buffer's length before; 0 if the socket has no room now, or the buffer is empty.
     * @throws IOException as {@link #write(EvBuffer, long)} says.
     */
    public long write(final EvBuffer source) throws IOException {
        return transfer(source, -1, null);
    }

    /**
     * Sends the first bytes of a buffer as one datagram to the peer that the channel is connected to.
     *
     * @param source drained of them if the datagram was taken.
     * @param count bytes of the datagram; negative for all there are. With 0 nothing is sent.
     * @return the datagram's length; 0 if the socket has no room now, or there is nothing to send: {@code source} is unchanged.
     * @throws FrozenBufferException if the start of {@code source} is frozen; nothing was sent.
     * @throws IndexOutOfBoundsException if {@code source} holds less than {@code count} bytes; nothing was sent.
     * @throws java.nio.channels.NotYetConnectedException if the channel is not connected.
     * @throws IllegalStateException if {@code source} is closed.
     * @throws IOException if the datagram is larger than the system takes, bytes of it are in a file and cannot be loaded, or what
     *     else the channel says; {@code source} keeps its bytes.
     */
    public long write(final EvBuffer source, final long count) throws IOException {
        return transfer(source, count, null);
    }

    /**
     * Sends the first bytes of a buffer as one datagram.
     *
     * <p><b>Cost:</b> one system call; bytes in several chains are copied into one first.
     *
     * @param source drained of them if the datagram was taken.
     * @param count bytes of the datagram; negative for all there are. With 0 nothing is sent.
     * @param target where to; if the channel is connected, its peer.
     * @return the datagram's length; 0 if the socket has no room now, or there is nothing to send: {@code source} is unchanged.
     * @throws FrozenBufferException if the start of {@code source} is frozen; nothing was sent.
     * @throws IndexOutOfBoundsException if {@code source} holds less than {@code count} bytes; nothing was sent.
     * @throws io.evbuffer.PinnedChainException if an operation in flight uses a chain that would have to be pulled up.
     * @throws io.evbuffer.memory.BufferLimitException if the pool refuses the segment to pull up to.
     * @throws IllegalStateException if {@code source} is closed.
     * @throws IOException if the datagram is larger than the system takes, bytes of it are in a file and cannot be loaded, or what
     *     else the channel says; {@code source} keeps its bytes.
     */
    public long send(final EvBuffer source, final long count, final SocketAddress target) throws IOException {
        return transfer(source, count, Objects.requireNonNull(target, "target"));
    }

    private long transfer(final EvBuffer source, final long count, final @Nullable SocketAddress target)
            throws IOException {
        source.lock(); // one operation: the bytes drained are the bytes sent
        try {
            source.peek(0, vectors); // looks at nothing, but refuses a closed buffer
            final long length = checked(source, count);
            if (length == 0) return 0;
            show(source, length, target == null ? VECTORS : 1);
            final long taken = send(length, target);
            if (taken == 0) return 0;
            if (taken != length) throw impossible(taken, length);
            source.drain(length);
            return length;
        } finally {
            vectors.clear();
            source.unlock();
        }
    }

    private static long checked(final EvBuffer source, final long count) throws IOException {
        final long there = source.length();
        final long length = count < 0 ? there : count;
        if (source.isFrozen(BufferEnd.START)) {
            throw new FrozenBufferException(
                    "no datagram can be sent: the buffer's start is frozen (" + there + " bytes)");
        }
        if (length > there) throw new IndexOutOfBoundsException("a datagram of " + length + " bytes from " + there);
        if (length > DatagramReader.LARGEST) {
            throw new IOException(
                    "a datagram of " + length + " bytes: UDP takes at most " + DatagramReader.LARGEST + " bytes");
        }
        return length;
    }

    /** Fills the vectors with exactly the datagram, in at most so many of them. */
    private void show(final EvBuffer source, final long length, final int most) throws IOException {
        try {
            source.peek(length, vectors);
            if (vectors.size() > most || vectors.totalLength() < length) {
                source.pullUp(length, contiguous);
                source.peek(length, vectors);
            }
        } catch (final UncheckedIOException e) {
            throw e.getCause(); // bytes of a file could not be loaded
        }
        vectors.limit(length);
    }

    private long send(final long length, final @Nullable SocketAddress target) throws IOException {
        try {
            if (target != null) return channel.send(vectors.view(0), target);
            if (vectors.size() == 1) return channel.write(vectors.view(0));
            return channel.write(vectors.views(), 0, vectors.size());
        } catch (final IOException e) {
            if (e.getClass() != IOException.class && e.getClass() != SocketException.class) throw e; // that says it all
            throw new IOException("a datagram of " + length + " bytes was refused: " + e.getMessage(), e);
        }
    }

    private IllegalStateException impossible(final long taken, final long length) {
        return new IllegalStateException(
                channel + " claims to have sent " + taken + " bytes of a datagram of " + length);
    }

    @Override
    public String toString() {
        return "DatagramWriter[" + channel + "]";
    }
}
