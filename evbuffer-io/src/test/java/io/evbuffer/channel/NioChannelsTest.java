package io.evbuffer.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.EvBuffer;
import io.evbuffer.EvIovec;
import io.evbuffer.memory.SlabPool;
import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.EvBufferInvariants;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.Pipe;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Readers and writers on the channels of the JDK: sockets, pipes, files, streams. */
@Timeout(120)
class NioChannelsTest {
    private static final int MEGABYTE = 1 << 20;

    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    // ---- sockets ----

    @Test
    @DisplayName(
            "S-153: a slow receiver gets more than the kernel takes at once; 0 means would block, the rest is in the buffer")
    void aSlowReceiverGetsEverythingInOrder() throws IOException {
        final int size = 16 * MEGABYTE;
        final EvBuffer output = buffers.empty();
        output.add(ByteSequence.bytes(size));
        final EvBuffer input = buffers.empty();
        input.maxRead(50_000);
        try (SocketPair pair = SocketPair.open()) {
            pair.client.configureBlocking(false);
            final ChannelWriter writer = new ChannelWriter(pair.client);
            final ChannelReader reader = new ChannelReader(pair.server);
            long sent = 0;
            int refusals = 0;
            while (input.length() < size) {
                long taken = output.isEmpty() ? 0 : writer.write(output);
                while (taken > 0) {
                    sent += taken;
                    assertThat(output.length()).isEqualTo(size - sent);
                    taken = writer.write(output);
                }
                if (!output.isEmpty()) refusals++;
                assertThat(reader.read(input)).isPositive(); // blocks until something of what was sent arrives
            }
            assertThat(sent).isEqualTo(size);
            assertThat(refusals).as("the kernel refused at least once").isPositive();
            assertThat(input.copyToArray()).isEqualTo(ByteSequence.bytes(size));
            pair.client.shutdownOutput();
            assertThat(reader.read(input)).isEqualTo(ScatterSource.END_OF_STREAM);
            assertThat(input.length()).isEqualTo(size);
        }
    }

    @Test
    void bytesGoBothWaysBetweenBlockingSockets() throws Exception {
        final int size = 4 * MEGABYTE;
        try (SocketPair pair = SocketPair.open()) {
            final Thread echo = new Thread(() -> echo(pair.server), "echo");
            echo.start();
            final Thread sender = new Thread(() -> send(pair.client, size), "sender");
            sender.start();
            final EvBuffer input = buffers.empty();
            final ChannelReader reader = new ChannelReader(pair.client);
            long came;
            do {
                came = reader.read(input);
            } while (came > 0);
            assertThat(came).isEqualTo(ScatterSource.END_OF_STREAM);
            assertThat(input.copyToArray()).isEqualTo(ByteSequence.bytes(size));
            sender.join();
            echo.join();
        }
    }

    private static void send(final SocketChannel channel, final int size) {
        try (SlabPool pool = new SlabPool();
                EvBuffer output = new EvBuffer(pool)) {
            output.add(ByteSequence.bytes(size));
            final ChannelWriter writer = new ChannelWriter(channel);
            while (!output.isEmpty()) writer.write(output);
            channel.shutdownOutput();
        } catch (final IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void echo(final SocketChannel channel) {
        try (SlabPool pool = new SlabPool();
                EvBuffer bytes = new EvBuffer(pool)) {
            final ChannelReader reader = new ChannelReader(channel);
            final ChannelWriter writer = new ChannelWriter(channel);
            while (reader.read(bytes) > 0) {
                while (!bytes.isEmpty()) writer.write(bytes);
            }
            channel.shutdownOutput();
        } catch (final IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @DisplayName("S-150: a socket with nothing waiting answers 0, after the peer has closed -1")
    void aSocketWithNothingWaitingAnswersZero() throws IOException {
        final EvBuffer buffer = buffers.withChains(10);
        final byte[] before = buffer.copyToArray();
        try (SocketPair pair = SocketPair.open()) {
            final ChannelReader reader = new ChannelReader(pair.server);
            pair.server.configureBlocking(false);
            assertThat(reader.read(buffer)).isEqualTo(ScatterSource.WOULD_BLOCK);
            pair.client.close();
            pair.server.configureBlocking(true); // waits for the end to arrive
            assertThat(reader.read(buffer)).isEqualTo(ScatterSource.END_OF_STREAM);
            assertThat(buffer.copyToArray()).isEqualTo(before);
        }
    }

    @Test
    @DisplayName("S-155: writing to a broken connection fails and keeps the content; reading fails as well")
    void aBrokenConnectionKeepsTheContent() throws IOException {
        final EvBuffer output = buffers.empty();
        output.add(ByteSequence.bytes(MEGABYTE));
        try (SocketPair pair = SocketPair.open()) {
            pair.server.setOption(StandardSocketOptions.SO_LINGER, 0);
            pair.server.close(); // resets the connection
            final ChannelWriter writer = new ChannelWriter(pair.client);
            long sent = 0;
            IOException failure = null;
            while (failure == null) {
                try {
                    sent += writer.writeAtMost(output, 1);
                } catch (final IOException e) {
                    failure = e;
                }
            }
            assertThat(output.length()).isEqualTo(MEGABYTE - sent);
            assertThat(output.copyToArray())
                    .isEqualTo(Arrays.copyOfRange(ByteSequence.bytes(MEGABYTE), (int) sent, MEGABYTE));
        }
    }

    @Test
    void exceptionsOfTheChannelPassThrough() throws IOException {
        final EvBuffer buffer = buffers.withChains(10, 20);
        final byte[] before = buffer.copyToArray();
        final SocketChannel unconnected = SocketChannel.open();
        final ChannelReader reader = new ChannelReader(unconnected);
        final ChannelWriter writer = new ChannelWriter(unconnected);
        assertThatThrownBy(() -> reader.read(buffer)).isInstanceOf(NotYetConnectedException.class);
        assertThatThrownBy(() -> writer.write(buffer)).isInstanceOf(NotYetConnectedException.class);
        unconnected.close();
        assertThatThrownBy(() -> reader.read(buffer)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> writer.write(buffer)).isInstanceOf(ClosedChannelException.class);
        assertThat(buffer.copyToArray()).isEqualTo(before);
        assertThat(EvBufferInvariants.dataLengths(buffer)).containsExactly(10, 20);
    }

    // ---- pipes ----

    @Test
    void bytesGoThroughAPipe() throws IOException {
        final int size = 4 * MEGABYTE;
        final EvBuffer output = buffers.empty();
        output.add(ByteSequence.bytes(size));
        final EvBuffer input = buffers.empty();
        final Pipe pipe = Pipe.open();
        try (CountingChannel ends = new CountingChannel(pipe.source(), pipe.sink())) {
            final Pipe.SourceChannel from = pipe.source();
            final Pipe.SinkChannel to = pipe.sink();
            to.configureBlocking(false);
            final ChannelWriter writer = new ChannelWriter(to);
            final ChannelReader reader = new ChannelReader(from);
            while (input.length() < size) {
                while (!output.isEmpty() && writer.write(output) > 0)
                    assertThat(output.length()).isLessThan(size);
                assertThat(reader.read(input)).isPositive();
            }
            assertThat(input.copyToArray()).isEqualTo(ByteSequence.bytes(size));
            to.close();
            assertThat(reader.read(input)).isEqualTo(ScatterSource.END_OF_STREAM);
            assertThat(ends.isOpen()).isFalse();
        }
    }

    @Test
    void oneVectorUsesThePlainCallAndMoreUseTheVectoredOne() throws IOException {
        final EvBuffer output = buffers.withChains(100, 200, 300);
        final EvBuffer input = buffers.empty();
        final Pipe pipe = Pipe.open();
        try (CountingChannel counting = new CountingChannel(pipe.source(), pipe.sink())) {
            final ChannelWriter writer = new ChannelWriter(counting);
            final ChannelReader reader = new ChannelReader(counting);

            assertThat(writer.writeAtMost(output, 100)).isEqualTo(100);
            assertThat(counting.plain()).isEqualTo(1);
            assertThat(writer.write(output)).isEqualTo(500);
            assertThat(counting.vectored()).isEqualTo(1);

            assertThat(reader.read(input, 250)).isEqualTo(250); // one new chain
            assertThat(counting.plain()).isEqualTo(2);
            assertThat(reader.read(input)).isEqualTo(350); // its rest, and another one
            assertThat(counting.vectored()).isEqualTo(2);
            assertThat(counting.plain()).isEqualTo(2);
            assertThat(EvBufferInvariants.dataLengths(input)).hasSize(2);
            assertThat(reader.reads()).isEqualTo(2);
            assertThat(writer.writes()).isEqualTo(2);
        }
    }

    // ---- files ----

    @Test
    void aFileIsWrittenAndReadAtTheChannelsPosition(@TempDir final Path folder) throws IOException {
        final Path file = folder.resolve("file");
        final int size = 3 * MEGABYTE + 17;
        final EvBuffer output = buffers.empty();
        output.add(ByteSequence.bytes(size));
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            final ChannelWriter writer = new ChannelWriter(channel);
            while (!output.isEmpty()) {
                writer.write(output);
                assertThat(channel.position()).isEqualTo(size - output.length());
            }
            assertThat(writer.writes()).isEqualTo(1);
        }
        assertThat(Files.readAllBytes(file)).isEqualTo(ByteSequence.bytes(size));

        final EvBuffer input = buffers.empty();
        input.maxRead(MEGABYTE);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            channel.position(1000);
            final ChannelReader reader = new ChannelReader(channel);
            while (reader.read(input) > 0) assertThat(channel.position()).isEqualTo(1000 + input.length());
            assertThat(reader.read(input)).isEqualTo(ScatterSource.END_OF_STREAM);
            assertThat(reader.reads())
                    .as("reads that grow to 256 KiB, and two at the end")
                    .isLessThan(25);
        }
        assertThat(input.copyToArray()).isEqualTo(ByteSequence.bytes(1000, size - 1000));
    }

    @Test
    void aFileThatIsOpenTheOtherWayIsRefused(@TempDir final Path folder) throws IOException {
        final EvBuffer buffer = buffers.withChains(10, 20);
        final Path file = folder.resolve("file");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            assertThatThrownBy(() -> new ChannelReader(channel).read(buffer))
                    .isInstanceOf(NonReadableChannelException.class);
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            assertThatThrownBy(() -> new ChannelWriter(channel).write(buffer))
                    .isInstanceOf(NonWritableChannelException.class);
        }
        assertThat(EvBufferInvariants.dataLengths(buffer)).containsExactly(10, 20);
    }

    // ---- channels without vectors ----

    @Test
    void aPlainChannelIsReadOneVectorAtATime() throws IOException {
        final int size = 100_000;
        final EvBuffer input = buffers.empty();
        final ChannelReader reader =
                new ChannelReader(Channels.newChannel(new ByteArrayInputStream(ByteSequence.bytes(size))));
        while (reader.read(input) > 0)
            assertThat(reader.lastReadWasFull() || input.length() == size).isTrue();
        assertThat(input.copyToArray()).isEqualTo(ByteSequence.bytes(size));

        final EvBuffer scattered = buffers.empty();
        scattered.add(ByteSequence.bytes(200));
        final int room = Room.free(scattered);
        final ChannelReader cutting = new ChannelReader(
                ScatterSource.of(Channels.newChannel(new ByteArrayInputStream(ByteSequence.bytes(200, size)))),
                new EvIovec(4));
        assertThat(cutting.read(scattered)).isEqualTo(room);
        assertThat(cutting.lastReadWasFull()).isTrue();
        assertThat(scattered.copyToArray()).isEqualTo(ByteSequence.bytes(200 + room));
    }

    @Test
    void aPlainChannelIsWrittenOneVectorAtATime() throws IOException {
        final EvBuffer output = buffers.withChains(100, 200, 300);
        final byte[] all = output.copyToArray();
        final ByteArrayOutputStream received = new ByteArrayOutputStream();
        final ChannelWriter writer = new ChannelWriter(Channels.newChannel(received));
        assertThat(writer.write(output)).isEqualTo(100);
        assertThat(writer.lastWriteWasFull()).isTrue();
        assertThat(writer.write(output)).isEqualTo(200);
        assertThat(writer.write(output)).isEqualTo(300);
        assertThat(received.toByteArray()).isEqualTo(all);
    }

    @Test
    void adaptersNameTheirChannel() throws IOException {
        final Pipe pipe = Pipe.open();
        try (Pipe.SourceChannel from = pipe.source();
                Pipe.SinkChannel to = pipe.sink()) {
            assertThat(ScatterSource.of(from)).hasToString("ScatterSource[" + from + "]");
            assertThat(GatherSink.of(to)).hasToString("GatherSink[" + to + "]");
        }
    }
}
