package io.evbuffer.event.backend.posix;

import io.evbuffer.event.backend.SystemCalls;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * Wakes a loop from any thread: a counter in the kernel ({@code eventfd}) that a backend waits for beside everything else.
 *
 * <p>Ownership: of the backend, which closes it. <b>Threads:</b> {@link #wake} and {@link #close} from any, at the same time;
 * after the end nothing is written, as the number may be another file's by then. <b>Cost:</b> {@link #wake} is one system call.
 */
public final class Waker {
    private static final Logger LOG = System.getLogger(Waker.class.getName());

    private final SystemCalls calls;
    private final int number;
    private boolean closed;

    /**
     * Makes a counter that stands at 0.
     *
     * @param calls counts the wake-ups sent.
     * @throws IOException what the system says.
     */
    public Waker(final SystemCalls calls) throws IOException {
        this.calls = calls;
        number = PosixNative.get().newWaker();
        if (number < 0) throw Errno.of("eventfd", -number);
    }

    /**
     * The descriptor to wait for.
     *
     * @return readable while the counter is not 0.
     */
    public int number() {
        return number;
    }

    /** Makes the descriptor readable; quiet after {@link #close()}. A failure is logged. */
    public synchronized void wake() {
        if (closed) return;
        calls.count(SystemCalls.Kind.WAKE_UP);
        final int result = PosixNative.get().wake(number);
        if (result < 0 && result != -Errno.EAGAIN) LOG.log(Level.WARNING, "no wake-up: {0}", Errno.text(-result));
    }

    /** Sets the counter back to 0, so that the descriptor is not readable any more: of the loop's thread. */
    public void consume() {
        PosixNative.get().consume(number);
    }

    /**
     * Gives the descriptor back.
     *
     * @return false if that was done before.
     */
    public synchronized boolean close() {
        if (closed) return false;
        closed = true;
        PosixNative.get().close(number);
        return true;
    }
}
