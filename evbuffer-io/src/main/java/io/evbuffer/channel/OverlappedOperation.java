package io.evbuffer.channel;

import io.evbuffer.BufferPin;
import io.evbuffer.EvBuffer;
import io.evbuffer.EvIovec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The operation of an {@link OverlappedReader} or {@link OverlappedWriter}: one at a time, the same object for all.
 *
 * <pre>
 *                 begin                launch                 completed, failed            run, settle
 *     IDLE ----------------&gt; BUSY ----------------&gt; IN_FLIGHT ----------------&gt; ENDED ----------------&gt; BUSY
 *      ^                      |   pin, views           |      channel's thread           buffer's thread  |
 *      +------ forgo ---------+                        |                                                  |
 *      +----- the channel refused: pin aborted --------+                                                  |
 *      +---------------------------- pin completed or aborted, handler told ------------------------------+
 * </pre>
 *
 * <p>Invariants: <b>O1</b> from launch on the pin stays until the channel has called back, or has thrown when it was
 * asked, which says that it will not: until then the system may use the memory. <b>O2</b> a pin is completed or aborted
 * once, by whoever takes the word from {@code ENDED} to {@code BUSY}. <b>O3</b> nothing of a buffer is held in {@code IDLE}.
 *
 * <p>The word carries the number of the operation beside its state: a channel may call back within the call that starts an
 * operation, and the handler may have started the next one, when that call fails.
 */
final class OverlappedOperation implements CompletionHandler<Number, @Nullable Object>, Runnable {
    private static final System.Logger LOG = System.getLogger("io.evbuffer.channel");

    private static final int IDLE = 0;
    private static final int BUSY = 1;
    private static final int IN_FLIGHT = 2;
    private static final int ENDED = 3;
    private static final int STATE = 3;
    private static final int NUMBER = 4;

    private final OverlappedPort port;
    private final @Nullable Executor executor;
    private final long least; // the least result that makes sense
    private final EvIovec vectors;
    private final ByteBuffer[] views;

    /** Number and state. What the fields below hold is handed from thread to thread through it. */
    private final AtomicInteger word = new AtomicInteger();

    private @Nullable BufferPin pin;
    private @Nullable OverlappedHandler handler;
    private int used; // views
    private long asked; // bytes
    private long result;
    private @Nullable Throwable cause;
    private boolean refused;
    private long operations;
    private long transferred; // by the last operation that ended, for the next one

    OverlappedOperation(final OverlappedPort port, final @Nullable Executor executor, final long least) {
        this.port = port;
        this.executor = executor;
        this.least = least;
        vectors = new EvIovec(port.vectors());
        views = new ByteBuffer[port.vectors()];
    }

    /** The word of the same operation in another state. */
    private static int in(final int state, final int ofWord) {
        return (ofWord & ~STATE) | state;
    }

    // ---- on the buffer's thread ----

    /** The operation is the caller's, who owes a launch or a {@link #forgo()}. */
    void begin(final EvBuffer buffer) {
        if (executor == null && !buffer.hasLock()) {
            throw new IllegalStateException(
                    "without an executor the end is told by another thread: enable the buffer's lock");
        }
        final int now = word.get();
        if ((now & STATE) != IDLE || !word.compareAndSet(now, in(BUSY, now + NUMBER))) throw inFlight();
    }

    void forgo() {
        vectors.clear();
        word.set(in(IDLE, word.get()));
    }

    /** What to pin into: as many vectors as one operation takes. */
    EvIovec vectors() {
        return vectors;
    }

    /** Takes at most so many bytes of what is pinned. If that fails nothing is pinned any more. */
    void prepare(final BufferPin pinned, final long most) {
        try {
            long left = most;
            int count = 0;
            for (; count < pinned.size() && left > 0; count++) {
                final ByteBuffer view = pinned.view(count);
                if (view.remaining() > left) view.limit(view.position() + (int) left);
                left -= view.remaining();
                views[count] = view;
            }
            vectors.clear();
            used = count;
            asked = most - left;
            pin = pinned;
        } catch (final Throwable e) {
            Arrays.fill(views, null);
            pinned.abort();
            throw e;
        }
    }

    /** Starts what was prepared. If that fails nothing is in flight nor pinned. */
    void launch(final OverlappedHandler told) {
        handler = told;
        operations++;
        transferred = 0;
        final int inFlight = in(IN_FLIGHT, word.get());
        word.set(inFlight);
        try {
            port.start(views, used, this);
        } catch (final Throwable e) {
            // Unless it was the handler that threw, called within the call: then all is in order, and e is its word.
            if (word.compareAndSet(inFlight, in(BUSY, inFlight))) withdraw(e);
            throw e;
        }
    }

    private void withdraw(final Throwable refusal) {
        final BufferPin pinned = take();
        forgo();
        try {
            pinned.abort();
        } catch (final Throwable e) {
            refusal.addSuppressed(e); // a release handler's
        }
    }

    private BufferPin take() {
        final BufferPin pinned = Objects.requireNonNull(pin);
        pin = null;
        handler = null;
        cause = null;
        Arrays.fill(views, 0, used, null);
        return pinned;
    }

    /** The bytes that the last operation asked for; good between begin and prepare. */
    long lastAsked() {
        return asked;
    }

    /** The bytes that the last operation brought; good between begin and prepare. */
    long lastTransferred() {
        return transferred;
    }

    long operations() {
        return operations;
    }

    boolean isInFlight() {
        return (word.get() & STATE) != IDLE;
    }

    // ---- on any thread of the channel ----

    @Override
    public void completed(final Number bytes, final @Nullable Object attachment) {
        end(bytes.longValue(), null);
    }

    @Override
    public void failed(final Throwable exception, final @Nullable Object attachment) {
        end(0, exception);
    }

    private void end(final long bytes, final @Nullable Throwable exception) {
        final int now = word.get();
        if ((now & STATE) != IN_FLIGHT) throw new IllegalStateException(port + " ended an operation twice");
        result = bytes;
        cause = exception;
        word.set(in(ENDED, now));
        if (executor == null) run();
        else handOver(executor);
    }

    private void handOver(final Executor to) {
        try {
            to.execute(this);
        } catch (final RejectedExecutionException e) {
            if (refused) return; // said before
            refused = true;
            LOG.log(System.Logger.Level.WARNING, "ends of operations wait for settle() on " + port + ": " + e);
        }
    }

    // ---- on the buffer's thread again, or under its lock ----

    /** Applies the end of the operation, if it has ended and nobody has done so yet. */
    @Override
    public void run() {
        settle();
    }

    boolean settle() {
        final int now = word.get();
        if ((now & STATE) != ENDED || !word.compareAndSet(now, in(BUSY, now))) return false;
        final OverlappedHandler told = Objects.requireNonNull(handler);
        final Throwable why = cause != null ? cause : impossible();
        final long bytes = why != null ? 0 : result;
        final BufferPin pinned = take();
        final EvBuffer buffer = pinned.buffer();
        Throwable thrown = null;
        buffer.lock(); // nobody starts the next operation on it before this one is done with
        try {
            if (bytes > 0) port.advance(bytes);
            transferred = bytes;
            forgo();
            pinned.complete(Math.max(bytes, 0));
        } catch (final Throwable e) {
            thrown = e; // a listener's or a release handler's: the pin is off
        } finally {
            buffer.unlock();
        }
        tell(told, buffer, bytes, why, thrown);
        return true;
    }

    private static void tell(
            final OverlappedHandler told,
            final EvBuffer buffer,
            final long bytes,
            final @Nullable Throwable why,
            final @Nullable Throwable thrown) {
        try {
            told.ended(buffer, bytes, why);
        } catch (final Throwable e) {
            if (thrown == null) throw e;
            thrown.addSuppressed(e);
        }
        if (thrown instanceof final RuntimeException e) throw e;
        if (thrown instanceof final Error e) throw e;
    }

    private @Nullable IllegalStateException impossible() {
        if (result >= least && result <= asked) return null;
        return new IllegalStateException(port + " claims to have transferred " + result + " bytes of " + asked);
    }

    private IllegalStateException inFlight() {
        final boolean ended = (word.get() & STATE) == ENDED;
        return new IllegalStateException("one operation at a time: one is in flight on " + port
                + (ended ? ", it has ended and waits for the executor or settle()" : ""));
    }

    void close() throws IOException {
        port.close();
    }

    @Override
    public String toString() {
        return port + (isInFlight() ? ", in flight" : ", idle");
    }
}
