package io.evbuffer.perf.server;

import io.evbuffer.event.EventException;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What every server does as a program: reads its command line, says where it listens, serves until SIGTERM or SIGINT, puts
 * everything away and says what is left and how much memory it took.
 *
 * <pre>
 *   listening on 4711
 *   stopped, 0 live segments, at most 8388608 bytes off the heap
 * </pre>
 *
 * @param name of the server, for messages.
 * @param synopsis of its own options, as in a usage line; or nothing.
 * @param help a line for each of them, ended; or nothing.
 * @param options of its own that have a value.
 * @param switches of its own that have none.
 * @param maker makes the services, once the command line is read.
 */
record ServerProgram(
        String name, String synopsis, String help, Set<String> options, Set<String> switches, Maker maker) {

    /** Reads a server's own options. */
    @FunctionalInterface
    interface Maker {
        /** Throws {@link IllegalArgumentException} if the command line is wrong, {@link IOException} if nothing can start. */
        Service.Factory services(Arguments arguments) throws IOException;
    }

    /** Runs and returns the status: 2 if the arguments are wrong, 1 if nothing could start or something was lost. */
    int run(final String[] words, final PrintStream out, final PrintStream err) {
        try {
            final Set<String> known = new HashSet<>(ServerOptions.NAMES);
            known.addAll(options);
            final Arguments arguments = new Arguments(words, known, switches);
            final ServerOptions common = ServerOptions.of(arguments);
            return serve(common, maker.services(arguments), out, err);
        } catch (final IllegalArgumentException e) {
            err.println(name + ": " + e.getMessage());
            err.println(
                    "usage: " + name + " --port PORT" + synopsis + " [--backend NAME] [--threads N] [--memory SIZE]");
            err.print(ServerOptions.USAGE + help);
            err.flush();
            return 2;
        } catch (final EventException | IOException e) {
            err.println(name + ": " + e.getMessage());
            return 1;
        }
    }

    private int serve(
            final ServerOptions common, final Service.Factory services, final PrintStream out, final PrintStream err)
            throws IOException {
        try (Reactors reactors = new Reactors(name, common, new InetSocketAddress(common.port()), services);
                StopSignal signal = new StopSignal()) {
            signal.stops(reactors::requestStop);
            reactors.start();
            out.println("listening on " + reactors.port());
            out.flush();
            try {
                reactors.join();
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt(); // to stop is what is asked for; done below
            }
            reactors.stop();
            final List<Throwable> failures = reactors.failures();
            failures.forEach(failure -> err.println(name + ": " + failure));
            final long live = reactors.liveSegments();
            out.println(
                    "stopped, " + live + " live segments, at most " + reactors.peakMemory() + " bytes off the heap");
            out.flush();
            return live == 0 && failures.isEmpty() ? 0 : 1;
        }
    }
}
