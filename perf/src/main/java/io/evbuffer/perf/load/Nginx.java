package io.evbuffer.perf.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** nginx with one worker, as one sets it up for static files: {@code sendfile}, open files kept, no log. */
final class Nginx {
    static final String NAME = "nginx";

    private Nginx() {}

    /** Serves the files of a folder. */
    static ServerProcess start(final ServerLoads loads, final Path root) throws IOException {
        final Path folder = loads.folder(NAME);
        final int port = ServerProcess.freePort();
        final Path config = Files.writeString(folder.resolve("nginx.conf"), """
            user root;
            daemon off;
            worker_processes 1;
            pid %1$s/nginx.pid;
            error_log %1$s/error.log crit;
            events { worker_connections 4096; }
            http {
              access_log off;
              sendfile on;
              tcp_nopush on;
              keepalive_requests 1000000000;
              open_file_cache max=1000 inactive=1h;
              open_file_cache_valid 1h;
              client_body_temp_path %1$s/body;
              proxy_temp_path %1$s/proxy;
              fastcgi_temp_path %1$s/fastcgi;
              uwsgi_temp_path %1$s/uwsgi;
              scgi_temp_path %1$s/scgi;
              default_type application/octet-stream;
              server { listen 127.0.0.1:%2$d; root %3$s; }
            }
            """.formatted(folder, port, root));
        return loads.server(List.of(ServerLoads.find(NAME), "-p", folder.toString(), "-c", config.toString()), port);
    }
}
