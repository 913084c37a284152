package io.evbuffer.perf.load;

import io.evbuffer.event.Event;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.EventConfig;
import io.evbuffer.perf.server.Arguments;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Many connections to an echo server, on one thread and a reactor of ours. All bytes that come back are compared with those
 * that were sent.
 *
 * <p>Ownership: the base is its own; closing the client closes all connections. Threads: one.
 */
final class LoadClient implements AutoCloseable {
    /** The option that names what a reactor waits with. */
    static final String BACKEND = "--backend";

    /** Connections that are being made at a time: fewer than a server's backlog, so that none has to try again. */
    private static final int CONNECTING = 128;

    /** Bytes of a message. More would stand in the server while it reads no more, and make it wait for its own output. */
    private static final int LONGEST = 512 * 1024;

    private static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final EventBase base;
    private final InetSocketAddress server;
    private final int messageBytes;
    private final Pattern pattern = new Pattern();
    private final byte[] received = new byte[Pattern.LONGEST];
    private final List<LoadConnection> connections = new ArrayList<>();
    private final Event stall;
    private int wanted; // connections
    private int pending; // connections that have not done yet what all are to do
    private long progress; // bytes and connections
    private long lastProgress;
    private @Nullable Throwable failure;

    /**
     * A client without connections.
     *
     * @param config what its reactor is to be like.
     * @param messageBytes how much a connection sends before it waits for its return, 1 to {@value #LONGEST}.
     */
    LoadClient(final EventConfig config, final InetSocketAddress server, final int messageBytes) {
        if (messageBytes < 1 || messageBytes > LONGEST) {
            throw new IllegalArgumentException("a message has 1 to " + LONGEST + " bytes, not " + messageBytes);
        }
        this.server = server;
        this.messageBytes = messageBytes;
        base = EventBase.open(config);
        base.errorHandler((source, thrown) -> fail(thrown));
        stall = Event.newTimer(base, (event, what) -> ensureProgress(), null);
    }

    /** What a base is to be like: with the method that the arguments name, or the best there is. */
    static EventConfig config(final Arguments arguments) {
        final String backend = arguments.optional(BACKEND);
        final EventConfig config = EventConfig.create();
        return backend == null ? config : config.onlyMethod(backend);
    }

    /** What its reactor waits with. */
    String method() {
        return base.method();
    }

    /**
     * Makes connections, in addition to those there are.
     *
     * @throws IOException if one of them fails; then the client is of no use any more.
     */
    void connect(final int count) throws IOException {
        pending = count;
        wanted = connections.size() + count;
        final int first = Math.min(count, CONNECTING);
        for (int i = 0; i < first; i++) connectNext();
        run();
    }

    private void connectNext() throws IOException {
        final LoadConnection connection = new LoadConnection(this, base, connections.size());
        connections.add(connection);
        connection.connect(server);
    }

    /**
     * Has some connections, at equal distances among all, send bytes and get them back: message by message.
     *
     * @param active how many, at most as many as there are.
     * @param bytesEach how much each of them sends.
     * @throws IOException if anything else comes back, or nothing; then the client is of no use any more.
     */
    void exchange(final int active, final long bytesEach) throws IOException {
        final int distance = connections.size() / active;
        pending = active;
        for (int i = 0; i < active; i++) connections.get(i * distance).exchange(bytesEach);
        run();
    }

    private void run() throws IOException {
        lastProgress = -1;
        stall.add(STALL_NANOS);
        if (pending > 0) base.dispatch();
        stall.del();
        if (failure != null) throw new IOException(failure.getMessage(), failure);
    }

    private void ensureProgress() throws IOException {
        if (progress == lastProgress) throw new IOException("nothing moves, " + pending + " connections wait");
        lastProgress = progress;
        stall.add(STALL_NANOS);
    }

    /** Closes all connections; there may be new ones. */
    void disconnect() {
        connections.forEach(LoadConnection::close);
        connections.clear();
    }

    @Override
    public void close() {
        disconnect();
        base.close();
    }

    // ---- for its connections ----

    Pattern pattern() {
        return pattern;
    }

    int messageBytes() {
        return messageBytes;
    }

    /** Room for what has come. */
    byte[] received() {
        return received;
    }

    void connected() throws IOException {
        progress++;
        if (connections.size() < wanted) connectNext();
        done();
    }

    void progressed(final long bytes) {
        progress += bytes;
    }

    void done() {
        if (--pending == 0) base.loopBreak();
    }

    private void fail(final Throwable thrown) {
        if (failure == null) failure = thrown;
        base.loopBreak();
    }
}
