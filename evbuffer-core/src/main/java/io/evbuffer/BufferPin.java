package io.evbuffer;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An input or output operation in flight on an {@link EvBuffer}: it keeps the chains it works on where they are, and
 * their memory, also if the buffer is closed meanwhile. Ends by exactly one {@link #complete} or {@link #abort()}; then the buffer uses the same object for its next
 * operation in that direction.
 *
 * <p>Threads: completed by the buffer's thread. What runs elsewhere touches the vectors' memory alone.
 */
public final class BufferPin {
    private final EvBuffer buffer;
    private final int direction;
    private Chain[] chains = new Chain[4];
    private int[] offsets = new int[4];
    private int[] lengths = new int[4];
    private int size;
    private long total;
    private boolean inFlight;

    BufferPin(final EvBuffer buffer, final int direction) {
        this.buffer = buffer;
        this.direction = direction;
    }

    void start(final EvIovec vectors) {
        size = vectors.size();
        if (chains.length < size) {
            chains = new Chain[size];
            offsets = new int[size];
            lengths = new int[size];
        }
        total = 0;
        for (int i = 0; i < size; i++) {
            final Chain chain = vectors.chain(i);
            chain.pin(direction);
            chains[i] = chain;
            offsets[i] = vectors.offset(i);
            lengths[i] = vectors.length(i);
            total += lengths[i];
        }
        inFlight = true;
    }

    /**
     * Tells whether the operation is in flight.
     *
     * @return true until it is completed or aborted.
     */
    public boolean isInFlight() {
        return inFlight;
    }

    /**
     * The buffer this operation works on.
     *
     * @return it may have been closed meanwhile.
     */
    public EvBuffer buffer() {
        return buffer;
    }

    /**
     * The vectors of the operation.
     *
     * @return as many as it was started with; 0 after its end.
     */
    public int size() {
        return size;
    }

    /**
     * An NIO view of one vector for the operation alone: whoever looks at the buffer meanwhile, on another thread too, leaves
     * its position and limit as they are. <b>Cost:</b> a chain's view is made once and kept.
     *
     * <p><b>Threads:</b> asked for by the buffer's thread; the view may then be used by any other, until the end of the operation.
     *
     * @param index 0 to {@code size() - 1}.
     * @return its bytes lie between position and limit; read-only if the operation is one of output.
     * @throws IndexOutOfBoundsException if there is no such vector.
     * @throws IllegalStateException if the vector is memory that is known by its address alone.
     */
    public ByteBuffer view(final int index) {
        final Chain chain = chains[Objects.checkIndex(index, size)];
        final boolean input = direction == Chain.PINNED_READ;
        final ByteBuffer view = input ? chain.writeView() : chain.pinnedView();
        final int start = offsets[index] + (input ? 0 : chain.readViewOffset());
        view.limit(start + lengths[index]);
        view.position(start);
        return view;
    }

    /**
     * Ends the operation: the end is unfrozen, the bytes read become data or the bytes written are drained, the chains are
     * free to move, listeners are told.
     *
     * @param bytes how many the operation transferred, 0 to the total of its vectors.
     * @throws IllegalArgumentException if there were not so many to transfer; the operation is still in flight.
     * @throws IllegalStateException if it is not in flight.
     */
    public void complete(final long bytes) {
        final boolean locked = buffer.enter();
        try {
            end(bytes);
        } finally {
            buffer.leave(locked);
        }
    }

    private void end(final long bytes) {
        if (!inFlight) throw new IllegalStateException("the operation has ended");
        if (bytes < 0 || bytes > total) {
            throw new IllegalArgumentException(bytes + " bytes transferred, of " + total + " pinned");
        }
        inFlight = false;
        if (direction == Chain.PINNED_READ) {
            buffer.inputDone(this, bytes);
        } else {
            buffer.outputDone(this, bytes);
        }
    }

    /**
     * Ends the operation as one that transferred nothing.
     *
     * @throws IllegalStateException if it is not in flight.
     */
    public void abort() {
        complete(0);
    }

    /** Spreads bytes over the pinned chains in order; the last chain that got any, or null. */
    @Nullable
    Chain extend(final long bytes) {
        Chain tail = null;
        long missing = bytes;
        for (int i = 0; missing > 0; i++) {
            final int piece = (int) Math.min(missing, lengths[i]);
            if (piece == 0) continue;
            chains[i].extend(piece);
            tail = chains[i];
            missing -= piece;
        }
        return tail;
    }

    void unpinAll() {
        for (int i = 0; i < size; i++) {
            final Chain chain = chains[i];
            try {
                chain.unpin(direction);
            } catch (final Throwable e) {
                buffer.failed(e); // a release handler of the user's: the others must run all the same
            }
        }
        Arrays.fill(chains, 0, size, null);
        size = 0;
    }
}
