package io.evbuffer.perf.load;

import io.evbuffer.event.EventBase;
import io.evbuffer.event.EventConfig;
import io.evbuffer.event.EventException;
import io.evbuffer.perf.compare.Medians;
import io.evbuffer.perf.server.Arguments;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What idle connections cost an echo server: its processor time per message of 100 active connections, alone and among many
 * idle ones.
 *
 * <pre>
 *   this process: the load                          a process of its own: EchoServer
 *   100 connections, all active       ──64 bytes──►  processor time per message: few
 *   10,000 connections, 100 active    ──64 bytes──►  processor time per message: many       many / few = ratio
 * </pre>
 *
 * <p>Both are measured in turn on the same server, with new connections each time, and the medians are compared. The active
 * ones stand at equal distances among the others. Measured is all that the server's process does, system calls included; not
 * measured are making and closing connections, and the first messages after that.
 *
 * <p>{@code java -jar benchmarks.jar idle-load [--backend epoll] [--connections 10000] [--active 100] [--messages 200000]
 * [--rounds 7]}. Exits with 0 if the ratio is at most {@value #MOST}, 1 if it is not or something fails, 2 if the arguments are
 * wrong.
 */
public final class IdleLoad {
    /** The ratio that is allowed. */
    static final double MOST = 1.3;

    private static final String CONNECTIONS = "--connections";
    private static final String ACTIVE = "--active";
    private static final String MESSAGES = "--messages";
    private static final String ROUNDS = "--rounds";
    private static final Set<String> OPTIONS = Set.of(CONNECTIONS, ACTIVE, MESSAGES, ROUNDS, LoadClient.BACKEND);
    private static final int MESSAGE_BYTES = 64;
    private static final int SETTLING = 10; // the part of the messages that are sent before the time is taken

    private static final String USAGE = """
            usage: IdleLoad [--backend NAME] [--connections N] [--active N] [--messages N] [--rounds N]
              --connections N  most that are open; 10000 unless given
              --active N       of them; 100 unless given
              --messages N     sent in each measurement; 200000 unless given
              --rounds N       measurements of both; 7 unless given
              --backend NAME   what server and client wait with, one of""";

    private final PrintStream out;
    private final int connections;
    private final int active;
    private final int messagesEach;

    private IdleLoad(final PrintStream out, final Arguments arguments) {
        this.out = out;
        connections = arguments.count(CONNECTIONS, 10_000);
        active = arguments.count(ACTIVE, 100);
        messagesEach = arguments.count(MESSAGES, 200_000) / active;
        if (active > connections) {
            throw new IllegalArgumentException(active + " of " + connections + " connections cannot be active");
        }
        if (messagesEach < SETTLING) {
            throw new IllegalArgumentException("too few messages for " + active + " connections");
        }
    }

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
            final Arguments arguments = new Arguments(args, OPTIONS, Set.of());
            final double ratio = new IdleLoad(out, arguments).ratio(arguments);
            out.println(verdict(ratio));
            return isFlat(ratio) ? 0 : 1;
        } catch (final IllegalArgumentException e) {
            err.println("IdleLoad: " + e.getMessage());
            err.println(USAGE + " " + String.join(", ", EventBase.supportedMethods()));
            return 2;
        } catch (final IOException | EventException e) {
            err.println("IdleLoad: " + e.getMessage());
            return 1;
        }
    }

    static boolean isFlat(final double ratio) {
        return ratio <= MOST;
    }

    static String verdict(final double ratio) {
        return String.format(
                Locale.ROOT, "ratio: %.2f, at most %.2f is allowed%s", ratio, MOST, isFlat(ratio) ? "" : ": TOO MUCH");
    }

    private double ratio(final Arguments arguments) throws IOException {
        final int rounds = arguments.count(ROUNDS, 7);
        final EventConfig config = LoadClient.config(arguments);
        final List<Double> few = new ArrayList<>();
        final List<Double> many = new ArrayList<>();
        try (ServerProcess server = ServerProcess.start(arguments.optional(LoadClient.BACKEND));
                LoadClient client = new LoadClient(config, server.address(), MESSAGE_BYTES)) {
            out.println("processor time of the server per message of " + active
                    + " active connections, ns; both wait with " + client.method());
            measure(server, client, active); // warms up
            measure(server, client, connections);
            for (int round = 0; round < rounds; round++) {
                few.add(measure(server, client, active));
                many.add(measure(server, client, connections));
                out.println(row("round " + (round + 1), few.get(round), many.get(round)));
            }
            client.disconnect();
            server.stop();
        }
        out.println(row("median", Medians.of(few), Medians.of(many)));
        return Medians.of(many) / Medians.of(few);
    }

    private String row(final String name, final double few, final double many) {
        return String.format(
                Locale.ROOT,
                "%-10s  %,d connections %,8.0f  %,d connections %,8.0f",
                name,
                active,
                few,
                connections,
                many);
    }

    private double measure(final ServerProcess server, final LoadClient client, final int open) throws IOException {
        client.disconnect();
        client.connect(open);
        client.exchange(active, (long) messagesEach / SETTLING * MESSAGE_BYTES);
        final long before = server.processorNanos();
        client.exchange(active, (long) messagesEach * MESSAGE_BYTES);
        final long used = server.processorNanos() - before;
        if (used <= 0) throw new IOException("too few messages: their processor time cannot be seen");
        return (double) used / ((double) active * messagesEach);
    }
}
