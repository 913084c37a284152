package io.evbuffer.event.backend.nio;

import io.evbuffer.event.Event;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.EventConfig;
import io.evbuffer.event.EventException;
import io.evbuffer.event.Transport;
import io.evbuffer.event.backend.Backend;
import io.evbuffer.event.backend.BackendProvider;
import io.evbuffer.event.backend.Descriptor;
import io.evbuffer.event.backend.ReadySink;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Waits with an NIO selector.
 *
 * <p>A channel has one key, in the slot of its descriptor, whose interest changes as the base says; the key is cancelled
 * when nothing is wanted any more, which the next poll completes. READ is also "may accept", WRITE also "may finish the
 * connect", so the base needs to know nothing of either.
 *
 * <p>A selector that returns {@value #PREMATURE_LIMIT} times in a row before its time, with nothing ready, no wake-up and no
 * interrupt, is broken: it is replaced by a new one. If that does no better, the next one is given twice as long.
 *
 * <p>Ready keys are taken in the select call itself, into arrays that only grow: a turn allocates nothing of its own.
 *
 * <p><b>Threads:</b> as {@link Backend} says.
 */
public final class NioBackend implements Backend {
    /** Opens backends of this kind. */
    public static final BackendProvider PROVIDER = new Provider();

    static final int PREMATURE_LIMIT = 512;

    private static final int LONGEST_PREMATURE_LIMIT = 1 << 20;
    private static final Logger LOG = System.getLogger(NioBackend.class.getName());
    private static final int FEATURES = EventBase.FEATURE_O1;
    private static final int INITIAL_READY = 32;
    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final int READ_OPS = SelectionKey.OP_READ | SelectionKey.OP_ACCEPT;
    private static final int WRITE_OPS = SelectionKey.OP_WRITE | SelectionKey.OP_CONNECT;

    /** The selecting call, so that a test can put a broken selector in its place. */
    interface Select {
        int select(Selector selector, Consumer<SelectionKey> ready, long millis) throws IOException;

        /** Selects only to complete what cancelled keys began. */
        default void purge(final Selector selector) throws IOException {
            selector.selectNow(key -> {});
        }
    }

    private static final class Provider implements BackendProvider {
        @Override
        public String name() {
            return "nio";
        }

        @Override
        public int features() {
            return FEATURES;
        }

        @Override
        public Backend open(final EventConfig config) throws IOException {
            return new NioBackend((selector, ready, millis) -> selector.select(ready, millis));
        }
    }

    private final Select select;
    private final Consumer<SelectionKey> collector = this::collect; // one object for all polls
    private volatile Selector selector;
    private volatile boolean woken; // a wake-up was sent that no poll has seen yet
    private final Object pollerChange = new Object(); // held by closed() to keep a loop from starting to poll
    private volatile @Nullable Thread poller; // null while no loop runs
    private volatile boolean cancelled; // a key was, and no select has let go of it yet

    // Of the loop's thread:
    private @Nullable Descriptor[] ready = new Descriptor[INITIAL_READY];
    private int[] readyBits = new int[INITIAL_READY];
    private int readyCount;
    private int premature; // polls in a row that returned early for no reason
    private int prematureLimit = PREMATURE_LIMIT; // doubles while new selectors do no better
    private long rebuilds;

    NioBackend(final Select select) throws IOException {
        this.select = select;
        this.selector = Selector.open();
    }

    @Override
    public int features() {
        return FEATURES;
    }

    // ---- interest ----

    @Override
    public void admit(final Descriptor descriptor, final int bits) {
        final SelectableChannel channel = descriptor.channel();
        if (channel == null) {
            throw new EventException("nio waits for selectable channels only, not for " + descriptor
                    + ": numbers need one of epoll, io_uring, poll");
        }
        if (!channel.isOpen()) throw new EventException("the channel is closed: " + channel);
        if (channel.isBlocking()) {
            throw new EventException("the channel is in blocking mode, call configureBlocking(false): " + channel);
        }
        if (!channel.provider().equals(selector.provider())) {
            throw new EventException("the channel is of another provider than the selector: " + channel);
        }
        final int valid = channel.validOps();
        if ((bits & Event.READ) != 0 && (valid & READ_OPS) == 0) {
            throw new EventException("the channel can neither read nor accept: " + channel);
        }
        if ((bits & Event.WRITE) != 0 && (valid & WRITE_OPS) == 0) {
            throw new EventException("the channel can neither write nor connect: " + channel);
        }
    }

    @Override
    public void apply(final Descriptor descriptor, final int before, final int wanted) throws IOException {
        final SelectionKey key = (SelectionKey) descriptor.slot();
        if (wanted == 0) {
            if (key != null) {
                key.cancel();
                cancelled = true;
            }
            descriptor.slot(null);
            return;
        }
        final SelectableChannel channel = Objects.requireNonNull(descriptor.channel());
        final int ops = ops(channel, wanted);
        try {
            if (key != null && key.isValid()) key.interestOps(ops);
            else descriptor.slot(register(channel, ops, descriptor));
        } catch (final CancelledKeyException e) {
            throw new IOException("the channel was closed meanwhile: " + channel, e);
        }
    }

    private SelectionKey register(final SelectableChannel channel, final int ops, final Descriptor descriptor)
            throws IOException {
        try {
            return channel.register(selector, ops, descriptor);
        } catch (final CancelledKeyException e) {
            letGoOfCancelled(); // the former key was cancelled since the last poll
            return channel.register(selector, ops, descriptor);
        }
    }

    /**
     * What a channel has of the bits. A selector hides all but the end of a connect while a connect goes on, even what can be
     * read by then, and would return at once for it for ever: so a reader is told of that end, too.
     */
    private static int ops(final SelectableChannel channel, final int bits) {
        final int ops = channel.validOps()
                & (((bits & Event.READ) != 0 ? READ_OPS : 0) | ((bits & Event.WRITE) != 0 ? WRITE_OPS : 0));
        return channel instanceof final SocketChannel stream && stream.isConnectionPending()
                ? ops | SelectionKey.OP_CONNECT
                : ops;
    }

    // ---- poll ----

    @Override
    public void poll(final long waitNanos) throws IOException {
        final Thread thread = Thread.currentThread();
        if (poller != thread) begin(thread);
        readyCount = 0;
        if (cancelled) cancelled = false; // before the select, which lets go
        if (waitNanos == 0) {
            selector.selectNow(collector);
            return;
        }
        // The first early return of a row is not looked at: so the usual sleep needs no clock.
        final long before = premature > 0 ? System.nanoTime() : 0;
        select.select(selector, collector, millis(waitNanos));
        if (readyCount > 0) {
            premature = 0;
            prematureLimit = PREMATURE_LIMIT;
        } else if (woken || thread.isInterrupted()) {
            woken = false;
            premature = 0;
        } else if (premature > 0 && waitNanos > 0 && System.nanoTime() - before >= waitNanos) {
            premature = 0;
            prematureLimit = PREMATURE_LIMIT;
        } else if (++premature > prematureLimit) {
            premature = 0;
            prematureLimit = Math.min(2 * prematureLimit, LONGEST_PREMATURE_LIMIT);
            rebuild();
        }
    }

    /** The first poll of a loop: from here on closing a channel wakes the poll, as a second select would wait for its end. */
    private void begin(final Thread thread) {
        synchronized (pollerChange) {
            poller = thread;
        }
    }

    /** Rounded up, so that a poll never returns before a timer is due; 0 is no limit. */
    private static long millis(final long waitNanos) {
        if (waitNanos < 0) return 0;
        final long millis = waitNanos / NANOS_PER_MILLI;
        return millis * NANOS_PER_MILLI == waitNanos ? millis : millis + 1;
    }

    private void collect(final SelectionKey key) {
        int ops;
        try {
            ops = key.readyOps();
            if (ops == SelectionKey.OP_CONNECT) ops = connectEnded(key);
        } catch (final CancelledKeyException closedMeanwhile) {
            return;
        }
        final int index = readyCount;
        if (index == ready.length) growReady();
        ready[index] = (Descriptor) key.attachment();
        readyBits[index] = ((ops & READ_OPS) != 0 ? Event.READ : 0) | ((ops & WRITE_OPS) != 0 ? Event.WRITE : 0);
        readyCount = index + 1;
    }

    /** A connect has ended. To a reader this is something to read: the connection, or why there is none. */
    private static int connectEnded(final SelectionKey key) {
        final int interest = key.interestOps();
        if ((interest & SelectionKey.OP_WRITE) != 0) return SelectionKey.OP_CONNECT;
        key.interestOps(interest & ~SelectionKey.OP_CONNECT); // or it is reported as long as there is room to write
        return SelectionKey.OP_READ;
    }

    private void growReady() {
        final int capacity = 2 * ready.length;
        readyBits = Arrays.copyOf(readyBits, capacity);
        ready = Arrays.copyOf(ready, capacity);
    }

    @Override
    public void report(final ReadySink sink) {
        for (int i = 0; i < readyCount; i++) {
            final Descriptor descriptor = ready[i];
            ready[i] = null;
            if (descriptor != null) sink.ready(descriptor, readyBits[i]);
        }
        readyCount = 0;
    }

    @Override
    public void wakeUp() {
        woken = true;
        selector.wakeup();
    }

    // ---- cancelled keys ----

    @Override
    public void settle() {
        synchronized (pollerChange) {
            poller = null;
        }
        if (!cancelled) return;
        cancelled = false;
        letGoOfCancelled();
    }

    /** A select completes what a cancelled key began. What it finds ready is found again by the next poll. */
    private void letGoOfCancelled() {
        try {
            select.purge(selector);
        } catch (final ClosedSelectorException closedMeanwhile) {
            return; // with the base, by another thread: that let go of everything
        } catch (final IOException e) {
            LOG.log(Level.WARNING, "the selector cannot let go of cancelled keys", e);
        }
        if (woken) selector.wakeup(); // that select may have taken it from a poll that is to come
    }

    /** A channel was closed: if it is registered, its descriptor is let go by the next select only. */
    void closed(final SelectableChannel channel) {
        if (!channel.isRegistered() || !selector.isOpen()) return;
        synchronized (pollerChange) {
            final Thread thread = poller;
            if (thread == null) {
                letGoOfCancelled();
            } else {
                cancelled = true; // for a loop that leaves without another poll
                if (thread != Thread.currentThread()) wakeUp();
            }
        }
    }

    // ---- rebuild ----

    /** Moves every key to a new selector. */
    private void rebuild() {
        final Selector broken = selector;
        final Selector fresh;
        try {
            fresh = Selector.open();
        } catch (final IOException e) {
            LOG.log(Level.WARNING, "the selector returns at once for no reason, and no other can be opened", e);
            return;
        }
        for (final SelectionKey key : List.copyOf(broken.keys())) {
            if (key.isValid()) move(key, fresh);
        }
        selector = fresh;
        rebuilds = rebuilds + 1;
        LOG.log(Level.WARNING, "the selector returned again and again at once for no reason: replaced");
        try {
            broken.close();
        } catch (final IOException e) {
            LOG.log(Level.WARNING, "the replaced selector cannot be closed", e);
        }
    }

    private static void move(final SelectionKey key, final Selector to) {
        final Descriptor descriptor = (Descriptor) key.attachment();
        try {
            descriptor.slot(key.channel().register(to, key.interestOps(), descriptor));
        } catch (final IOException | CancelledKeyException closedMeanwhile) {
            LOG.log(Level.DEBUG, "not moved to the new selector: {0}", key.channel());
        }
        key.cancel();
    }

    @Override
    public long rebuilds() {
        return rebuilds;
    }

    @Override
    public boolean needReinit() {
        return true;
    }

    @Override
    public void reinit() throws IOException {
        final Selector before = selector;
        selector = Selector.open();
        woken = false;
        cancelled = false;
        premature = 0;
        readyCount = 0;
        before.close(); // with all its keys
    }

    // ---- transports ----

    @Override
    public Transport openStream(final @Nullable SocketAddress family) throws IOException {
        final SocketChannel channel = family instanceof UnixDomainSocketAddress
                ? SocketChannel.open(StandardProtocolFamily.UNIX)
                : SocketChannel.open();
        return new NioStream(this, nonBlocking(channel));
    }

    @Override
    public Transport openListener(final @Nullable SocketAddress family) throws IOException {
        final ServerSocketChannel channel = family instanceof UnixDomainSocketAddress
                ? ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                : ServerSocketChannel.open();
        return new NioListener(this, nonBlocking(channel));
    }

    static <C extends SelectableChannel> C nonBlocking(final C channel) throws IOException {
        try {
            channel.configureBlocking(false);
            return channel;
        } catch (final IOException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public Transport wrap(final SelectableChannel channel) {
        if (!channel.isOpen()) throw new EventException("the channel is closed: " + channel);
        if (channel.isBlocking()) {
            throw new EventException("the channel is in blocking mode, call configureBlocking(false): " + channel);
        }
        if (channel instanceof final SocketChannel stream) return new NioStream(this, stream);
        if (channel instanceof final ServerSocketChannel listener) return new NioListener(this, listener);
        throw new EventException("not a stream or listening socket: " + channel);
    }

    @Override
    public void close() {
        try {
            selector.close();
        } catch (final IOException e) {
            LOG.log(Level.WARNING, "the selector cannot be closed", e);
        }
    }

    @Override
    public String toString() {
        return "NioBackend[" + new ArrayList<>(selector.keys()).size() + " keys]";
    }
}
