package io.evbuffer.channel;

import io.evbuffer.memory.Segment;
import io.evbuffer.testing.ByteSequence;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;

/**
 * A file without a disk, whose content is {@link ByteSequence}: it reads in parts, fails at the call it is told, becomes
 * shorter, and counts what is done to it. Nothing can be sent from it but by a test's sink.
 */
final class SequenceFile implements FileSource {
    private long size;
    private int most = Integer.MAX_VALUE;
    private int failingCall;
    private int calls;
    private int closes;
    private int mappings;
    private boolean maps;
    private @Nullable IOException closeFailure;

    SequenceFile(final long size) {
        this.size = size;
    }

    /** From now on a call reads at most so many bytes. */
    SequenceFile readAtMost(final int bytes) {
        most = bytes;
        return this;
    }

    /** The n-th call from now on, of all that may fail, fails. */
    SequenceFile failAt(final int call) {
        failingCall = calls + call;
        return this;
    }

    SequenceFile mapping() {
        maps = true;
        return this;
    }

    SequenceFile failWhenClosed(final IOException failure) {
        closeFailure = failure;
        return this;
    }

    void cutTo(final long shorter) {
        size = shorter;
    }

    @Override
    public long size() throws IOException {
        begin();
        return size;
    }

    @Override
    public int read(final long position, final Segment target, final int offset, final int length) throws IOException {
        begin();
        if (position >= size) return END_OF_FILE;
        final int count = (int) Math.min(Math.min(length, most), size - position);
        target.memory().putBytes(offset, ByteSequence.bytes(position, count));
        return count;
    }

    @Override
    public @Nullable Mapping map(final long position, final int length) throws IOException {
        begin();
        if (!maps) return null;
        mappings++;
        final ByteBuffer memory = ByteBuffer.allocateDirect(length).put(0, ByteSequence.bytes(position, length));
        return new Mapping() {
            @Override
            public ByteBuffer memory() {
                return memory;
            }

            @Override
            public void unmap() {
                mappings--;
            }
        };
    }

    private void begin() throws IOException {
        calls++;
        if (closes > 0) throw new ClosedChannelException();
        if (calls == failingCall) throw new IOException("call " + calls + " fails");
    }

    @Override
    public void close() throws IOException {
        closes++;
        if (closeFailure != null) throw closeFailure;
    }

    /** Calls that might have failed. */
    int calls() {
        return calls;
    }

    int closes() {
        return closes;
    }

    /** Mappings not ended. */
    int mappings() {
        return mappings;
    }

    @Override
    public String toString() {
        return "sequence file";
    }
}
