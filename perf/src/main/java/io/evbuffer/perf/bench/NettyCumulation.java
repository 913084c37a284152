package io.evbuffer.perf.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.ByteToMessageDecoder;

/**
 * What Netty's decoders do with the reads of a channel: its own cumulator, fed with buffers as large as its channels make
 * them, and the rules of {@link ByteToMessageDecoder} for when memory goes back.
 */
final class NettyCumulation {
    private static final int SMALLEST_READ = 64;
    private static final int READS_BEFORE_DISCARD = 16;

    private final ByteBufAllocator allocator;
    private ByteBuf bytes = Unpooled.EMPTY_BUFFER;
    private int reads;

    NettyCumulation(final ByteBufAllocator allocator) {
        this.allocator = allocator;
    }

    /** A read of so many bytes has come; all that there is to decode now. */
    ByteBuf add(final byte[] source, final int offset, final int length) {
        final int capacity = Math.max(SMALLEST_READ, Integer.highestOneBit(length - 1) << 1);
        final ByteBuf read = allocator.directBuffer(capacity).writeBytes(source, offset, length);
        bytes = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(allocator, bytes, read);
        return bytes;
    }

    /** What could be decoded was. */
    void decoded() {
        if (!bytes.isReadable()) {
            close();
        } else if (++reads == READS_BEFORE_DISCARD) {
            reads = 0;
            if (bytes.refCnt() == 1) bytes.discardSomeReadBytes();
        }
    }

    void close() {
        bytes.release();
        bytes = Unpooled.EMPTY_BUFFER;
        reads = 0;
    }
}
