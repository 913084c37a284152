package io.evbuffer.bufferevent;

import io.evbuffer.event.EventException;
import io.evbuffer.event.Transport;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A connect attempt of a {@link SocketBufferEvent}, from the call to its one outcome.
 *
 * <pre>
 *   IDLE --connect--&gt; CONNECTING --stands--&gt; TELLING --told--&gt; IDLE, and reading and writing begin
 *                         '--refused, timed out--&gt; IDLE, ERROR or TIMEOUT told
 * </pre>
 *
 * <p>The outcome is told exactly once and never before the call has returned, even where the system knows it at once. Until
 * CONNECTED is told nothing is read, which could eat the error that tells the outcome, and nothing is written. A channel
 * that the attempt opened itself is closed when the attempt fails or is abandoned.
 */
final class Connector {
    private final SocketBufferEvent owner;
    private State state = State.IDLE;
    private boolean opened; // the attempt opened its channel itself
    private @Nullable SocketAddress peer;
    private @Nullable IOException refusal; // the outcome, if the system knew it at once

    Connector(final SocketBufferEvent owner) {
        this.owner = owner;
    }

    boolean isIdle() {
        return state == State.IDLE;
    }

    boolean isConnecting() {
        return state == State.CONNECTING;
    }

    boolean isTelling() {
        return state == State.TELLING;
    }

    /** Begins an attempt on the transport that is set, or on one it opens. */
    void connect(final SocketAddress address) throws IOException {
        connect(address, true);
    }

    /** As {@link #connect(SocketAddress)}, with the time allowed counting from now or from an attempt before. */
    void connect(final SocketAddress address, final boolean fullTime) throws IOException {
        final Transport given = owner.transport();
        final Transport transport = given == null ? open(address) : given;
        IOException refusedAtOnce = null;
        boolean there = true;
        try {
            there = transport.connect(address);
        } catch (final ConnectException e) {
            refusedAtOnce = e;
        } catch (final IOException | RuntimeException e) {
            if (given == null) {
                closeAfter(e, transport);
            }
            throw e;
        }
        opened = given == null;
        peer = address;
        refusal = refusedAtOnce;
        begin(transport, there, fullTime);
    }

    private Transport open(final SocketAddress address) throws IOException {
        try {
            return owner.base().openStream(address);
        } catch (final EventException e) {
            throw e.getCause() instanceof IOException system ? system : new IOException(e);
        }
    }

    /** Waits for the outcome of an attempt that somebody else began on the transport that is set. */
    void adopt(final Transport transport) {
        opened = false;
        peer = null;
        refusal = null;
        begin(transport, transport.isConnected(), true);
    }

    /** Begins to wait; {@code known} if the system has answered already, which is told in the next turn. */
    private void begin(final Transport transport, final boolean known, final boolean fullTime) {
        final Wire wire = owner.attach(transport);
        state = State.CONNECTING;
        try {
            if (known) {
                wire.writeLater();
            } else {
                wire.watchWrite(true);
            }
        } catch (final EventException e) {
            abandon();
            throw e;
        }
        if (fullTime) {
            owner.writeTimer.restart();
        } else {
            owner.writeTimer.resume();
        }
    }

    /** The transport may have an answer. */
    void writable(final Wire wire) {
        if (state != State.CONNECTING) {
            return;
        }
        try {
            if (refusal != null) {
                throw refusal;
            }
            if (!wire.transport().isConnected() && !wire.transport().finishConnect()) {
                wire.watchWrite(true);
                return;
            }
        } catch (final IOException e) {
            fail(e);
            return;
        } catch (final RuntimeException | LinkageError e) {
            fail(new IOException(e)); // it was not connecting, for example; thrown on, it would come back in each turn
            return;
        }
        state = State.TELLING;
        owner.forgetHosts();
        wire.connected();
        wire.watchWrite(false);
        owner.writeTimer.cancel();
        owner.slots.raiseConnected();
    }

    /** CONNECTED was told. */
    void told() {
        if (state == State.TELLING) {
            state = State.IDLE;
            owner.begin();
        }
    }

    /** The write timeout is over: if the system has no answer by now, there is none. */
    void timedOut() {
        final Wire wire = owner.wire();
        if (wire != null) {
            writable(wire);
        }
        if (state != State.CONNECTING || owner.wire() != wire) {
            return; // there was an answer, which may have led to another attempt
        }
        final SocketAddress address = peer;
        abandon();
        owner.forgetHosts();
        owner.endDirection(
                Directions.WRITE,
                EventFlags.TIMEOUT.with(EventFlags.WRITING),
                new ConnectionException.ConnectTimeout(address, null),
                false);
    }

    /** Forgets the attempt; nothing of it is told. */
    void abandon() {
        final Wire wire = owner.wire();
        if (state == State.CONNECTING && wire != null) {
            owner.writeTimer.cancel();
            if (opened) {
                owner.dropAndClose(wire);
            } else {
                wire.giveUp();
            }
        }
        state = State.IDLE;
        peer = null;
        refusal = null;
    }

    private void fail(final IOException cause) {
        final ConnectionException why = ConnectionException.whileConnecting(cause, peer);
        final boolean own = opened;
        abandon();
        if (!owner.triesAnotherHost(why, own)) {
            owner.raiseEvent(EventFlags.ERROR, why, false);
        }
    }

    private static void closeAfter(final Exception cause, final Transport transport) {
        try {
            transport.close();
        } catch (final IOException e) {
            cause.addSuppressed(e);
        }
    }

    private enum State {
        IDLE,
        CONNECTING,
        TELLING
    }
}
