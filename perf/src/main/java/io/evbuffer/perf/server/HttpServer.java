package io.evbuffer.perf.server;

import io.evbuffer.event.EventBase;
import io.evbuffer.event.Transport;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Serves the files below a folder by HTTP/1.1, so that their bytes go from the file to the socket within the system.
 *
 * <pre>
 *   input --&gt; {@link RequestHead} --&gt; {@link TargetPath} --&gt; {@link FileCache} --.
 *                                                                      v
 *   output &lt;-- {@link ResponseHead}, then a part of the file's segment, never copied
 * </pre>
 *
 * <p>GET and HEAD, connections that stay, pipelined requests, single ranges, {@code If-Modified-Since} and {@code If-Range},
 * HTTP/1.0. {@link HttpConnection} tells how long a client may take and how much it may make the server hold. A request for a
 * file in the cache costs nothing on the heap, once the code is compiled.
 *
 * <p>With {@code --tls} it speaks HTTPS; files then pass through memory, a piece at a time, as they have to be encrypted.
 *
 * <p>As a program: {@code java -jar benchmarks.jar http --port 8080 --root FOLDER [--tls]}.
 *
 * <p>Ownership: connections live until they end or the base is closed. Threads: of the base's loop, one object for each.
 */
public final class HttpServer implements Service {
    private static final ServerProgram PROGRAM = new ServerProgram(
            "HttpServer",
            " --root FOLDER [--tls]",
            "  --root FOLDER   whose files are served\n"
                    + "  --head-seconds N  for the head of a request, otherwise " + HttpLimits.DEFAULT.headSeconds()
                    + "\n"
                    + "  --idle-seconds N  without a byte either way, otherwise " + HttpLimits.DEFAULT.idleSeconds()
                    + "\n  --tls           speaks HTTPS\n"
                    + TlsKeys.HELP,
            Set.of("--root", "--head-seconds", "--idle-seconds", "--keystore", "--password"),
            Set.of("--tls"),
            HttpServer::services);

    final EventBase base;
    final HttpLimits limits;
    final FileCache files;
    final RequestHead request = new RequestHead();
    final TargetPath path = new TargetPath();
    final ByteRange range = new ByteRange();
    final ResponseHead response;
    final @Nullable TlsKeys keys;

    /** Serves the files below a folder to the connections of a base; with keys by HTTPS. */
    HttpServer(final EventBase base, final Path root, final HttpLimits limits, final @Nullable TlsKeys keys)
            throws IOException {
        this.keys = keys;
        this.base = base;
        this.limits = limits;
        files = new FileCache(base, root);
        response = new ResponseHead(base);
    }

    private static Service.Factory services(final Arguments arguments) throws IOException {
        final Path root = Path.of(arguments.required("--root"));
        if (!Files.isDirectory(root)) throw new NotDirectoryException(Objects.toString(root));
        final HttpLimits limits = new HttpLimits(
                arguments.count("--head-seconds", HttpLimits.DEFAULT.headSeconds()),
                arguments.count("--idle-seconds", HttpLimits.DEFAULT.idleSeconds()));
        final TlsKeys keys = arguments.has("--tls") ? TlsKeys.ofServer(arguments) : null;
        return base -> new HttpServer(base, root, limits, keys);
    }

    @Override
    public void serve(final Transport accepted) {
        new HttpConnection(this, Connections.accepted(base, accepted, keys)).start();
    }

    @Override
    public void close() {
        files.close();
    }

    /**
     * Runs the server until the process is told to end. Exits with 2 if the arguments are wrong, 1 if the server cannot start
     * or has lost memory.
     *
     * @param args {@code --port P --root FOLDER} and common options.
     */
    public static void main(final String[] args) {
        final int status = run(args, System.out, System.err);
        if (status != 0) System.exit(status);
    }

    static int run(final String[] args, final PrintStream out, final PrintStream err) {
        return PROGRAM.run(args, out, err);
    }
}
