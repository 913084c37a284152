package io.evbuffer.bufferevent;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.event.ConnectionListener;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.EventConfig;
import io.evbuffer.event.Transport;
import io.evbuffer.memory.SlabPool;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The README's example is code that runs, and the README shows that code. */
class ReadmeTest {
    private static final Path SOURCES = Path.of("bufferevent", "src", "test", "java", "io", "evbuffer", "bufferevent");

    @ParameterizedTest
    @CsvSource({
        "static ConnectionListener listen, FramingServer.java",
        "static TlsBufferEvent connect, SecureClient.java"
    })
    void theExamplesInTheReadmeAreTheClassesOfThisTest(final String beginning, final String file) throws IOException {
        final String readme = find("(?s)```java\n(" + beginning + ".*?)```", Path.of("README.md"));
        final String source = find("(?s)    // README begins\n(.*?) +// README ends\n", SOURCES.resolve(file));

        assertThat(readme).isEqualTo(source.stripTrailing().stripIndent() + "\n");
    }

    @Test
    void theExampleOfTlsTalksToAServerThatItTrusts() {
        final StringBuilder heard = new StringBuilder();
        try (SlabPool pool = SlabPool.builder().name("readme").build()) {
            try (EventBase base = EventBase.open(EventConfig.create().pool(pool));
                    ConnectionListener listener = ConnectionListener.bind(
                            base,
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                            ConnectionListener.CLOSE_ON_FREE,
                            -1,
                            (source, accepted, peer) -> echo(base, accepted))) {
                final int port = ((InetSocketAddress) listener.localAddress()).getPort();
                final TlsBufferEvent client =
                        SecureClient.connect(base, Certificates.clientContext(), "localhost", port);
                client.write("hello".getBytes(US_ASCII));
                client.setWatermark(Directions.READ, 5, 0);
                client.setCallbacks(
                        source -> {
                            heard.append(new String(source.input().copyToArray(), US_ASCII));
                            base.loopBreak();
                        },
                        null,
                        (source, what, cause) -> {
                            heard.append(what).append(' ');
                            if (!what.has(EventFlags.CONNECTED)) base.loopBreak();
                        });
                client.enable(Directions.READ);
                base.dispatch();
            }
            assertThat(heard.toString()).isEqualTo("CONNECTED hello");
            assertThat(pool.stats().segmentsInUse()).isZero();
        }
    }

    private static void echo(final EventBase base, final Transport accepted) {
        final TlsBufferEvent server = TlsBufferEvent.create(
                base,
                accepted,
                Certificates.serverContext().createSSLEngine(),
                TlsState.ACCEPTING,
                Options.CLOSE_ON_FREE);
        server.setCallbacks(source -> source.writeBuffer(source.input()), null, null);
        server.enable(Directions.READ);
    }

    @Test
    void theExampleAnswersWithFramesThatHoldWhatWasSent() throws Exception {
        final byte[] sent = new byte[1_000_000];
        new Random(1).nextBytes(sent);
        try (SlabPool pool = SlabPool.builder().name("readme").build()) {
            final CompletableFuture<byte[]> answer;
            try (EventBase base = EventBase.open(EventConfig.create().pool(pool));
                    ConnectionListener listener =
                            FramingServer.listen(base, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
                final InetSocketAddress server = (InetSocketAddress) listener.localAddress();
                answer = CompletableFuture.supplyAsync(() -> exchange(server, sent));
                answer.whenComplete((bytes, failure) -> base.requestStop());
                base.dispatch();
            }
            assertThat(Arrays.equals(answer.get(), sent)).isTrue();
            assertThat(pool.stats().segmentsInUse()).isZero();
        }
    }

    /** Sends everything, reads frames to the end of the stream, and returns what they hold. */
    private static byte[] exchange(final InetSocketAddress server, final byte[] bytes) {
        try (Socket socket = new Socket(server.getAddress(), server.getPort())) {
            final Thread sender = Thread.ofVirtual().start(() -> send(socket, bytes));
            final ByteArrayOutputStream content = new ByteArrayOutputStream();
            final DataInputStream in = new DataInputStream(socket.getInputStream());
            for (byte[] header = in.readNBytes(4); header.length == 4; header = in.readNBytes(4)) {
                final int length = java.nio.ByteBuffer.wrap(header)
                        .order(ByteOrder.nativeOrder())
                        .getInt();
                content.write(in.readNBytes(length));
            }
            sender.join();
            return content.toByteArray();
        } catch (final IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void send(final Socket socket, final byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            socket.shutdownOutput();
        } catch (final IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String find(final String pattern, final Path file) throws IOException {
        final Matcher matcher =
                Pattern.compile(pattern).matcher(Files.readString(projectRoot().resolve(file)));
        assertThat(matcher.find()).as(pattern + " in " + file).isTrue();
        return matcher.group(1);
    }

    private static Path projectRoot() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("README.md")) || !Files.exists(folder.resolve("bufferevent"))) {
            folder = folder.getParent();
        }
        return folder;
    }
}
