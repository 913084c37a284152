package io.evbuffer.perf.server;

import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Clients that wish a server ill, all at once, on plain NIO in one thread. For proof that others are served meanwhile.
 *
 * <table>
 * <caption>Who they are</caption>
 * <tr><th>kind</th><th>what it does</th></tr>
 * <tr><td>slow</td><td>sends a request at a byte a second</td></tr>
 * <tr><td>deaf</td><td>asks for a large file again and again and never reads</td></tr>
 * <tr><td>noisy</td><td>sends random bytes, reads what comes</td></tr>
 * <tr><td>rude</td><td>asks, reads a little, and resets the connection at a random moment</td></tr>
 * <tr><td>mute</td><td>only with {@code --tls}: completes a handshake, then is as the deaf</td></tr>
 * </table>
 *
 * <p>Each is replaced by a new one of its kind when the server has cut it off. As a program: {@code java -jar benchmarks.jar hostile
 * --port 8080 --path /large --seconds 20 --each 1000}, with a tenth of that of the noisy and the rude; {@code --tls
 * --keystore FILE --password WORD} says whom the mute trust. It ends at SIGTERM too,
 * and prints how many of each kind were ended by the server or by themselves.
 */
public final class HostileClients {
    private static final String NAME = "localhost";
    private static final int TICK_MILLIS = 100;
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final InetSocketAddress server;
    private final ByteBuffer request;
    private final ByteBuffer scratch = ByteBuffer.allocate(64 * 1024);
    private final Random random = new Random(1);
    private final @Nullable TlsKeys keys;
    private final Map<Kind, Integer> ended = new EnumMap<>(Kind.class);
    private long swept; // when each was last asked to act
    private volatile boolean stopped; // by a signal

    private enum Kind {
        SLOW,
        DEAF,
        NOISY,
        RUDE,
        MUTE
    }

    private final class Client {
        final Kind kind;
        final SocketChannel channel;
        final ByteBuffer asked = request.duplicate();
        final @Nullable ClientTls secret;
        boolean isSafe; // its handshake is complete
        long due;

        Client(final Kind kind, final Selector selector, final long now) throws IOException {
            this.kind = kind;
            secret = kind == Kind.MUTE && keys != null ? new ClientTls(keys.connecting(NAME, server.getPort())) : null;
            channel = SocketChannel.open();
            channel.configureBlocking(false);
            if (kind == Kind.DEAF || kind == Kind.MUTE) channel.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
            channel.register(selector, SelectionKey.OP_CONNECT, this);
            channel.connect(server);
            due = now + (long) (random.nextDouble() * SECOND);
        }

        /** The channel is ready. Returns false if the connection is over. */
        boolean ready(final SelectionKey key) throws IOException {
            if (key.isConnectable() && channel.finishConnect()) {
                key.interestOps(kind == Kind.DEAF ? 0 : SelectionKey.OP_READ);
                if (secret != null) secret.shakeHands(channel);
            }
            if (!key.isReadable()) return true;
            if (secret != null) {
                isSafe = secret.shakeHands(channel);
                if (isSafe) key.interestOps(0);
                return true;
            }
            if (kind == Kind.RUDE && random.nextInt(4) == 0) {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
                return false;
            }
            return channel.read(scratch.clear()) >= 0;
        }

        /** Does what its kind does from time to time. */
        void act(final long now) throws IOException {
            if (!channel.isConnected() || now < due) return;
            due = now + SECOND;
            switch (kind) {
                case SLOW -> channel.write(asked.limit(Math.min(asked.position() + 1, request.limit())));
                case MUTE -> {
                    if (secret != null && isSafe) secret.send(channel, request.duplicate());
                }
                case DEAF, RUDE -> channel.write(request.duplicate());
                case NOISY -> {
                    final byte[] noise = new byte[random.nextInt(1000)];
                    random.nextBytes(noise);
                    channel.write(ByteBuffer.wrap(noise));
                }
            }
        }
    }

    /** The mute are there if there are keys. */
    private HostileClients(final int port, final String path, final @Nullable TlsKeys keys) {
        this.keys = keys;
        server = new InetSocketAddress(NAME, port);
        request = ByteBuffer.wrap(
                ("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nX-Long: " + "x".repeat(200) + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
    }

    private void run(final int each, final int seconds, final PrintStream out) throws IOException {
        try (Selector selector = Selector.open();
                StopSignal signal = new StopSignal()) {
            signal.stops(() -> {
                stopped = true;
                selector.wakeup();
            });
            for (final Kind kind : Kind.values()) {
                final int count = switch (kind) {
                    case SLOW, DEAF -> each;
                    case NOISY, RUDE -> Math.max(1, each / 10);
                    case MUTE -> keys == null ? 0 : each;
                };
                for (int i = 0; i < count; i++) new Client(kind, selector, System.nanoTime());
            }
            out.println(selector.keys().size() + " hostile clients");
            out.flush();
            final long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
            while (!stopped && System.nanoTime() < end) turn(selector);
            for (final SelectionKey key : selector.keys()) key.channel().close();
            for (final Kind kind : Kind.values()) out.println(kind + ": " + ended.getOrDefault(kind, 0) + " ended");
            out.flush();
        }
    }

    private void turn(final Selector selector) throws IOException {
        selector.select(TICK_MILLIS);
        final long now = System.nanoTime();
        for (final SelectionKey key : selector.selectedKeys()) step(key, now, true);
        selector.selectedKeys().clear();
        if (now - swept < TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS)) return;
        swept = now;
        for (final SelectionKey key : selector.keys().toArray(SelectionKey[]::new)) step(key, now, false);
    }

    /** Lets a client do what it does when its channel is ready, or from time to time; who is cut off is replaced. */
    private void step(final SelectionKey key, final long now, final boolean isReady) throws IOException {
        final Client client = (Client) key.attachment();
        try {
            if (!isReady) {
                client.act(now);
                return;
            }
            if (client.ready(key)) return;
        } catch (final IOException e) {
            // cut off
        }
        client.channel.close();
        ended.merge(client.kind, 1, Integer::sum);
        new Client(client.kind, key.selector(), now);
    }

    /**
     * Runs for a while. Exits with 2 if the arguments are wrong, 1 if something fails.
     *
     * @param args as the class comment shows.
     */
    public static void main(final String[] args) {
        try {
            final Arguments arguments = new Arguments(
                    args,
                    Set.of("--port", "--path", "--seconds", "--each", "--keystore", "--password"),
                    Set.of("--tls"));
            final TlsKeys keys = arguments.has("--tls") ? TlsKeys.ofClient(arguments) : null;
            final int port = Arguments.port(arguments.required("--port"));
            new HostileClients(port, arguments.required("--path"), keys)
                    .run(arguments.count("--each", 1000), arguments.count("--seconds", 20), System.out);
        } catch (final IllegalArgumentException e) {
            System.err.println("HostileClients: " + e.getMessage());
            System.exit(2);
        } catch (final IOException e) {
            System.err.println("HostileClients: " + e);
            System.exit(1);
        }
    }
}
