package io.evbuffer.perf.load;

import io.evbuffer.perf.peer.CProgram;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A server that does the same with each library: ours, Netty's and, where it has one, libevent's, as commands.
 *
 * @param ours takes the options that all our servers have, then {@code oursWords}.
 * @param netty takes a transport, {@code tuned} or not, then {@code words}.
 * @param libevent takes {@code words}; null if it has none.
 * @param oursWords what ours is to do.
 * @param words what the others are to do.
 */
record LibraryServers(
        Class<?> ours, Class<?> netty, @Nullable CProgram libevent, List<String> oursWords, List<String> words) {
    /** Netty on epoll, as it is. */
    static final String NETTY = "nettyEpoll";

    /** Netty on epoll with what makes it quicker. */
    static final String NETTY_TUNED = "nettyEpollTuned";

    /** The libraries, in all ways they have. */
    static final List<String> CONTENDERS = List.of(
            ServerLoads.OURS,
            "evbufferNio",
            ServerLoads.LIBEVENT,
            NETTY,
            NETTY_TUNED,
            "nettyIoUring",
            "nettyIoUringTuned",
            "nettyNio",
            "nettyNioTuned");

    private static final String TUNED = "Tuned";

    /** Servers that need not be told what to do. */
    LibraryServers(final Class<?> ours, final Class<?> netty, final CProgram libevent) {
        this(ours, netty, libevent, List.of(), List.of());
    }

    /** Servers that libevent has none of. */
    LibraryServers(final Class<?> ours, final Class<?> netty, final List<String> oursWords, final List<String> words) {
        this(ours, netty, null, oursWords, words);
    }

    /** What starts the server of a contender, on a free port that it tells. */
    List<String> command(final String contender) {
        final List<String> arguments = new ArrayList<>();
        if (contender.equals(ServerLoads.LIBEVENT)) {
            arguments.add(Objects.requireNonNull(libevent).path().toString());
            arguments.addAll(words);
            return arguments;
        }
        if (contender.startsWith(ServerLoads.OURS)) {
            final String backend = contender.equals(ServerLoads.OURS) ? "epoll" : "nio";
            arguments.addAll(List.of("--port", "0", "--backend", backend));
            arguments.addAll(oursWords);
            return ServerProcess.command(ours, arguments);
        }
        final List<String> flags = new ArrayList<>();
        arguments.add(contender.contains("Nio") ? "nio" : contender.contains("Epoll") ? "epoll" : "io_uring");
        if (contender.endsWith(TUNED)) {
            flags.add("-Dio.netty.leakDetection.level=disabled");
            flags.add("--sun-misc-unsafe-memory-access=allow");
            arguments.add("tuned");
        }
        arguments.addAll(words);
        return ServerProcess.command(netty, flags, arguments);
    }
}
