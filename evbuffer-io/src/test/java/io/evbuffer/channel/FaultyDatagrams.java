package io.evbuffer.channel;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.MembershipKey;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A datagram channel without a socket: hands out what was put into {@link #waiting}, cut to the room it is given as the
 * system does, keeps what it is sent in {@link #sent}, and does what its next call is told.
 */
final class FaultyDatagrams extends DatagramChannel {
    static final SocketAddress PEER = new InetSocketAddress(InetAddress.getLoopbackAddress(), 9);

    final ArrayDeque<byte[]> waiting = new ArrayDeque<>();
    final List<byte[]> sent = new ArrayList<>();
    private final boolean connected;
    private FaultyChannel.Fault fault = FaultyChannel.Fault.NONE;
    private int calls;
    private int lastVectors;
    private int lastRoom;
    private int claimed = -1;
    private Runnable atCalls = () -> {};

    FaultyDatagrams(final boolean connected) {
        super(null);
        this.connected = connected;
    }

    void next(final FaultyChannel.Fault nextFault) {
        fault = nextFault;
    }

    /** The next datagram is taken, but another number of bytes is claimed. */
    void nextClaims(final int bytes) {
        claimed = bytes;
    }

    /** What is done in each call. */
    void atCalls(final Runnable action) {
        atCalls = action;
    }

    int calls() {
        return calls;
    }

    int lastVectors() {
        return lastVectors;
    }

    int lastRoom() {
        return lastRoom;
    }

    private boolean nothing() throws IOException {
        calls++;
        atCalls.run();
        final FaultyChannel.Fault now = fault;
        fault = FaultyChannel.Fault.NONE;
        if (now == FaultyChannel.Fault.CHECKED) throw new SocketException("call " + calls + " fails");
        if (now == FaultyChannel.Fault.UNCHECKED) throw new IllegalStateException("call " + calls + " fails");
        return now == FaultyChannel.Fault.NOTHING;
    }

    @Override
    public @Nullable SocketAddress receive(final ByteBuffer target) throws IOException {
        lastRoom = target.remaining();
        if (nothing() || waiting.isEmpty()) return null;
        final byte[] datagram = waiting.remove();
        target.put(datagram, 0, Math.min(datagram.length, target.remaining()));
        return PEER;
    }

    @Override
    public int send(final ByteBuffer source, final SocketAddress target) throws IOException {
        if (!target.equals(PEER)) throw new AssertionError("sent to " + target);
        return (int) take(new ByteBuffer[] {source}, 0, 1);
    }

    @Override
    public int write(final ByteBuffer source) throws IOException {
        return (int) take(new ByteBuffer[] {source}, 0, 1);
    }

    @Override
    public long write(final ByteBuffer[] sources, final int offset, final int length) throws IOException {
        return take(sources, offset, length);
    }

    private long take(final ByteBuffer[] sources, final int offset, final int length) throws IOException {
        lastVectors = length;
        if (nothing()) return 0;
        int total = 0;
        for (int i = 0; i < length; i++) total += sources[offset + i].remaining();
        final ByteBuffer datagram = ByteBuffer.allocate(total);
        for (int i = 0; i < length; i++) datagram.put(sources[offset + i]);
        sent.add(datagram.array());
        final int told = claimed < 0 ? total : claimed;
        claimed = -1;
        return told;
    }

    // ---- what readers and writers do not use ----

    private static UnsupportedOperationException unused() {
        return new UnsupportedOperationException("not used");
    }

    @Override
    public boolean isConnected() {
        return connected;
    }

    @Override
    public int read(final ByteBuffer target) {
        throw unused();
    }

    @Override
    public long read(final ByteBuffer[] targets, final int offset, final int length) {
        throw unused();
    }

    @Override
    public DatagramChannel bind(final @Nullable SocketAddress local) {
        throw unused();
    }

    @Override
    public <T> DatagramChannel setOption(final SocketOption<T> name, final T value) {
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
    public DatagramSocket socket() {
        throw unused();
    }

    @Override
    public DatagramChannel connect(final SocketAddress remote) {
        throw unused();
    }

    @Override
    public DatagramChannel disconnect() {
        throw unused();
    }

    @Override
    public SocketAddress getRemoteAddress() {
        throw unused();
    }

    @Override
    public SocketAddress getLocalAddress() {
        throw unused();
    }

    @Override
    public MembershipKey join(final InetAddress group, final NetworkInterface on) {
        throw unused();
    }

    @Override
    public MembershipKey join(final InetAddress group, final NetworkInterface on, final InetAddress source) {
        throw unused();
    }

    @Override
    protected void implCloseSelectableChannel() {}

    @Override
    protected void implConfigureBlocking(final boolean block) {}
}
