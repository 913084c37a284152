package io.evbuffer.channel;

import io.evbuffer.EvBuffer;
import io.evbuffer.EvIovec;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Receives datagrams to the end of buffers, one at each read, and tells where it came from.
 *
 * <pre>
 *    target   [data|data] -&gt; [ the largest datagram |+1]    received here in one piece
 *                                                     ^
 *                             a byte here: it was larger, was cut by the system, and is not taken
 * </pre>
 *
 * <p>A channel cuts what does not fit and does not say so. Here it is lent one byte of room more than the largest datagram
 * wanted: if that byte is used the datagram was larger. It is then gone, as the system keeps no rest, but none of it is in
 * the buffer, {@link #TOO_LARGE} says so and {@link #tooLarge()} counts it.
 *
 * <p>Borders of datagrams do not show in the buffer: who wants them reads one at a time, or keeps the lengths. The buffer's
 * {@link EvBuffer#maxRead()} says nothing here, as half of a datagram cannot be read.
 *
 * <p>Invariants: <b>D1</b> one call of {@link #read} makes at most one system call. <b>D2</b> a datagram is in the buffer
 * as a whole or not at all.
 *
 * <p>Ownership: channel and buffers stay the caller's. Room that was not filled stays with the buffer for the next datagram.
 * <p><b>Cost:</b> no copy. No allocation on the heap, but the JDK's for the sender's address: none as long as datagrams come
 * from the same sender, or the channel is connected; some 130 bytes when the sender changes.
 * <p><b>Threads:</b> as {@link ChannelReader}.
 */
public final class DatagramReader {
    /** Answer of {@link #read}: none is there now. A datagram of no bytes is another thing: its length is 0. */
    public static final int NO_DATAGRAM = -1;

    /** Answer of {@link #read}: one was there that is larger than the largest wanted; it is lost. */
    public static final int TOO_LARGE = -2;

    /** The most bytes in a UDP datagram: over IPv6, jumbograms apart; 20 more than over IPv4. */
    public static final int LARGEST = 65_527;

    private final DatagramChannel channel;
    private final int largest;
    private final EvIovec room = new EvIovec(1);
    private @Nullable SocketAddress sender;
    private long tooLarge;

    /**
     * Creates a reader.
     *
     * @param channel connected or not, blocking or not; stays the caller's, who closes it.
     * @param largest bytes of the largest datagram to take, 1 to {@value #LARGEST}. So much room and one byte is kept behind the
     *     buffer's data, so what the protocol allows is better here than {@value #LARGEST}.
     * @throws IllegalArgumentException if {@code largest} is none of that.
     */
    public DatagramReader(final DatagramChannel channel, final int largest) {
        if (largest < 1 || largest > LARGEST) {
            throw new IllegalArgumentException("largest datagram of " + largest + " bytes, not 1 to " + LARGEST);
        }
        this.channel = Objects.requireNonNull(channel, "channel");
        this.largest = largest;
    }

    /**
     * Receives one datagram, if there is one, and appends its bytes to {@code target}.
     *
     * <p><b>Cost:</b> one system call.
     * <p><b>Failure:</b> whatever is thrown before or by the channel leaves the buffer as it was, spare room apart.
     *
     * @param target where the bytes are appended.
     * @return the datagram's length, 0 or more; or {@link #NO_DATAGRAM}, or {@link #TOO_LARGE}, and {@code target} is unchanged.
     * @throws io.evbuffer.FrozenBufferException if the end of {@code target} is frozen; nothing was received.
     * @throws io.evbuffer.memory.BufferLimitException if the largest datagram and one byte would not fit under the limit of
     *     {@code target}, or its pool refuses; nothing was received.
     * @throws IllegalStateException if {@code target} is closed.
     * @throws IOException what the channel says, as that nobody listens at the peer it is connected to.
     */
    public int read(final EvBuffer target) throws IOException {
        target.lock(); // one operation: nobody else's reservation comes between
        try {
            return readOnce(target);
        } finally {
            target.unlock();
        }
    }

    private int readOnce(final EvBuffer target) throws IOException {
        try {
            target.reserveSpace(largest + 1L, room);
            room.limit(largest + 1L);
            final ByteBuffer view = room.view(0);
            final int start = view.position();
            final SocketAddress from = channel.receive(view);
            if (from == null) return NO_DATAGRAM;
            sender = from;
            final int came = view.position() - start;
            if (came > largest) {
                tooLarge++;
                return TOO_LARGE;
            }
            target.commitSpace(room, came);
            return came;
        } finally {
            room.clear();
        }
    }

    /**
     * Where the last datagram came from, one that was too large included.
     *
     * @return null if there was none yet.
     */
    public @Nullable SocketAddress sender() {
        return sender;
    }

    /**
     * The datagrams that were lost because they were too large.
     *
     * @return 0 or more.
     */
    public long tooLarge() {
        return tooLarge;
    }

    @Override
    public String toString() {
        return "DatagramReader[" + channel + ", up to " + largest + " bytes]";
    }
}
