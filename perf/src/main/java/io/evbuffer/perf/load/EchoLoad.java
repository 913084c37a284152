package io.evbuffer.perf.load;

import io.evbuffer.event.EventBase;
import io.evbuffer.event.EventConfig;
import io.evbuffer.event.EventException;
import io.evbuffer.perf.server.Arguments;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Loads an echo server of this machine: all connections stand at the same time, each sends a stream of its own, and every byte
 * that comes back is compared with the one that was sent.
 *
 * <p>{@code java -jar benchmarks.jar echo-load --port 4711 [--connections 10000] [--bytes 65536] [--message 4096]
 * [--backend epoll]}. Exits with 0 if all bytes are back, 1 if not, 2 if the arguments are wrong.
 */
public final class EchoLoad {
    private static final String PORT = "--port";
    private static final String CONNECTIONS = "--connections";
    private static final String BYTES = "--bytes";
    private static final String MESSAGE = "--message";
    private static final Set<String> OPTIONS = Set.of(PORT, CONNECTIONS, BYTES, MESSAGE, LoadClient.BACKEND);

    private static final String USAGE = """
            usage: EchoLoad --port PORT [--connections N] [--bytes N] [--message N] [--backend NAME]
              --port PORT      where an echo server of this machine listens
              --connections N  open at the same time; 10000 unless given
              --bytes N        that each of them sends; 65536 unless given
              --message N      bytes that it sends before it waits for their return; 4096 unless given
              --backend NAME   what the client waits with, one of""";

    private EchoLoad() {}

    /**
     * Runs the program.
     *
     * @param args as above.
     */
    public static void main(final String[] args) {
        final int status = run(args, System.out, System.err);
        if (status != 0) System.exit(status);
    }

    static int run(final String[] args, final PrintStream out, final PrintStream err) {
        try {
            load(new Arguments(args, OPTIONS, Set.of()), out);
            return 0;
        } catch (final IllegalArgumentException e) {
            err.println("EchoLoad: " + e.getMessage());
            err.println(USAGE + " " + String.join(", ", EventBase.supportedMethods()));
            return 2;
        } catch (final IOException | EventException e) {
            err.println("EchoLoad: " + e.getMessage());
            return 1;
        }
    }

    private static void load(final Arguments arguments, final PrintStream out) throws IOException {
        arguments.required(PORT);
        final InetSocketAddress server =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), arguments.count(PORT, 0));
        final int connections = arguments.count(CONNECTIONS, 10_000);
        final long bytes = arguments.count(BYTES, 64 * 1024);
        final EventConfig config = LoadClient.config(arguments);
        try (LoadClient client = new LoadClient(config, server, arguments.count(MESSAGE, 4 * 1024))) {
            client.connect(connections);
            final long start = System.nanoTime();
            client.exchange(connections, bytes);
            final double seconds = (double) (System.nanoTime() - start) / TimeUnit.SECONDS.toNanos(1);
            out.println(String.format(
                    Locale.ROOT,
                    "%,d connections on %s, %,d bytes came back as they were sent, %.2f s",
                    connections,
                    client.method(),
                    connections * bytes,
                    seconds));
            out.flush();
        }
    }
}
