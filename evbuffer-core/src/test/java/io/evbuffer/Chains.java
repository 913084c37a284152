package io.evbuffer;

import io.evbuffer.memory.SegmentSource;
import java.nio.charset.StandardCharsets;

/** Buffers with exactly the chains that a test wants, as the scenarios write them: {@code [abc, ·, de]}. */
final class Chains {
    private Chains() {}

    static byte[] latin(final String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** A buffer with one chain for each piece; an empty piece makes an empty chain. */
    static EvBuffer of(final SegmentSource source, final String... pieces) {
        final EvBuffer buffer = new EvBuffer(source);
        for (final String piece : pieces) append(buffer, latin(piece));
        return buffer;
    }

    /** A buffer of the same bytes in chains of {@code size} bytes, with an empty one behind each. */
    static EvBuffer cut(final SegmentSource source, final String text, final int size) {
        final EvBuffer buffer = new EvBuffer(source);
        for (int i = 0; i < text.length(); i += size) {
            append(buffer, latin(text.substring(i, Math.min(text.length(), i + size))));
            append(buffer, new byte[0]);
        }
        return buffer;
    }

    /** Appends one chain with these bytes in the middle of its memory, full to its end. */
    static void append(final EvBuffer buffer, final byte[] bytes) {
        final Chain chain = buffer.takeChain(bytes.length + 3);
        chain.misalign = chain.capacity - bytes.length;
        chain.memory().putBytes(chain.misalign, bytes);
        chain.end = chain.capacity;
        buffer.linkBehind(chain);
        if (bytes.length > 0) buffer.lastWithData = chain;
        buffer.endOffset += bytes.length;
    }
}
