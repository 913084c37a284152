package io.evbuffer.event.backend.sim;

import io.evbuffer.EvIovec;
import io.evbuffer.event.Event;
import io.evbuffer.event.Transport;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import org.jspecify.annotations.Nullable;

/**
 * A stream socket of a world: the two pipes of its connection, and how it began and ended.
 *
 * <pre>
 *   NEW ──connect──► CONNECTING ──answer──► CONNECTED ──reset──► BROKEN
 *                        └───────refused, lost──────────────────────┘
 * </pre>
 */
final class SimStream extends SimSocket {
    private enum State {
        NEW,
        CONNECTING,
        CONNECTED,
        BROKEN
    }

    /** A socket can be written again when a third of its space is free, as on Linux. */
    private static final int WRITABLE_SHARE = 3;

    private State state = State.NEW;
    private @Nullable InetSocketAddress remote;
    private @Nullable SimHandshake handshake;
    private @Nullable SimStream peer;
    private @Nullable SimPipe in;
    private @Nullable SimPipe out;
    private boolean starved; // a write found too little room
    private boolean peerTold; // that nobody reads what it writes
    private String failure = "";

    SimStream(final SimBackend backend, final int number) {
        super(backend, number);
    }

    // ---- connecting ----

    @Override
    public void bind(final @Nullable SocketAddress address, final int backlog) throws IOException {
        ensureOpen();
        if (local != null) throw new IOException("bound already: " + this);
        local = world.network().bind(address, null);
    }

    @Override
    public boolean connect(final SocketAddress address) throws IOException {
        ensureOpen();
        if (state == State.CONNECTING) throw new ConnectionPendingException();
        if (state != State.NEW) throw new AlreadyConnectedException();
        remote = SimNetwork.resolved(address);
        if (local == null) local = world.network().bind(null, null);
        state = State.CONNECTING;
        world.trace("connect", number, remote.getPort());
        final SimHandshake begun = new SimHandshake(world, this, remote);
        handshake = begun;
        begun.begin();
        return state == State.CONNECTED;
    }

    /** A listener takes the connection: both pipes are there; the client learns of it at a later time. */
    void joined(final SimStream server, final InetSocketAddress at, final long known) {
        final SimPipe there = new SimPipe(world, server, world.capacity());
        final SimPipe back = new SimPipe(world, this, world.capacity());
        back.notBefore(known);
        out = there;
        in = back;
        peer = server;
        server.in = there;
        server.out = back;
        server.peer = this;
        server.local = at;
        server.remote = local;
        server.state = State.CONNECTED;
    }

    /** The answer has come: there is a connection. */
    void connected() {
        handshake = null;
        state = State.CONNECTED;
        world.trace("connected", number, 0);
        edge(Event.WRITE);
    }

    @Override
    public boolean finishConnect() throws IOException {
        ensureOpen();
        return switch (state) {
            case NEW -> throw new NotYetConnectedException();
            case CONNECTING -> false;
            case CONNECTED -> true;
            case BROKEN -> throw broken();
        };
    }

    @Override
    public boolean isConnected() {
        return isOpen() && state == State.CONNECTED;
    }

    @Override
    public Transport accept() throws IOException {
        throw new IOException("not a listening socket: " + this);
    }

    @Override
    public @Nullable SocketAddress remoteAddress() throws IOException {
        ensureOpen();
        return state == State.CONNECTED ? remote : null;
    }

    // ---- readiness ----

    @Override
    int readiness() {
        if (state == State.BROKEN) return Event.READ | Event.WRITE | Event.CLOSED;
        if (state != State.CONNECTED) return 0;
        final SimPipe from = in();
        final SimPipe to = out();
        int bits = 0;
        if (from.available() > 0 || from.hasEnded()) bits |= Event.READ;
        if (to.isEnding() || to.room() >= room()) bits |= Event.WRITE;
        if (from.hasEnded()) bits |= Event.CLOSED;
        return bits;
    }

    private int room() {
        return Math.max(1, world.capacity() / WRITABLE_SHARE);
    }

    @Override
    boolean isBroken() {
        return state == State.BROKEN;
    }

    /** The pipe in has more. */
    void arrived(final boolean ended) {
        edge(ended ? Event.READ | Event.CLOSED : Event.READ);
    }

    private void roomMade() {
        if (!starved || out().room() < room()) return;
        starved = false;
        edge(Event.WRITE);
    }

    // ---- bytes ----

    @Override
    public long read(final EvIovec vectors) throws IOException {
        ensureConnectedToTransfer();
        if (state == State.CONNECTING) return WOULD_BLOCK;
        breakByChance();
        final SimPipe from = in();
        final int there = (int) Math.min(from.available(), vectors.totalLength());
        if (there == 0) return from.hasEnded() ? END_OF_STREAM : WOULD_BLOCK;
        final int count = cut(there, world.faults().shortRead(), Event.READ);
        int missing = count;
        for (int i = 0; missing > 0; i++) {
            final int part = Math.min(missing, vectors.length(i));
            from.give(vectors.view(i), part);
            missing -= part;
        }
        world.trace("read", number, count);
        if (peer != null) peer.roomMade();
        return count;
    }

    @Override
    public long write(final EvIovec vectors) throws IOException {
        ensureConnectedToTransfer();
        if (state == State.CONNECTING) return 0;
        breakByChance();
        final SimPipe to = out();
        if (to.isEnding()) throw new IOException("Broken pipe");
        final long offered = vectors.totalLength();
        final int fits = (int) Math.min(to.room(), offered);
        final int count = fits == 0 ? 0 : cut(fits, world.faults().shortWrite(), Event.WRITE);
        if (count < offered) starved = true;
        int missing = count;
        for (int i = 0; missing > 0; i++) {
            final int part = Math.min(missing, vectors.length(i));
            to.take(vectors.view(i), part);
            missing -= part;
        }
        if (count > 0) send(to);
        world.trace("write", number, count);
        return count;
    }

    private void send(final SimPipe to) {
        if (peer == null || peer.isOpen()) {
            to.send(world.latency());
        } else if (!peerTold) { // nobody is there: the answer is a reset
            peerTold = true;
            new SimReset(world, this).begin(2 * world.latency());
        }
    }

    private void ensureConnectedToTransfer() throws IOException {
        ensureOpen();
        if (state == State.NEW) throw new NotYetConnectedException();
        if (state == State.BROKEN) throw broken();
    }

    /** Fewer bytes than could be, or none, by chance; the rest is then told anew. */
    private int cut(final int possible, final double probability, final int bit) {
        int count = possible;
        if (world.chance(world.faults().wouldBlock())) count = 0;
        else if (possible > 1 && world.chance(probability)) count = 1 + world.below(possible - 1);
        if (count < possible) edge(bit);
        return count;
    }

    @Override
    public void shutdownOutput() throws IOException {
        ensureOpen();
        if (state == State.BROKEN) throw broken();
        if (state != State.CONNECTED) throw new NotYetConnectedException();
        world.trace("shutdown", number, 0);
        out().end(world.latency());
    }

    // ---- the end ----

    private void breakByChance() throws IOException {
        if (!world.chance(world.faults().reset())) return;
        reset();
        throw broken();
    }

    /** Breaks the connection off: this end knows at once, the other when it is told. */
    void reset() {
        final SimStream other = peer;
        fail("Connection reset");
        if (other != null) new SimReset(world, other).begin(world.latency());
    }

    /** The connection has come to a bad end. */
    void fail(final String reason) {
        if (state == State.BROKEN || !isOpen()) return;
        world.trace("broken", number, reason.hashCode());
        state = State.BROKEN;
        failure = reason;
        letGo();
        edge(Event.READ | Event.WRITE | Event.CLOSED);
    }

    private void letGo() {
        if (handshake != null) handshake.abandon();
        handshake = null;
        if (in != null) in.discard();
        if (out != null) out.discard();
        peer = null;
    }

    /** The listener was closed before anybody accepted this. */
    void abandon() {
        reset();
    }

    @Override
    void end() {
        final SimStream other = peer;
        final SimPipe to = out;
        if (to == null || other == null) { // never connected, or broken
            letGo();
            return;
        }
        if (state == State.CONNECTING || lingersNot() || in().isUnread()) {
            letGo();
            new SimReset(world, other).begin(world.latency());
        } else {
            to.end(world.latency()); // what was written still arrives
        }
    }

    private IOException broken() throws IOException {
        if (!isOpen()) throw new ClosedChannelException();
        return failure.startsWith("Connection reset") ? new SocketException(failure) : new ConnectException(failure);
    }

    private SimPipe in() {
        return connectedPipe(in);
    }

    private SimPipe out() {
        return connectedPipe(out);
    }

    private SimPipe connectedPipe(final @Nullable SimPipe pipe) {
        if (pipe == null) throw new IllegalStateException("not connected: " + this);
        return pipe;
    }
}
