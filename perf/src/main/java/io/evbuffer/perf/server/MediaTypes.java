package io.evbuffer.perf.server;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** What a file holds, by the end of its name. */
final class MediaTypes {
    private static final Map<String, String> TYPES = Map.ofEntries(
            Map.entry("html", "text/html; charset=utf-8"),
            Map.entry("txt", "text/plain; charset=utf-8"),
            Map.entry("md", "text/markdown; charset=utf-8"),
            Map.entry("css", "text/css; charset=utf-8"),
            Map.entry("js", "text/javascript; charset=utf-8"),
            Map.entry("json", "application/json"),
            Map.entry("xml", "application/xml"),
            Map.entry("pdf", "application/pdf"),
            Map.entry("wasm", "application/wasm"),
            Map.entry("svg", "image/svg+xml"),
            Map.entry("png", "image/png"),
            Map.entry("jpg", "image/jpeg"),
            Map.entry("jpeg", "image/jpeg"),
            Map.entry("gif", "image/gif"),
            Map.entry("webp", "image/webp"),
            Map.entry("ico", "image/x-icon"));
    private static final String ANY = "application/octet-stream";

    private MediaTypes() {}

    static String of(final Path path) {
        final String name = String.valueOf(path.getFileName());
        final String end = name.substring(name.lastIndexOf('.') + 1);
        return TYPES.getOrDefault(end.toLowerCase(Locale.ROOT), ANY);
    }
}
