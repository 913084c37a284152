package io.evbuffer.bufferevent;

import io.evbuffer.EvBuffer;
import io.evbuffer.channel.ChannelReader;
import io.evbuffer.channel.ChannelWriter;
import io.evbuffer.event.Event;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.Transport;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A transport as one {@link SocketBufferEvent} uses it: with its two events and what is registered of them.
 *
 * <p>Each transport that is set gets its own wire, so the wire is the generation: whoever holds another one than the
 * BufferEvent does is late, and does nothing.
 */
final class Wire {
    private final SocketBufferEvent owner;
    private final Transport transport;
    private final Tally tally;
    private final ChannelReader reader;
    private final ChannelWriter writer;
    private final Event readable;
    private final Event writable;
    private boolean watchingRead;
    private boolean watchingWrite;
    private @Nullable Event closed; // made when first watched
    private boolean watchingClosed;
    private boolean closeTold;
    private boolean usable; // the connection stands; without it nothing moves

    Wire(final SocketBufferEvent owner, final Transport transport) {
        this(owner, transport, owner.base(), owner.live(), owner.priority());
    }

    private Wire(
            final SocketBufferEvent owner,
            final Transport transport,
            final EventBase base,
            final LiveBufferEvents live,
            final int priority) {
        this.transport = transport;
        this.owner = owner;
        this.tally = owner.tally;
        this.usable = transport.isConnected();
        base.leaveRegistered(transport);
        this.reader = live.reader(transport);
        this.writer = live.writer(transport);
        this.readable = new Event(
                base,
                transport,
                Event.READ | Event.PERSIST | Event.FINALIZE,
                (event, result) -> owner.readable(this),
                owner);
        this.writable = new Event(
                base,
                transport,
                Event.WRITE | Event.PERSIST | Event.FINALIZE,
                (event, result) -> owner.writable(this),
                owner);
        readable.priority(priority);
        writable.priority(priority);
    }

    /** The same for another base, which must be able to wait for the transport. What this one has in the reactor ends. */
    Wire onBase(final EventBase other, final int priority) {
        final Event probe = new Event(other, transport, Event.READ | Event.FINALIZE, (event, result) -> {}, null);
        try {
            probe.add(); // refused now or never
        } finally {
            probe.close();
        }
        final Wire moved = new Wire(owner, transport, other, LiveBufferEvents.of(other), priority);
        moved.usable = usable;
        moved.closeTold = closeTold;
        return moved;
    }

    Transport transport() {
        return transport;
    }

    boolean isUsable() {
        return usable;
    }

    boolean isWatchingRead() {
        return watchingRead;
    }

    boolean isWatchingWrite() {
        return watchingWrite;
    }

    /** Says whether anything is registered of it. */
    boolean isWatching() {
        return watchingRead || watchingWrite || watchingClosed;
    }

    boolean isWatchingClosed() {
        return watchingClosed;
    }

    void watchRead(final boolean on) {
        if (watchingRead != on) {
            watch(readable, on);
            watchingRead = on;
            tally.interestChanges++;
        }
    }

    void watchWrite(final boolean on) {
        if (watchingWrite != on) {
            watch(writable, on);
            watchingWrite = on;
            tally.interestChanges++;
        }
    }

    /** Notices, once, that the peer has finished; only where the backend can. */
    void watchClosed(final boolean on) {
        if (watchingClosed == on || (on && (closeTold || !usable))) {
            return;
        }
        Event event = closed;
        if (event == null) {
            event = new Event(
                    owner.base(),
                    transport,
                    Event.CLOSED | Event.PERSIST | Event.FINALIZE,
                    (source, result) -> owner.closedByPeer(this),
                    owner);
            event.priority(owner.priority());
            closed = event;
        }
        watch(event, on);
        watchingClosed = on;
    }

    /** It was noticed, or the end was read. */
    void closeTold() {
        closeTold = true;
        watchClosed(false);
    }

    private static void watch(final Event event, final boolean on) {
        if (on) {
            event.add();
        } else {
            event.del();
        }
    }

    /** Runs the read routine in the next turn, whether or not the transport is ready. */
    void readLater() {
        readable.activeLater(Event.READ);
    }

    /** Runs the write routine in the next turn, whether or not the transport is ready. */
    void writeLater() {
        writable.activeLater(Event.WRITE);
    }

    /** Reads at most so many bytes. As {@link io.evbuffer.channel.ScatterSource#read}. */
    long read(final EvBuffer input, final long atMost) throws IOException {
        return reader.read(input, atMost);
    }

    /** Says whether the last read filled all the room it had, so that more may wait. */
    boolean wasFilled() {
        return reader.lastReadWasFull();
    }

    /** Writes at most so many bytes. As {@link io.evbuffer.channel.GatherSink#write}. */
    long write(final EvBuffer output, final long atMost) throws IOException {
        return writer.writeAtMost(output, atMost);
    }

    /** Says whether the last write took all it was offered, so that it may take more. */
    boolean tookAll() {
        return writer.lastWriteWasFull();
    }

    void collectEvents(final List<Event> events) {
        events.add(readable);
        events.add(writable);
        if (closed != null) {
            events.add(closed);
        }
    }

    /** The connect attempt has made a connection. */
    void connected() {
        usable = true;
    }

    /** No connection came about, or the BufferEvent is freed: both interests go, and nothing moves any more. */
    void giveUp() {
        usable = false;
        watchRead(false);
        watchWrite(false);
        watchClosed(false);
    }

    /** Leaves the reactor. The transport stays as it is. */
    void detach() {
        giveUp();
        readable.close();
        writable.close();
        if (closed != null) {
            closed.close();
        }
    }

    /** Leaves the reactor and then closes the transport, so that nothing holds it open. */
    @Nullable
    IOException close() {
        detach();
        try {
            transport.close();
            return null;
        } catch (final IOException failure) {
            return failure;
        }
    }
}
