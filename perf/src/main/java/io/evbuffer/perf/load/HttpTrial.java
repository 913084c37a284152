package io.evbuffer.perf.load;

import io.evbuffer.perf.peer.NettyHttpServer;
import io.evbuffer.perf.server.HttpServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A web server under {@code wrk}: processor time per GET of a file, on 64 connections that stay open. What wrk counts as an error, or
 * an answer that is not 200, fails the trial.
 */
final class HttpTrial implements ServerTrial {
    /** The program that drives it. */
    static final String LOAD = "wrk";

    static final ServerLoads.Kind KIND = new ServerLoads.Kind(
            "HttpBenchmark",
            List.of(Map.of("bytes", "4096"), Map.of("bytes", "1048576")),
            List.of(ServerLoads.OURS, LibraryServers.NETTY, LibraryServers.NETTY_TUNED, Nginx.NAME));

    private static final String FILE = "file.bin";
    private static final int CONNECTIONS = 64;
    private static final Pattern REQUESTS = Pattern.compile("(\\d+) requests in ");
    private static final Pattern WRONG = Pattern.compile("(Socket errors|Non-2xx).*");

    private final ServerProcess server;
    private final List<String> load;

    private HttpTrial(final ServerProcess server) {
        this.server = server;
        load = ServerLoads.load(List.of(
                ServerLoads.find(LOAD),
                "-t1",
                "-c" + CONNECTIONS,
                "http://127.0.0.1:" + server.port() + "/" + FILE,
                "-d"));
    }

    static HttpTrial start(final ServerLoads loads, final String contender, final Map<String, String> shape)
            throws IOException {
        final Path root = loads.folder("root");
        Files.write(root.resolve(FILE), new byte[ServerLoads.number(shape, "bytes")]);
        return new HttpTrial(server(loads, contender, root));
    }

    /** A contender's server of the files of a folder. */
    static ServerProcess server(final ServerLoads loads, final String contender, final Path root) throws IOException {
        if (contender.equals(Nginx.NAME)) return Nginx.start(loads, root);
        final String folder = root.toString();
        return loads.server(
                new LibraryServers(HttpServer.class, NettyHttpServer.class, List.of("--root", folder), List.of(folder))
                        .command(contender));
    }

    /** In whole seconds: wrk knows no others. */
    @Override
    public double run(final long nanos) throws IOException {
        final long seconds = Math.max(1, TimeUnit.NANOSECONDS.toSeconds(nanos));
        final List<String> command = new ArrayList<>(load);
        command.add(seconds + "s");
        final long begin = server.processorNanos();
        final Process process =
                new ProcessBuilder(command).redirectErrorStream(true).start();
        final String words = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        final long used = server.processorNanos() - begin;
        final Matcher requests = REQUESTS.matcher(words);
        if (WRONG.matcher(words).find() || !requests.find()) throw new IOException("wrk says: " + words);
        return (double) used / Long.parseLong(requests.group(1));
    }

    @Override
    public long shortestNanos() {
        return TimeUnit.SECONDS.toNanos(1);
    }

    @Override
    public void close() {
        server.close();
    }
}
