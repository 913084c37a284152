package io.evbuffer.perf.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A headless Chromium with one page, driven by the DevTools protocol.
 *
 * <p>Threads: of the test that made it; answers come on a thread of the HTTP client.
 */
final class Browser implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome");
    private static final String LISTENING = "DevTools listening on ";
    private static final long LIMIT_SECONDS = 60;

    private final Process process;
    private final HttpClient client = HttpClient.newHttpClient();
    private final WebSocket socket;
    private final AtomicInteger ids = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private volatile CompletableFuture<Void> loaded = new CompletableFuture<>();
    private String session = "";

    /** The program, where there is one. */
    static Optional<Path> program() {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1))
                .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Starts it with a new profile in an empty folder. */
    Browser(final Path program, final Path profile) throws Exception {
        process = new ProcessBuilder(
                        program.toString(),
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-quic",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                        "--disable-dev-shm-usage",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        "about:blank")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            socket = client.newWebSocketBuilder()
                    .buildAsync(URI.create(address()), new Answers())
                    .get(LIMIT_SECONDS, TimeUnit.SECONDS);
            final String target = call(
                            "Target.createTarget", JSON.createObjectNode().put("url", "about:blank"))
                    .get("targetId")
                    .asText();
            session = call(
                            "Target.attachToTarget",
                            JSON.createObjectNode().put("targetId", target).put("flatten", true))
                    .get("sessionId")
                    .asText();
            for (final String domain : List.of("Page", "Runtime", "Log")) call(domain + ".enable", null);
        } catch (final Exception e) {
            close();
            throw e;
        }
    }

    /** What it says on its error stream when it is ready; the rest of the stream is drained. */
    private String address() throws IOException {
        final BufferedReader errors =
                new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8));
        final StringBuilder said = new StringBuilder();
        for (String line = errors.readLine(); line != null; line = errors.readLine()) {
            if (line.startsWith(LISTENING)) {
                Thread.ofPlatform().daemon().start(() -> errors.lines().forEach(rest -> {}));
                return line.substring(LISTENING.length()).strip();
            }
            said.append(line).append('\n');
        }
        throw new IOException("the browser did not start:\n" + said);
    }

    private JsonNode call(final String method, final ObjectNode parameters) throws Exception {
        final ObjectNode message =
                JSON.createObjectNode().put("id", ids.incrementAndGet()).put("method", method);
        if (parameters != null) message.set("params", parameters);
        if (!session.isEmpty()) message.put("sessionId", session);
        final CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        answers.put(ids.get(), answer);
        socket.sendText(message.toString(), true).get(LIMIT_SECONDS, TimeUnit.SECONDS);
        final JsonNode result = answer.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        if (result.has("error")) throw new IOException(method + ": " + result.get("error"));
        return result.get("result");
    }

    /** Makes the page as large as a screen would be. */
    void size(final int width, final int height) throws Exception {
        call(
                "Emulation.setDeviceMetricsOverride",
                JSON.createObjectNode()
                        .put("width", width)
                        .put("height", height)
                        .put("deviceScaleFactor", 1)
                        .put("mobile", width < 600));
    }

    /** Lets the page think that its reader prefers dark. */
    void dark(final boolean dark) throws Exception {
        final ObjectNode media = JSON.createObjectNode();
        media.putArray("features")
                .addObject()
                .put("name", "prefers-color-scheme")
                .put("value", dark ? "dark" : "light");
        call("Emulation.setEmulatedMedia", media);
    }

    /** Opens a file and waits until all of it is there. */
    void open(final Path file) throws Exception {
        loaded = new CompletableFuture<>();
        call("Page.navigate", JSON.createObjectNode().put("url", file.toUri().toString()));
        loaded.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    /** The value of an expression of the page's language. */
    JsonNode evaluate(final String expression) throws Exception {
        final JsonNode answer = call(
                "Runtime.evaluate",
                JSON.createObjectNode().put("expression", expression).put("returnByValue", true));
        if (answer.has("exceptionDetails"))
            throw new IOException(answer.get("exceptionDetails").toString());
        return answer.get("result").get("value");
    }

    /** A picture of the whole page, as PNG. */
    byte[] picture() throws Exception {
        return Base64.getDecoder()
                .decode(call(
                                "Page.captureScreenshot",
                                JSON.createObjectNode().put("format", "png").put("captureBeyondViewport", true))
                        .get("data")
                        .asText());
    }

    /** Exceptions, and errors and warnings on the console, of all pages so far. */
    List<String> complaints() {
        return complaints;
    }

    private void received(final JsonNode message) {
        if (message.has("id")) {
            answers.remove(message.get("id").asInt()).complete(message);
            return;
        }
        final JsonNode parameters = message.path("params");
        switch (message.path("method").asText()) {
            case "Page.loadEventFired" -> loaded.complete(null);
            case "Runtime.exceptionThrown" -> complaints.add(parameters.toString());
            case "Runtime.consoleAPICalled" -> {
                if (List.of("error", "warning", "assert")
                        .contains(parameters.path("type").asText())) {
                    complaints.add(parameters.toString());
                }
            }
            case "Log.entryAdded" -> {
                final JsonNode entry = parameters.path("entry");
                if (List.of("error", "warning").contains(entry.path("level").asText()))
                    complaints.add(entry.toString());
            }
            default -> {} // of no interest
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS))
                process.destroyForcibly().waitFor();
        } catch (final InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        client.shutdownNow();
    }

    /** Puts the parts of messages together. */
    private final class Answers implements WebSocket.Listener {
        private final StringBuilder message = new StringBuilder();

        @Override
        public CompletionStage<?> onText(final WebSocket from, final CharSequence part, final boolean last) {
            message.append(part);
            if (last) {
                try {
                    received(JSON.readTree(message.toString()));
                } catch (final IOException e) {
                    complaints.add("not JSON: " + message);
                }
                message.setLength(0);
            }
            from.request(1);
            return null;
        }
    }
}
