package io.evbuffer.channel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.ScatteringByteChannel;
import java.nio.channels.WritableByteChannel;

/** Passes everything to another channel and counts the calls, plain and of many vectors. */
final class CountingChannel implements ScatteringByteChannel, GatheringByteChannel {
    private final ReadableByteChannel in;
    private final WritableByteChannel out;
    private int plain;
    private int vectored;

    /** Counts the reads of one channel and the writes of another, possibly the same. */
    CountingChannel(final ReadableByteChannel in, final WritableByteChannel out) {
        this.in = in;
        this.out = out;
    }

    @Override
    public int read(final ByteBuffer target) throws IOException {
        plain++;
        return in.read(target);
    }

    @Override
    public long read(final ByteBuffer[] targets, final int offset, final int length) throws IOException {
        vectored++;
        return ((ScatteringByteChannel) in).read(targets, offset, length);
    }

    @Override
    public long read(final ByteBuffer[] targets) throws IOException {
        return read(targets, 0, targets.length);
    }

    @Override
    public int write(final ByteBuffer source) throws IOException {
        plain++;
        return out.write(source);
    }

    @Override
    public long write(final ByteBuffer[] sources, final int offset, final int length) throws IOException {
        vectored++;
        return ((GatheringByteChannel) out).write(sources, offset, length);
    }

    @Override
    public long write(final ByteBuffer[] sources) throws IOException {
        return write(sources, 0, sources.length);
    }

    int plain() {
        return plain;
    }

    int vectored() {
        return vectored;
    }

    @Override
    public boolean isOpen() {
        return in.isOpen() && out.isOpen();
    }

    @Override
    public void close() throws IOException {
        in.close();
        out.close();
    }
}
