package io.evbuffer.channel;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** An asynchronous socket that holds the one operation it was asked for until the test ends it, on the test's thread. */
final class HeldSocket extends AsynchronousSocketChannel {
    @FunctionalInterface
    private interface End {
        void tell(@Nullable Number result, @Nullable Throwable failure);
    }

    private ByteBuffer[] views = new ByteBuffer[0];
    private @Nullable End end;
    private int starts;
    private boolean closed;
    private @Nullable RuntimeException refusal;
    private @Nullable Runnable atStart;

    /** The next operation is refused by an exception. */
    void refuse(final @Nullable RuntimeException with) {
        refusal = with;
    }

    /** What the next operation does before the call that starts it returns, as to end it. */
    void atStart(final Runnable action) {
        atStart = action;
    }

    private static <A, N extends Number> End ending(
            final CompletionHandler<N, ? super A> told, final A attachment, final Function<Number, N> boxed) {
        return (result, failure) -> {
            if (failure != null) told.failed(failure, attachment);
            else told.completed(boxed.apply(Objects.requireNonNull(result)), attachment);
        };
    }

    private void hold(final ByteBuffer[] held, final End itsEnd) {
        starts++;
        if (end != null) throw new AssertionError("two operations at a time");
        if (refusal != null) {
            final RuntimeException thrown = refusal;
            refusal = null;
            throw thrown;
        }
        for (final ByteBuffer view : held) {
            if (!view.isDirect() || !view.hasRemaining()) throw new AssertionError("no room, or on the heap: " + view);
        }
        views = held;
        end = itsEnd;
        final Runnable action = atStart;
        atStart = null;
        if (action != null) action.run();
    }

    private void finish(final @Nullable Number result, final @Nullable Throwable failure) {
        final End told = Objects.requireNonNull(end, "no operation is held");
        end = null;
        views = new ByteBuffer[0];
        told.tell(result, failure);
    }

    // ---- of the test ----

    boolean holdsOne() {
        return end != null;
    }

    int starts() {
        return starts;
    }

    int vectors() {
        return views.length;
    }

    long asked() {
        long total = 0;
        for (final ByteBuffer view : views) total += view.remaining();
        return total;
    }

    /** Puts bytes where the operation reads to, without ending it. */
    void scribble(final byte[] bytes) {
        int done = 0;
        for (int i = 0; done < bytes.length; i++) {
            final int piece = Math.min(bytes.length - done, views[i].remaining());
            views[i].put(bytes, done, piece);
            done += piece;
        }
    }

    /** Ends the read with bytes. */
    void bring(final byte[] bytes) {
        scribble(bytes);
        finish(bytes.length, null);
    }

    /** The bytes that the operation writes, or has left. */
    byte[] shown() {
        final ByteBuffer all = ByteBuffer.allocate((int) asked());
        for (final ByteBuffer view : views) all.put(view.duplicate());
        return all.array();
    }

    /** Ends the write after so many bytes, which it tells. */
    byte[] take(final int count) {
        final byte[] taken = Arrays.copyOf(shown(), count);
        finish(count, null);
        return taken;
    }

    /** Ends the operation with a number, and touches nothing. */
    void tell(final long number) {
        finish(number, null);
    }

    void fail(final Throwable with) {
        finish(null, with);
    }

    @Override
    public void close() {
        closed = true;
        if (end != null) fail(new AsynchronousCloseException());
    }

    @Override
    public boolean isOpen() {
        return !closed;
    }

    // ---- of the channel ----

    @Override
    public <A> void read(
            final ByteBuffer target,
            final long timeout,
            final TimeUnit unit,
            final A attachment,
            final CompletionHandler<Integer, ? super A> handler) {
        hold(new ByteBuffer[] {target}, ending(handler, attachment, Number::intValue));
    }

    @Override
    public <A> void read(
            final ByteBuffer[] targets,
            final int offset,
            final int length,
            final long timeout,
            final TimeUnit unit,
            final A attachment,
            final CompletionHandler<Long, ? super A> handler) {
        hold(Arrays.copyOfRange(targets, offset, offset + length), ending(handler, attachment, Number::longValue));
    }

    @Override
    public <A> void write(
            final ByteBuffer source,
            final long timeout,
            final TimeUnit unit,
            final A attachment,
            final CompletionHandler<Integer, ? super A> handler) {
        hold(new ByteBuffer[] {source}, ending(handler, attachment, Number::intValue));
    }

    @Override
    public <A> void write(
            final ByteBuffer[] sources,
            final int offset,
            final int length,
            final long timeout,
            final TimeUnit unit,
            final A attachment,
            final CompletionHandler<Long, ? super A> handler) {
        hold(Arrays.copyOfRange(sources, offset, offset + length), ending(handler, attachment, Number::longValue));
    }

    HeldSocket() {
        super(null);
    }

    // ---- not used ----

    private static UnsupportedOperationException unused() {
        return new UnsupportedOperationException("not used");
    }

    @Override
    public Future<Integer> read(final ByteBuffer target) {
        throw unused();
    }

    @Override
    public Future<Integer> write(final ByteBuffer source) {
        throw unused();
    }

    @Override
    public AsynchronousSocketChannel bind(final SocketAddress local) {
        throw unused();
    }

    @Override
    public <T> AsynchronousSocketChannel setOption(final SocketOption<T> name, final T value) {
        throw unused();
    }

    @Override
    public <T> T getOption(final SocketOption<T> name) {
        throw unused();
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        throw unused();
    }

    @Override
    public AsynchronousSocketChannel shutdownInput() {
        throw unused();
    }

    @Override
    public AsynchronousSocketChannel shutdownOutput() {
        throw unused();
    }

    @Override
    public SocketAddress getRemoteAddress() throws IOException {
        throw unused();
    }

    @Override
    public SocketAddress getLocalAddress() throws IOException {
        throw unused();
    }

    @Override
    public <A> void connect(
            final SocketAddress remote, final A attachment, final CompletionHandler<Void, ? super A> handler) {
        throw unused();
    }

    @Override
    public Future<Void> connect(final SocketAddress remote) {
        throw unused();
    }

    @Override
    public String toString() {
        return "held socket";
    }
}
