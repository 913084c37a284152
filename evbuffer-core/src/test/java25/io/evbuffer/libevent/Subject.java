package io.evbuffer.libevent;

import io.evbuffer.BufferEnd;
import io.evbuffer.EolStyle;
import io.evbuffer.testing.BytesAs;
import java.util.List;

/**
 * A buffer of either library under the contract's terms: both are asked alike and answer alike. Another buffer given to an
 * operation is of the same library. Threads: of one thread.
 */
interface Subject extends AutoCloseable {
    /** A position that is none, as a search that found nothing leaves it. */
    long NOWHERE = -1;

    /** No position given, where one may be left out: the front to start from, the end to stop at. */
    long NOT_GIVEN = -2;

    // ---- looking ----

    long length();

    /** All bytes, also of a frozen buffer. */
    byte[] content();

    Answer copyOut(int count, BytesAs as);

    Answer copyOutFrom(long position, int count);

    /** The bytes of a range, looked at in place; of all from {@code position} on if {@code count} is negative. */
    Answer peek(long position, long count);

    /** The first {@code count} bytes in one piece, or all if that is negative. */
    Answer pullUp(long count);

    Answer search(byte[] what, long start, long end);

    /** Position and length. */
    Answer searchEol(long start, EolStyle style);

    /** Sets a position, moves it on step by step as far as it can go, and copies bytes from where that ends. */
    Answer walk(long start, List<Integer> advances, int count);

    // ---- changing ----

    Answer add(byte[] bytes, BytesAs as);

    Answer addIovec(List<byte[]> pieces);

    /** Appends a copy of the bytes that stands outside of the buffer and is given back to the caller some time. */
    Answer addReference(byte[] bytes);

    Answer prepend(byte[] bytes, BytesAs as);

    Answer addBuffer(Subject source);

    Answer prependBuffer(Subject source);

    Answer addBufferReference(Subject source);

    Answer removeBuffer(Subject target, long count);

    Answer drain(long count);

    Answer remove(int count, BytesAs as);

    Answer readLine(EolStyle style, BytesAs as);

    Answer expand(int count);

    Answer reserveAndCommit(Reservation reservation);

    void freeze(BufferEnd end);

    void unfreeze(BufferEnd end);

    // ---- listeners ----

    /** Adds a listener, with the next number. */
    void listen();

    /** Removes a listener, counted from the oldest one, modulo their number; tells how many are left. */
    Answer unlisten(int which);

    /** Enables or disables a listener, counted likewise. */
    Answer enable(int which, boolean enabled);

    /** What listeners were told since the last call, in order. */
    List<Told> takeTold();

    @Override
    void close();

    /**
     * Room to reserve, bytes to write there, and gaps to leave between them.
     *
     * @param size bytes to reserve.
     * @param vectors the most vectors to use.
     * @param bytes committed, at most {@code size}.
     * @param holes eighths of each vector to leave unused at its end, in turn, as far as the other room suffices.
     * @param frozenMeanwhile whether the end is frozen before the commit, and unfrozen behind it.
     */
    record Reservation(int size, int vectors, byte[] bytes, List<Integer> holes, boolean frozenMeanwhile) {
        /** How many bytes go to each of the vectors offered. */
        int[] spread(final long[] offered) {
            long slack = -bytes.length;
            for (final long each : offered) slack += each;
            if (slack < size - bytes.length) throw new AssertionError("too little room for " + this);
            final int[] taken = new int[offered.length];
            int missing = bytes.length;
            for (int i = 0; i < offered.length; i++) {
                final long hole = holes.isEmpty() ? 0 : Math.min(slack, offered[i] * holes.get(i % holes.size()) / 8);
                taken[i] = (int) Math.min(offered[i] - hole, missing);
                slack -= hole;
                missing -= taken[i];
            }
            return taken;
        }

        @Override
        public String toString() {
            return bytes.length + " of " + size + " bytes in " + vectors + " vectors, holes " + holes
                    + (frozenMeanwhile ? ", frozen meanwhile" : "");
        }
    }
}
