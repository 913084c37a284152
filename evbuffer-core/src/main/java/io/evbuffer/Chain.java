package io.evbuffer;

import io.evbuffer.memory.Segment;
import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One node of an {@link EvBuffer}: a window on one {@link Segment}, in three parts.
 *
 * <pre>
 *        0            misalign               end()            capacity
 *        |               |                     |                  |
 *        +---------------+---------------------+------------------+
 *        |   misalign    |   data (length)     |       free       |
 *        +---------------+---------------------+------------------+
 *          prepend &lt;-----|                     |-----&gt; append
 *                        |-----&gt; drain
 * </pre>
 *
 * <p>The bytes never move under these three operations, only the borders do. {@link #realign()} alone copies.
 *
 * <p>Invariants: <b>INV-8</b> {@code misalign}, {@code length} and {@code free()} are never negative and add up to {@code
 * capacity}. <b>INV-11</b> the segment has a holder while the chain is in a list. <b>C1</b> {@code free()} is what may be
 * written behind the data. <b>C2</b> a chain and its segment know each other: the node stays with the segment across
 * lendings, in {@link Segment#holder()}, unless two nodes exchange their segments.
 *
 * <p>Ownership: a chain holds one reference on its segment and gives it up in {@link #release()}. Threads: belongs to its
 * buffer's thread.
 */
final class Chain {
    @Nullable
    Chain next;

    int misalign;
    int length;
    int capacity;
    long address; // of index 0
    Segment segment;

    private Chain(final Segment segment) {
        this.segment = segment;
        attach(segment);
    }

    /** The node of a segment just taken, empty and with all its room behind. */
    static Chain on(final Segment segment) {
        final Object known = segment.holder();
        if (known instanceof Chain chain) return chain;
        return new Chain(segment);
    }

    private void attach(final Segment segment) {
        this.segment = segment;
        address = segment.address();
        capacity = segment.capacity();
        segment.holder(this);
    }

    /** Index of the first free byte behind the data. */
    int end() {
        return misalign + length;
    }

    /** Bytes that may be written behind the data. */
    int free() {
        return capacity - misalign - length;
    }

    boolean isEmpty() {
        return length == 0;
    }

    UnsafeBuffer memory() {
        return segment.memory();
    }

    ByteBuffer readView() {
        return segment.readView();
    }

    ByteBuffer writeView() {
        return segment.writeView();
    }

    /** Address of the first readable byte. */
    long dataAddress() {
        return address + misalign;
    }

    /** Address of the first free byte behind the data. */
    long freeAddress() {
        return address + misalign + length;
    }

    /** Drops bytes from the front of the data. */
    void skip(final int count) {
        misalign += count;
        length -= count;
    }

    /** Moves the data to index 0. Copies {@code length} bytes. */
    void realign() {
        RawCopy.move(dataAddress(), address, length);
        misalign = 0;
    }

    /** Puts the data into the other chain's memory and exchanges the segments, so that this node keeps its place. */
    void moveInto(final Chain roomier) {
        RawCopy.copy(dataAddress(), roomier.address, length);
        final Segment mine = segment;
        attach(roomier.segment);
        misalign = 0;
        roomier.attach(mine);
    }

    /** Gives the segment back. The node must be out of its list. */
    void release() {
        next = null;
        misalign = 0;
        length = 0;
        segment.release();
    }

    /** Releases a chain and all that follow it. */
    static void releaseRun(final @Nullable Chain head) {
        Chain chain = head;
        while (chain != null) {
            final Chain following = chain.next;
            chain.release();
            chain = following;
        }
    }

    void checkInvariants() {
        if (misalign < 0 || length < 0 || (long) misalign + length > capacity) throw broken("INV-8");
        if (segment.refCount() < 1) throw broken("INV-11");
        if (capacity != segment.capacity() || address != segment.address()) throw broken("INV-14");
        if (segment.holder() != this) throw broken("C2");
    }

    private AssertionError broken(final String invariant) {
        return new AssertionError(invariant + " broken in " + this);
    }

    @Override
    public String toString() {
        return misalign + "|" + length + "|" + free();
    }
}
