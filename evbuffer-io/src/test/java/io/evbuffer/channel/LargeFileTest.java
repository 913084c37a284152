package io.evbuffer.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.EvBuffer;
import io.evbuffer.memory.LeakTracking;
import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * A header, 5 GiB of a file and a trailer leave as one message, with no memory to speak of: the file's bytes never come into
 * this process on their way out. The file is sparse, with data at its ends and around the borders of 1, 2 and 4 GiB.
 */
@Timeout(300)
class LargeFileTest {
    private static final long SIZE = 5L << 30;
    private static final int HEADER = 200;
    private static final int TRAILER = 100;
    private static final int DATA = 50_000;
    private static final long[] DATA_AT = {0, (1L << 30) - 3, (1L << 31) - 7, (1L << 32) - 5, SIZE - DATA};
    private static final long MOST_OFF_HEAP = 4L << 20;

    @RegisterExtension
    final BufferFixture buffers = new BufferFixture(LeakTracking.OFF);

    @TempDir
    Path directory;

    @Test
    void fiveGiBLeaveBetweenHeaderAndTrailerWithoutBeingCopied() throws Exception {
        try (FileChannel file = sparseFile();
                SocketPair pair = SocketPair.open()) {
            final CRC32C expected = expectedChecksum();
            final Receiver receiver = new Receiver(pair.server);
            final Thread receiving = new Thread(receiver, "receiver");
            receiving.start();

            final EvBuffer output = buffers.empty();
            output.drainsToFd(true);
            output.add(ByteSequence.bytes(HEADER));
            FileSegment.addFile(output, file, 0, FileSegment.TO_THE_END);
            output.add(ByteSequence.bytes(TRAILER));
            assertThat(output.length()).isEqualTo(HEADER + SIZE + TRAILER);
            final ChannelWriter writer = new ChannelWriter(pair.client);
            while (!output.isEmpty()) assertThat(writer.write(output)).isPositive();
            pair.client.shutdownOutput();
            receiving.join();

            assertThat(receiver.failure).isNull();
            assertThat(receiver.bytes).isEqualTo(HEADER + SIZE + TRAILER);
            assertThat(receiver.checksum.getValue()).isEqualTo(expected.getValue());
            assertThat(receiver.mostOffHeap).isLessThan(MOST_OFF_HEAP);
            assertThat(buffers.stats().copied()).isEqualTo(HEADER + TRAILER);
            assertThat(file.isOpen()).isFalse();
        }
    }

    private FileChannel sparseFile() throws IOException {
        final FileChannel file = FileChannel.open(
                directory.resolve("sparse"),
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.SPARSE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        for (final long at : DATA_AT) file.write(ByteBuffer.wrap(ByteSequence.bytes(at, DATA)), at);
        return file;
    }

    private static CRC32C expectedChecksum() {
        final CRC32C checksum = new CRC32C();
        checksum.update(ByteSequence.bytes(HEADER));
        final byte[] zeros = new byte[1 << 16];
        long position = 0;
        for (final long at : DATA_AT) {
            for (int count; position < at; position += count) {
                count = (int) Math.min(at - position, zeros.length);
                checksum.update(zeros, 0, count);
            }
            checksum.update(ByteSequence.bytes(at, DATA));
            position = at + DATA;
        }
        checksum.update(ByteSequence.bytes(TRAILER));
        return checksum;
    }

    /** Adds up what comes until the end, and looks every 64 MiB at the memory off the heap that was not there before. */
    private static final class Receiver implements Runnable {
        private final SocketChannel channel;
        private final CRC32C checksum = new CRC32C();
        private final ByteBuffer room;
        private final long before;
        private long bytes;
        private long mostOffHeap;
        private @Nullable Throwable failure;

        Receiver(final SocketChannel channel) {
            this.channel = channel;
            before = offHeap();
            room = ByteBuffer.allocateDirect(256 * 1024);
        }

        @Override
        public void run() {
            try {
                long nextLook = 0;
                while (channel.read(room.clear()) >= 0) {
                    bytes += room.position();
                    checksum.update(room.flip());
                    if (bytes >= nextLook) {
                        mostOffHeap = Math.max(mostOffHeap, offHeap() - before);
                        nextLook = bytes + (64 << 20);
                    }
                }
            } catch (final IOException | RuntimeException | Error e) {
                failure = e;
            }
        }
    }

    /** Direct and mapped buffers of the process, slabs included. By name: our module reads no management module. */
    private static long offHeap() {
        try {
            final Class<?> kind = Class.forName("java.lang.management.BufferPoolMXBean");
            final List<?> pools = (List<?>) Class.forName("java.lang.management.ManagementFactory")
                    .getMethod("getPlatformMXBeans", Class.class)
                    .invoke(null, kind);
            long used = 0;
            for (final Object pool : pools) {
                used += (long) kind.getMethod("getMemoryUsed").invoke(pool);
            }
            return used;
        } catch (final ReflectiveOperationException e) {
            throw new LinkageError("this runtime does not tell what is off the heap", e);
        }
    }
}
