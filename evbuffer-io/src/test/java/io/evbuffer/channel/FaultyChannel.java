package io.evbuffer.channel;

import io.evbuffer.EvIovec;
import io.evbuffer.testing.ByteSequence;
import java.io.IOException;

/**
 * One direction of a channel without end that does what its next call is told: hands out {@link ByteSequence} in order, or
 * takes bytes and checks that they are the sequence in order; a part of what it could, nothing, or an exception.
 */
final class FaultyChannel implements ScatterSource, GatherSink {
    /** What one call does. */
    enum Fault {
        NONE,
        NOTHING,
        CHECKED,
        UNCHECKED
    }

    private Fault fault = Fault.NONE;
    private int most = Integer.MAX_VALUE;
    private int faultyCall;
    private long moved;
    private int calls;
    private long lastRoom;

    /** What the next call does; the one after it is without fault again. */
    void next(final Fault nextFault, final int mostBytes) {
        fault = nextFault;
        most = mostBytes;
        faultyCall = calls + 1;
    }

    /** What one call in the future does; every call moves at most so many bytes. */
    void at(final int call, final Fault itsFault, final int mostBytes) {
        fault = itsFault;
        most = mostBytes;
        faultyCall = call;
    }

    @Override
    public long read(final EvIovec vectors) throws IOException {
        final long count = begin(vectors);
        final long end = moved + count;
        for (int i = 0; moved < end; i++) {
            final int piece = (int) Math.min(end - moved, vectors.length(i));
            vectors.memory(i).putBytes(vectors.offset(i), ByteSequence.bytes(moved, piece));
            moved += piece;
        }
        return count;
    }

    @Override
    public long write(final EvIovec vectors) throws IOException {
        final long count = begin(vectors);
        final long end = moved + count;
        for (int i = 0; moved < end; i++) {
            final int piece = (int) Math.min(end - moved, vectors.length(i));
            for (int j = 0; j < piece; j++) {
                final byte taken = vectors.memory(i).getByte(vectors.offset(i) + j);
                if (taken != ByteSequence.at(moved)) throw new AssertionError("byte " + moved + " came out of order");
                moved++;
            }
        }
        return count;
    }

    /** Counts the call, fails it, or tells the bytes that it moves. */
    private long begin(final EvIovec vectors) throws IOException {
        calls++;
        lastRoom = vectors.totalLength();
        for (int i = 0; i < vectors.size(); i++) {
            if (vectors.length(i) == 0) throw new AssertionError("a vector of no bytes: " + vectors);
        }
        final Fault now = calls == faultyCall ? fault : Fault.NONE;
        if (now == Fault.CHECKED) throw new IOException("call " + calls + " fails");
        if (now == Fault.UNCHECKED) throw new IllegalStateException("call " + calls + " fails");
        return now == Fault.NOTHING ? 0 : Math.min(most, lastRoom);
    }

    /** Bytes handed out or taken. */
    long moved() {
        return moved;
    }

    int calls() {
        return calls;
    }

    /** The bytes of the vectors of the last call. */
    long lastRoom() {
        return lastRoom;
    }

    @Override
    public String toString() {
        return "channel after " + calls + " calls and " + moved + " bytes";
    }
}
