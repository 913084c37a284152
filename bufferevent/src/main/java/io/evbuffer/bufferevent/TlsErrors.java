package io.evbuffer.bufferevent;

import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** The newest errors of a TLS connection, three at most. */
final class TlsErrors {
    private static final int MOST = 3;

    private final @Nullable SSLException[] newestLast = new SSLException[MOST];
    private int size;

    void add(final SSLException error) {
        if (size == MOST) {
            System.arraycopy(newestLast, 1, newestLast, 0, MOST - 1);
            size--;
        }
        newestLast[size++] = error;
    }

    /** Takes the newest out; null if there is none. */
    @Nullable
    SSLException take() {
        if (size == 0) {
            return null;
        }
        final SSLException newest = newestLast[--size];
        newestLast[size] = null;
        return newest;
    }
}
