package io.evbuffer.channel;

import io.evbuffer.EvIovec;
import io.evbuffer.testing.ByteSequence;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;

/**
 * A sink that can send files of {@link SequenceFile} as the kernel does, in parts, and does at one call what it is told:
 * takes nothing, fails, or claims what cannot be.
 */
final class FileSink implements GatherSink {
    /** What the faulty call does. */
    enum Fault {
        NOTHING,
        CHECKED,
        UNCHECKED,
        TOO_MANY,
        NEGATIVE
    }

    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private final boolean sends;
    private int most = Integer.MAX_VALUE;
    private int faultyCall;
    private Fault fault = Fault.NOTHING;
    private int calls;
    private int sent;
    private long lastOffered;

    FileSink(final boolean sends) {
        this.sends = sends;
    }

    FileSink takeAtMost(final int bytes) {
        most = bytes;
        return this;
    }

    FileSink at(final int call, final Fault what) {
        faultyCall = call;
        fault = what;
        return this;
    }

    @Override
    public long write(final EvIovec vectors) throws IOException {
        final long offered = vectors.totalLength();
        if (isFaulty(offered)) return faulty(offered);
        long left = Math.min(most, offered);
        final long taken = left;
        for (int i = 0; left > 0; i++) {
            final byte[] piece = new byte[(int) Math.min(left, vectors.length(i))];
            vectors.memory(i).getBytes(vectors.offset(i), piece);
            received.writeBytes(piece);
            left -= piece.length;
        }
        return taken;
    }

    @Override
    public long send(final FileSource file, final long position, final long count) throws IOException {
        if (!sends) return CANNOT_SEND;
        if (isFaulty(count)) return faulty(count);
        final long there = file.size() - position;
        if (there <= 0) throw new EOFException("the file ends before " + position);
        final int taken = (int) Math.min(Math.min(count, most), there);
        received.writeBytes(ByteSequence.bytes(position, taken));
        sent += taken;
        return taken;
    }

    private boolean isFaulty(final long offered) {
        lastOffered = offered;
        return ++calls == faultyCall;
    }

    private long faulty(final long offered) throws IOException {
        return switch (fault) {
            case NOTHING -> 0;
            case CHECKED -> throw new IOException("call " + calls + " fails");
            case UNCHECKED -> throw new IllegalStateException("call " + calls + " fails");
            case TOO_MANY -> offered + 1;
            case NEGATIVE -> -2;
        };
    }

    byte[] received() {
        return received.toByteArray();
    }

    /** Calls that were no mere inquiry. */
    int calls() {
        return calls;
    }

    /** Bytes that came from files without passing through a buffer's memory. */
    int sent() {
        return sent;
    }

    long lastOffered() {
        return lastOffered;
    }

    @Override
    public String toString() {
        return "file sink";
    }
}
