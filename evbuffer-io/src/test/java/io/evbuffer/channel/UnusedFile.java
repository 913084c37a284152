package io.evbuffer.channel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/** A file of which nothing is to be used but what a test overrides. */
abstract class UnusedFile extends FileChannel {
    private static UnsupportedOperationException unused() {
        return new UnsupportedOperationException("not to be used");
    }

    @Override
    public int read(final ByteBuffer target) throws IOException {
        throw unused();
    }

    @Override
    public long read(final ByteBuffer[] targets, final int offset, final int length) {
        throw unused();
    }

    @Override
    public int read(final ByteBuffer target, final long position) {
        throw unused();
    }

    @Override
    public int write(final ByteBuffer source, final long position) throws IOException {
        throw unused();
    }

    @Override
    public int write(final ByteBuffer source) {
        throw unused();
    }

    @Override
    public long write(final ByteBuffer[] sources, final int offset, final int length) {
        throw unused();
    }

    @Override
    public long position() {
        throw unused();
    }

    @Override
    public FileChannel position(final long newPosition) {
        throw unused();
    }

    @Override
    public long size() throws IOException {
        throw unused();
    }

    @Override
    public FileChannel truncate(final long size) {
        throw unused();
    }

    @Override
    public void force(final boolean metaData) {
        throw unused();
    }

    @Override
    public long transferTo(final long position, final long count, final WritableByteChannel target) {
        throw unused();
    }

    @Override
    public long transferFrom(final ReadableByteChannel source, final long position, final long count) {
        throw unused();
    }

    @Override
    public MappedByteBuffer map(final MapMode mode, final long position, final long size) {
        throw unused();
    }

    @Override
    public FileLock lock(final long position, final long size, final boolean shared) {
        throw unused();
    }

    @Override
    public FileLock tryLock(final long position, final long size, final boolean shared) {
        throw unused();
    }

    @Override
    protected void implCloseChannel() {}
}
