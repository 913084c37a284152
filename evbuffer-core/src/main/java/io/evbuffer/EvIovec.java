package io.evbuffer;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A reusable array of vectors, each an (address, length) pair with the memory and the NIO view it lies in: the only door
 * through which other code reaches the memory of an {@link EvBuffer}.
 *
 * <pre>
 *   size() = 3          vector 0            vector 1            vector 2
 *                   +---------------+   +---------------+   +---------------+
 *                   | address       |   | address       |   | address       |
 *                   | length        |   | length        |   | length        |
 *                   +-------|-------+   +-------|-------+   +-------|-------+
 *                           v                   v                   v
 *   chains        [####|data|....]    -> [data|####]       -> [|free.........]
 * </pre>
 *
 * <p>{@link EvBuffer#peek} fills it with data to read, {@link EvBuffer#reserveSpace} with free space to write, which
 * {@link EvBuffer#commitSpace(EvIovec)} turns into data. Views of data are read-only.
 *
 * <p>Ownership: the memory stays the buffer's. A vector is valid until the buffer's next change, a reservation until what
 * {@link EvBuffer#commitSpace(EvIovec)} says. <b>Cost:</b> filling, cutting and clearing allocate nothing.
 * <b>Threads:</b> of the buffer's thread.
 */
public final class EvIovec {
    /** What the vectors stand for. */
    private enum Kind {
        NOTHING,
        DATA,
        FREE_SPACE
    }

    private final @Nullable Chain[] chains;
    private final int[] offsets;
    private final int[] lengths;
    private final int[] lendings; // of free space: the lending of the segment that it is in
    private final ByteBuffer[] views;
    private int size;
    private Kind kind = Kind.NOTHING;
    private @Nullable EvBuffer buffer;
    private int layout;

    /**
     * Creates an empty array.
     *
     * @param capacity the most vectors it can hold, 1 or more.
     * @throws IllegalArgumentException if {@code capacity} is less than 1.
     */
    public EvIovec(final int capacity) {
        if (capacity < 1) throw new IllegalArgumentException("capacity must be positive: " + capacity);
        chains = new Chain[capacity];
        offsets = new int[capacity];
        lengths = new int[capacity];
        lendings = new int[capacity];
        views = new ByteBuffer[capacity];
    }

    /**
     * The most vectors this array can hold.
     *
     * @return 1 or more.
     */
    public int capacity() {
        return lengths.length;
    }

    /**
     * The number of vectors.
     *
     * @return 0 to {@link #capacity()}.
     */
    public int size() {
        return size;
    }

    /**
     * The bytes of one vector.
     *
     * @param index 0 to {@code size() - 1}.
     * @return its length in bytes.
     * @throws IndexOutOfBoundsException if there is no such vector.
     */
    public int length(final int index) {
        return lengths[check(index)];
    }

    /**
     * Where one vector begins, for system calls.
     *
     * @param index 0 to {@code size() - 1}.
     * @return the native address of its first byte.
     * @throws IndexOutOfBoundsException if there is no such vector.
     */
    public long address(final int index) {
        return chain(index).address + offsets[index];
    }

    /**
     * The memory one vector lies in; the vector begins at {@link #offset(int)} in it.
     *
     * @param index 0 to {@code size() - 1}.
     * @return the segment's own {@code UnsafeBuffer}: not to be wrapped anew, and only the vector's bytes to be touched.
     * @throws IndexOutOfBoundsException if there is no such vector.
     */
    public UnsafeBuffer memory(final int index) {
        return chain(index).memory();
    }

    /**
     * Where one vector begins within {@link #memory(int)}.
     *
     * @param index 0 to {@code size() - 1}.
     * @return the index of its first byte.
     * @throws IndexOutOfBoundsException if there is no such vector.
     */
    public int offset(final int index) {
        return offsets[check(index)];
    }

    /**
     * An NIO view of one vector: its bytes lie between position and limit, which this call sets. There is one view for
     * data and one for free space in each chain, so the view of one vector is not to be used beside another one of the same
     * chain.
     *
     * @param index 0 to {@code size() - 1}.
     * @return the chain's own view; read-only if the vector is data.
     * @throws IndexOutOfBoundsException if there is no such vector.
     */
    public ByteBuffer view(final int index) {
        final Chain chain = chain(index);
        if (kind == Kind.FREE_SPACE) return window(chain.writeView(), offsets[index], lengths[index]);
        return window(chain.readView(), chain.readViewOffset() + offsets[index], lengths[index]);
    }

    private static ByteBuffer window(final ByteBuffer view, final int offset, final int length) {
        view.limit(offset + length);
        view.position(offset);
        return view;
    }

    /**
     * The NIO views of all vectors, for one scattering or gathering call.
     *
     * @return this object's own array; the first {@link #size()} elements are set as {@link #view(int)} says, the others
     *     are not to be used.
     */
    public ByteBuffer[] views() {
        final ByteBuffer[] all = views;
        final boolean free = kind == Kind.FREE_SPACE;
        for (int i = 0; i < size; i++) {
            final Chain chain = Objects.requireNonNull(chains[i]);
            all[i] = free
                    ? window(chain.writeView(), offsets[i], lengths[i])
                    : window(chain.readView(), chain.readViewOffset() + offsets[i], lengths[i]);
        }
        return all;
    }

    /**
     * The bytes of all vectors. O(size).
     *
     * @return the sum of their lengths.
     */
    public long totalLength() {
        long total = 0;
        for (int i = 0; i < size; i++) total += lengths[i];
        return total;
    }

    /**
     * Cuts the array so that its vectors have at most {@code total} bytes in all: later vectors go, the last one left is
     * shortened.
     *
     * @param total bytes, 0 or more.
     * @return this array.
     * @throws IllegalArgumentException if {@code total} is negative.
     */
    public EvIovec limit(final long total) {
        if (total < 0) throw new IllegalArgumentException("negative total: " + total);
        long left = total;
        for (int i = 0; i < size; i++) {
            if (lengths[i] >= left) {
                lengths[i] = (int) left;
                size = left == 0 ? i : i + 1;
                return this;
            }
            left -= lengths[i];
        }
        return this;
    }

    /**
     * Shortens one vector, as before committing less than was reserved.
     *
     * @param index 0 to {@code size() - 1}.
     * @param shorter the new length in bytes, 0 to the present one.
     * @throws IndexOutOfBoundsException if there is no such vector.
     * @throws IllegalArgumentException if the vector would grow or become negative.
     */
    public void length(final int index, final int shorter) {
        if (shorter < 0 || shorter > length(index)) {
            throw new IllegalArgumentException(
                    "vector " + index + " has " + lengths[index] + " bytes and cannot be made " + shorter);
        }
        lengths[index] = shorter;
    }

    /** Forgets all vectors, and with them the buffer. */
    public void clear() {
        Arrays.fill(chains, 0, size, null);
        size = 0;
        kind = Kind.NOTHING;
        buffer = null;
    }

    // ---- of EvBuffer ----

    void beginData(final EvBuffer of) {
        size = 0;
        kind = Kind.DATA;
        buffer = of;
    }

    void beginFreeSpace(final EvBuffer of, final int ofLayout) {
        size = 0;
        kind = Kind.FREE_SPACE;
        buffer = of;
        layout = ofLayout;
    }

    boolean isFull() {
        return size == lengths.length;
    }

    void append(final Chain chain, final int offset, final int length) {
        chains[size] = chain;
        offsets[size] = offset;
        lengths[size] = length;
        size++;
    }

    /**
     * Appends the data of a list until there are so many bytes more, no vector is left, or a chain's bytes are not in memory,
     * which is the one returned.
     */
    @Nullable
    Chain appendLoaded(final @Nullable Chain head, final long bytes) {
        final int most = lengths.length;
        int at = size;
        long missing = bytes;
        Chain chain = head;
        for (; chain != null && missing > 0 && at < most; chain = chain.next) {
            final int length = chain.length();
            if (length == 0) continue;
            if (chain.isUnloaded()) {
                size = at;
                return chain;
            }
            chains[at] = chain;
            offsets[at] = chain.misalign;
            lengths[at] = length;
            at++;
            missing -= length;
        }
        size = at;
        return null;
    }

    void appendFree(final Chain chain, final int length) {
        lendings[size] = chain.segment.generation();
        append(chain, chain.end, length);
    }

    /**
     * Whether one vector of free space still begins where its chain's does, in the memory it had when it was reserved: a chain
     * that has left the list and come back is another one.
     */
    boolean isStillFree(final int index) {
        final Chain chain = chain(index);
        return chain.segment.isLent(lendings[index]) && chain.end == offsets[index];
    }

    boolean isFreeSpaceOf(final EvBuffer of) {
        return kind == Kind.FREE_SPACE && buffer == of;
    }

    int layout() {
        return layout;
    }

    Chain chain(final int index) {
        return Objects.requireNonNull(chains[check(index)]);
    }

    private int check(final int index) {
        if (index < 0 || index >= size) throw new IndexOutOfBoundsException("vector " + index + " of " + size);
        return index;
    }

    @Override
    public String toString() {
        return "EvIovec[" + kind + " " + totalLength() + " bytes in " + size + " of " + lengths.length + " vectors]";
    }
}
