package io.evbuffer.perf.load;

import io.evbuffer.perf.peer.CProgram;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The loads for servers, and the servers on this machine.
 *
 * <p>Ownership: closing it deletes what was compiled and written; trials are closed before.
 */
public final class ServerLoads implements AutoCloseable {
    /**
     * A kind of load.
     *
     * @param name as a benchmark class would have it.
     * @param shapes the sizes: parameters by name, a map each.
     * @param contenders the servers, ours first.
     */
    public record Kind(String name, List<Map<String, String>> shapes, List<String> contenders) {}

    /** Ours on epoll. */
    static final String OURS = "evbuffer";

    /** A server by libevent, compiled here. */
    static final String LIBEVENT = "libevent";

    private static final int SERVERS_PROCESSOR = 0;
    private static final int LOADS_PROCESSOR = 1;

    private final Path folder;
    private final CProgram echo;
    private final CProgram stream;

    /**
     * Compiles what there is to compile.
     *
     * @throws IOException if no file can be written.
     */
    public ServerLoads() throws IOException {
        folder = Files.createTempDirectory("evbuffer-servers-");
        echo = CProgram.compile("libevent_echo", folder);
        stream = CProgram.compile("libevent_stream", folder);
    }

    /**
     * What can be loaded here. Servers that are not installed are not among the contenders; a load without the program that drives
     * it has none.
     *
     * @return those with ours and a peer at least.
     */
    public List<Kind> kinds() {
        return Stream.of(EchoTrial.KIND, ChurnTrial.KIND, StreamTrial.KIND, ProxyTrial.KIND, HttpTrial.KIND)
                .filter(kind -> kind != HttpTrial.KIND || isInstalled(HttpTrial.LOAD))
                .map(kind -> new Kind(kind.name(), kind.shapes(), contenders(kind)))
                .filter(kind -> kind.contenders().size() > 1)
                .toList();
    }

    /** The servers of a kind that are here. */
    List<String> contenders(final Kind kind) {
        return kind.contenders().stream().filter(this::has).toList();
    }

    private boolean has(final String contender) {
        return switch (contender) {
            case LIBEVENT -> echo.absence().isEmpty() && stream.absence().isEmpty();
            case Nginx.NAME, HaProxy.NAME -> isInstalled(contender);
            default -> true;
        };
    }

    /**
     * Whether a server is machine code already, and not compiled while it runs.
     *
     * @param contender one of those of any kind.
     * @return true for those that run on no JVM.
     */
    public static boolean isCompiled(final String contender) {
        return List.of(LIBEVENT, Nginx.NAME, HaProxy.NAME).contains(contender);
    }

    /** Whether a program is on the path, or where Debian has servers. */
    static boolean isInstalled(final String program) {
        return !find(program).isEmpty();
    }

    /** Where a program is, or nothing. */
    static String find(final String program) {
        return Stream.concat(
                        Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)),
                        Stream.of("/usr/sbin", "/usr/local/sbin"))
                .map(place -> Path.of(place, program))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst()
                .orElse("");
    }

    /**
     * Keeps the calling thread on the load's processor: trials that it starts and runs leave the server's processor alone.
     *
     * @throws IOException if that cannot be done though it should.
     */
    public void occupy() throws IOException {
        Processors.stay(LOADS_PROCESSOR);
    }

    /**
     * Lets the calling thread run anywhere again.
     *
     * @throws IOException if that cannot be done though it should.
     */
    public void vacate() throws IOException {
        Processors.roam();
    }

    /**
     * Starts a server and the load that stands ready for it.
     *
     * @param kind of the load, by name.
     * @param contender one of its servers.
     * @param shape one of its shapes, or another with the same names.
     * @return a trial that has not run yet.
     * @throws IOException if the server does not start, or takes no connections.
     */
    public ServerTrial start(final String kind, final String contender, final Map<String, String> shape)
            throws IOException {
        if (kind.equals(EchoTrial.KIND.name())) return EchoTrial.start(this, contender, shape);
        if (kind.equals(ChurnTrial.KIND.name())) return ChurnTrial.start(this, contender, shape);
        if (kind.equals(StreamTrial.KIND.name())) return StreamTrial.start(this, contender, shape);
        if (kind.equals(HttpTrial.KIND.name())) return HttpTrial.start(this, contender, shape);
        if (kind.equals(ProxyTrial.KIND.name())) return ProxyTrial.start(this, contender, shape);
        throw new IllegalArgumentException("no load '" + kind + "'");
    }

    /** Starts a server that says where it listens. */
    ServerProcess server(final List<String> command) throws IOException {
        return ServerProcess.start(Processors.on(SERVERS_PROCESSOR, command));
    }

    /** Starts a server that listens on this port as soon as it can. */
    ServerProcess server(final List<String> command, final int port) throws IOException {
        return ServerProcess.start(Processors.on(SERVERS_PROCESSOR, command), port);
    }

    /** A command of the load's. */
    static List<String> load(final List<String> command) {
        return Processors.on(LOADS_PROCESSOR, command);
    }

    /** The echo server by libevent. */
    CProgram echo() {
        return echo;
    }

    /** The server of streams by libevent. */
    CProgram stream() {
        return stream;
    }

    /** A new folder that is deleted with this. */
    Path folder(final String prefix) throws IOException {
        return Files.createTempDirectory(folder, prefix);
    }

    @Override
    public void close() throws IOException {
        echo.close();
        stream.close();
        try (Stream<Path> all = Files.walk(folder)) {
            for (final Path path : all.sorted(Comparator.reverseOrder()).toList()) Files.delete(path);
        }
    }

    static int number(final Map<String, String> shape, final String name) {
        final String value = shape.get(name);
        if (value == null) throw new IllegalArgumentException("a load without " + name + ": " + shape);
        return Integer.parseInt(value);
    }
}
