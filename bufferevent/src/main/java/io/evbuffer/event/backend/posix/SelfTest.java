package io.evbuffer.event.backend.posix;

import java.io.IOException;

/** Two connected sockets on which a backend tries what it needs before it is chosen. */
public final class SelfTest implements AutoCloseable {
    private final int[] pair = new int[2];

    /**
     * Makes the pair.
     *
     * @throws IOException what the system says.
     */
    public SelfTest() throws IOException {
        final int result = PosixNative.get().socketPair(pair);
        if (result < 0) throw Errno.of("socketpair", -result);
    }

    /**
     * The end that is to be waited for.
     *
     * @return its descriptor.
     */
    public int end() {
        return pair[0];
    }

    /**
     * Makes that end readable.
     *
     * @throws IOException what the system says.
     */
    public void send() throws IOException {
        final int result = PosixNative.get().wake(pair[1]); // any eight bytes do
        if (result < 0) throw Errno.of("write", -result);
    }

    @Override
    public void close() {
        PosixNative.get().close(pair[0]);
        PosixNative.get().close(pair[1]);
    }
}
