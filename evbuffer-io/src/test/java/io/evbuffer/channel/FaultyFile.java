package io.evbuffer.channel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** A file in memory that is written by position: each call takes a part of what it could, and one call nothing, or fails. */
final class FaultyFile extends UnusedFile {
    private final byte[] content;
    private final int most;
    private final int faultyCall;
    private final boolean fails;
    private int calls;

    FaultyFile(final int size, final int most, final int faultyCall, final boolean fails) {
        content = new byte[size];
        this.most = most;
        this.faultyCall = faultyCall;
        this.fails = fails;
    }

    @Override
    public int write(final ByteBuffer source, final long position) throws IOException {
        if (++calls == faultyCall) {
            if (fails) throw new IOException("call " + calls + " fails");
            return 0;
        }
        final int count = Math.min(source.remaining(), most);
        source.get(content, Math.toIntExact(position), count);
        return count;
    }

    byte[] content(final int length) {
        return Arrays.copyOf(content, length);
    }

    int calls() {
        return calls;
    }
}
