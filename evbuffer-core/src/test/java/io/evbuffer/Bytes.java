package io.evbuffer;

import java.io.ByteArrayOutputStream;

/** Arrays for expectations. */
final class Bytes {
    private Bytes() {}

    static byte[] join(final byte[]... pieces) {
        final ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (final byte[] piece : pieces) joined.writeBytes(piece);
        return joined.toByteArray();
    }
}
