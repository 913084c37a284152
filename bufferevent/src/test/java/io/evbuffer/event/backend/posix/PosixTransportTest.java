package io.evbuffer.event.backend.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.EvBuffer;
import io.evbuffer.EvIovec;
import io.evbuffer.channel.FileSource;
import io.evbuffer.channel.GatherSink;
import io.evbuffer.event.Transport;
import io.evbuffer.memory.SlabPool;
import java.io.EOFException;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.ProtocolException;
import java.net.SocketException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.NoConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sockets and files by their descriptors, without a loop. */
@EnabledOnOs(OS.LINUX)
@Timeout(120)
class PosixTransportTest {
    private static final int EIO = 5;

    private final PosixSockets sockets = new PosixSockets("test", false);

    @TempDir
    Path folder;

    private record Pair(Transport client, Transport server) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            client.close();
            server.close();
        }
    }

    private Pair pair() throws IOException {
        try (Transport listener = sockets.openListener(null)) {
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            final Transport client = sockets.openStream(null);
            if (!client.connect(Objects.requireNonNull(listener.localAddress()))) {
                while (!client.finishConnect()) Thread.onSpinWait();
            }
            Transport server = listener.accept();
            while (server == null) server = listener.accept();
            return new Pair(client, server);
        }
    }

    @Test
    @DisplayName(
            "A close by another thread ends a reader with an exception, and it never reads from who has the number next")
    void closeWhileReading() throws Exception {
        pair().close();
        final long before = Descriptors.open();
        for (int round = 0; round < 200; round++) {
            final Pair read = pair();
            final FutureTask<Long> reader = new FutureTask<>(() -> readUntilClosed(read.client()));
            Thread.ofPlatform().daemon().start(reader);
            read.client().close();
            try (SlabPool pool = new SlabPool();
                    EvBuffer bytes = new EvBuffer(pool);
                    Pair next = pair()) { // one of them has the number
                bytes.add(new byte[100]);
                final EvIovec vectors = new EvIovec(1);
                bytes.peek(100, vectors);
                next.client().write(vectors);
                next.server().write(vectors);
                assertEquals(0, reader.get(60, TimeUnit.SECONDS));
            }
            read.close();
        }
        assertEquals(before, Descriptors.open());
    }

    private static long readUntilClosed(final Transport from) throws IOException {
        long all = 0;
        try (SlabPool pool = new SlabPool();
                EvBuffer buffer = new EvBuffer(pool)) {
            final EvIovec vectors = new EvIovec(1);
            buffer.reserveSpace(100, vectors);
            while (true) {
                final long read = from.read(vectors);
                if (read > 0) all += read;
            }
        } catch (final ClosedChannelException e) {
            return all;
        }
    }

    @Test
    @DisplayName("Calls in the wrong state are the exceptions of NIO")
    void wrongStates() throws IOException {
        final Transport fresh = sockets.openStream(null);
        assertThrows(NotYetConnectedException.class, fresh::shutdownOutput);
        assertThrows(NotYetConnectedException.class, () -> fresh.read(new EvIovec(1)));
        assertThrows(NotYetConnectedException.class, () -> fresh.write(new EvIovec(1)));
        assertThrows(NoConnectionPendingException.class, fresh::finishConnect);
        assertNull(fresh.localAddress());
        assertFalse(fresh.isBlocking());
        fresh.blocking(true);
        assertTrue(fresh.isBlocking());
        final int number = fresh.descriptor();
        fresh.close();
        assertThrows(ClosedChannelException.class, () -> fresh.read(new EvIovec(1)));
        assertTrue(fresh.descriptor() != number, "the number may be another's");
        try (Pair pair = pair()) {
            assertThrows(
                    AlreadyConnectedException.class,
                    () -> pair.client()
                            .connect(Objects.requireNonNull(pair.client().remoteAddress())));
            assertTrue(pair.client().finishConnect());
        }
    }

    @Test
    @DisplayName("A file is read by position, sent from where it is, and told from one that is not there")
    void files() throws IOException {
        final byte[] content = new byte[10_000];
        for (int i = 0; i < content.length; i++) content[i] = (byte) (i * 7);
        final Path path = Files.write(folder.resolve("file with ü"), content);
        try (SlabPool pool = new SlabPool();
                EvBuffer received = new EvBuffer(pool);
                Pair pair = pair()) {
            final FileSource file = sockets.openFile(path);
            assertEquals(content.length, file.size());
            final EvIovec vectors = new EvIovec(1);
            long sent = 0;
            while (sent < content.length) sent += pair.client().send(file, sent, content.length - sent);
            while (received.length() < content.length) {
                received.reserveSpace(4096, vectors);
                received.commitSpace(vectors, pair.server().read(vectors));
            }
            for (int i = 0; i < content.length; i += 997) assertEquals(content[i], received.copyToArray()[i]);
            assertThrows(EOFException.class, () -> pair.client().send(file, content.length, 1));
            try (FileSource other = FileSource.of(FileChannel.open(path))) {
                assertEquals(GatherSink.CANNOT_SEND, pair.client().send(other, 0, 1));
            }
            file.close();
            file.close();
            assertThrows(ClosedChannelException.class, file::size);
        }
        assertThrows(FileSystemException.class, () -> sockets.openFile(folder.resolve("file with ü/below")));
    }

    @ParameterizedTest
    @ValueSource(ints = {Errno.ENOSYS, Errno.EINVAL, Errno.EPERM})
    @DisplayName("Where the system cannot send a file by itself the transport says so, and the caller sends its bytes")
    void sendfileRefused(final int errno) throws Exception {
        final Path path = Files.write(folder.resolve("file"), new byte[100]);
        try (Pair pair = pair();
                FileSource file = sockets.openFile(path)) {
            assertEquals(
                    GatherSink.CANNOT_SEND,
                    Seccomp.without(errno, () -> pair.client().send(file, 0, 100), Seccomp.Call.SENDFILE));
            assertEquals(100, pair.client().send(file, 0, 100));
        }
    }

    @Test
    @DisplayName("Any other failure to send a file is an exception with its name")
    void sendfileFails() throws Exception {
        final Path path = Files.write(folder.resolve("file"), new byte[100]);
        try (Pair pair = pair();
                FileSource file = sockets.openFile(path)) {
            final IOException refused = assertThrows(
                    IOException.class,
                    () -> Seccomp.without(EIO, () -> pair.client().send(file, 0, 100), Seccomp.Call.SENDFILE));
            assertTrue(refused.getMessage().contains("EIO"), refused.getMessage());
        }
    }

    @Test
    @DisplayName("An error of the system is the exception that NIO has for it, with its name")
    void errors() {
        assertInstanceOf(ConnectException.class, Errno.ofSocket(Errno.ECONNREFUSED));
        assertInstanceOf(ConnectException.class, Errno.ofSocket(Errno.ETIMEDOUT));
        assertInstanceOf(NoRouteToHostException.class, Errno.ofSocket(Errno.EHOSTUNREACH));
        assertInstanceOf(BindException.class, Errno.ofSocket(Errno.EADDRINUSE));
        assertInstanceOf(ProtocolException.class, Errno.ofSocket(Errno.EPROTO));
        assertInstanceOf(SocketException.class, Errno.ofSocket(104));
        assertInstanceOf(AccessDeniedException.class, Errno.ofFile(Errno.EACCES, "x"));
        assertEquals(
                "Connection reset by peer (ECONNRESET)", Errno.ofSocket(104).getMessage());
        assertEquals("epoll_wait: Error 4711", Errno.of("epoll_wait", 4711).getMessage());
    }

    @Test
    @DisplayName("Where native access is not enabled the reason names the flag")
    void refusal() {
        assertNull(NativeAccess.refusal(module -> true));
        final String reason = NativeAccess.refusal(module -> false);
        assertTrue(Objects.requireNonNull(reason).contains("--enable-native-access=ALL-UNNAMED"), reason);
    }
}
