package io.evbuffer.bufferevent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.EvBuffer;
import io.evbuffer.channel.ChannelReader;
import io.evbuffer.event.ConnectionListener;
import io.evbuffer.event.EventBase;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Exhausted descriptors, in a virtual machine of its own: they are the process's, and so is what the JDK loads once. */
class DescriptorLimitTest {
    private static final int LIMIT = 64;

    @ParameterizedTest
    @MethodSource("io.evbuffer.event.EventBase#supportedMethods")
    @DisplayName("Section 14, netty PR 6056: no descriptors left, and nobody observes errors")
    @DisabledOnOs(OS.WINDOWS)
    void aServerWithoutDescriptorsLogsAndServesAgainWhenItHasSome(final String method) throws Exception {
        final Process server =
                new ProcessBuilder(command(method)).redirectErrorStream(true).start();
        final CompletableFuture<?> patience = CompletableFuture.runAsync(
                server::destroyForcibly, CompletableFuture.delayedExecutor(120, TimeUnit.SECONDS));
        final List<Socket> held = new ArrayList<>();
        try (BufferedReader said =
                new BufferedReader(new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8))) {
            final InetSocketAddress address =
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(said.readLine()));
            serves(address); // the classes it takes are loaded: from folders, this would take descriptors
            for (int i = 0; i < 2 * LIMIT; i++) held.add(connect(address));
            String line = said.readLine();
            while (line != null && !line.contains("cannot accept")) line = said.readLine();
            assertNotNull(line, "the server has ended");
            for (final Socket each : held) each.close();

            serves(address);
            assertTrue(server.isAlive());
        } finally {
            for (final Socket each : held) each.close();
            patience.cancel(true);
            server.destroy();
            assertTrue(server.waitFor(60, TimeUnit.SECONDS));
        }
    }

    private static void serves(final InetSocketAddress address) throws IOException {
        try (Socket client = connect(address)) {
            client.getOutputStream().write(new byte[] {1, 2, 3});
            assertArrayEquals(new byte[] {1, 2, 3}, client.getInputStream().readNBytes(3));
            client.shutdownOutput();
            assertEquals(-1, client.getInputStream().read());
        }
    }

    private static Socket connect(final InetSocketAddress address) throws IOException {
        return new Socket(address.getAddress(), address.getPort());
    }

    private static List<String> command(final String method) throws URISyntaxException {
        final List<String> paths = new ArrayList<>();
        for (final Class<?> each : List.of(
                DescriptorLimitTest.class, EventBase.class, ChannelReader.class, EvBuffer.class, DirectBuffer.class)) {
            paths.add(Path.of(each.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString());
        }
        return List.of(
                "sh",
                "-c",
                "ulimit -n " + LIMIT + " && exec \"$@\"",
                "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
                "--enable-native-access=ALL-UNNAMED",
                "-DEVBUFFER_BACKEND=" + method,
                "-cp",
                String.join(File.pathSeparator, paths),
                Server.class.getName());
    }

    /** Sends back what it gets; says its port first. */
    static final class Server {
        private Server() {}

        public static void main(final String[] args) {
            try (EventBase base = EventBase.open();
                    ConnectionListener listener = ConnectionListener.bind(
                            base,
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                            ConnectionListener.CLOSE_ON_FREE,
                            4 * LIMIT,
                            (source, accepted, peer) -> {
                                final SocketBufferEvent s =
                                        SocketBufferEvent.create(source.base(), accepted, Options.CLOSE_ON_FREE);
                                s.setCallbacks(
                                        each -> each.writeBuffer(each.input()),
                                        null,
                                        (each, what, cause) -> each.close());
                                s.enable(Directions.READ);
                            })) {
                System.out.println(((InetSocketAddress) listener.localAddress()).getPort());
                base.dispatch();
            }
        }
    }
}
