package io.evbuffer.perf.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * HAProxy as a TCP proxy on one thread, without splice, with the buffers it has by default. It waits an hour for a connection on which
 * nothing moves: while the others warm up, it may have nothing to do for more than a minute.
 */
final class HaProxy {
    static final String NAME = "haproxy";

    private HaProxy() {}

    /** Connects its clients with a port of this machine. */
    static ServerProcess start(final ServerLoads loads, final int origin) throws IOException {
        final int port = ServerProcess.freePort();
        final Path config = Files.writeString(loads.folder(NAME).resolve("haproxy.cfg"), """
            global
              nbthread 1
              nosplice
              maxconn 1000
            defaults
              mode tcp
              timeout connect 10s
              timeout client 1h
              timeout server 1h
            frontend in
              bind 127.0.0.1:%d
              default_backend out
            backend out
              server origin 127.0.0.1:%d
            """.formatted(port, origin));
        return loads.server(List.of(ServerLoads.find(NAME), "-db", "-q", "-f", config.toString()), port);
    }
}
