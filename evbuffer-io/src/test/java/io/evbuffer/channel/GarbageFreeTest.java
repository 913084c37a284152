package io.evbuffer.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.EvBuffer;
import io.evbuffer.EvIovec;
import io.evbuffer.channel.FileSegment.Flag;
import io.evbuffer.memory.LeakTracking;
import io.evbuffer.testing.BufferFixture;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousByteChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.Pipe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nothing is allocated on the heap in steady state. Each workload runs in many rounds and the leanest one counts: what the
 * runtime allocates once (loading, linking) is in none of the later rounds, what a call allocates is in all of them.
 */
@Timeout(120)
class GarbageFreeTest {
    private static final int ROUNDS = 30;
    private static final int CALLS = 500;

    @RegisterExtension
    final BufferFixture buffers = new BufferFixture(LeakTracking.OFF);

    @TempDir
    Path directory;

    /** The bytes that this thread has allocated, as {@code long ()}. */
    private final MethodHandle allocated = allocatedByThread();

    @FunctionalInterface
    private interface Workload {
        void run() throws IOException;
    }

    /** By name: our module reads no management module, and its tests are compiled as part of it. */
    private static MethodHandle allocatedByThread() {
        try {
            final Object threads = Class.forName("java.lang.management.ManagementFactory")
                    .getMethod("getThreadMXBean")
                    .invoke(null);
            return MethodHandles.publicLookup()
                    .findVirtual(
                            Class.forName("com.sun.management.ThreadMXBean"),
                            "getCurrentThreadAllocatedBytes",
                            MethodType.methodType(long.class))
                    .bindTo(threads);
        } catch (final ReflectiveOperationException e) {
            throw new LinkageError("this runtime does not count what a thread allocates", e);
        }
    }

    private long leastAllocated(final Workload workload) throws Throwable {
        long least = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            final long before = (long) allocated.invokeExact();
            for (int i = 0; i < CALLS; i++) workload.run();
            least = Math.min(least, (long) allocated.invokeExact() - before);
        }
        return least;
    }

    @Test
    void whatIsAllocatedIsSeen() throws Throwable {
        final Object[] last = new Object[1];
        assertThat(leastAllocated(() -> last[0] = new byte[16])).isGreaterThanOrEqualTo(CALLS * 32L);
    }

    /** Fills what it is given, or a part of it; sometimes nothing is there. */
    private static final class Memory implements ScatterSource, GatherSink {
        private int calls;

        @Override
        public long read(final EvIovec vectors) {
            return some(vectors);
        }

        @Override
        public long write(final EvIovec vectors) {
            return some(vectors);
        }

        private long some(final EvIovec vectors) {
            final long all = vectors.totalLength();
            return switch (calls++ % 5) {
                case 0 -> all;
                case 1 -> 1;
                case 2 -> 0;
                case 3 -> (all + 1) / 2;
                default -> Math.min(all, 1000);
            };
        }
    }

    @Test
    @DisplayName("S-151, B-2: reading into a buffer that is drained again allocates nothing")
    void readingAllocatesNothing() throws Throwable {
        final EvBuffer buffer = buffers.empty();
        buffer.maxRead(40_000);
        final ChannelReader reader = new ChannelReader(new Memory());
        assertThat(leastAllocated(() -> {
                    reader.read(buffer);
                    buffer.drain((buffer.length() + 1) / 2);
                }))
                .isZero();
    }

    @Test
    void writingAllocatesNothing() throws Throwable {
        final EvBuffer buffer = buffers.empty();
        final byte[] message = new byte[5000];
        final ChannelWriter writer = new ChannelWriter(new Memory());
        assertThat(leastAllocated(() -> {
                    buffer.add(message);
                    writer.write(buffer);
                    writer.writeAtMost(buffer, 4000);
                    if (buffer.length() > 1_000_000) buffer.drain(1_000_000);
                }))
                .isZero();
    }

    @Test
    void aRoundThroughAPipeAllocatesNothing() throws Throwable {
        final EvBuffer output = buffers.empty();
        final EvBuffer input = buffers.empty();
        final byte[] message = new byte[1500];
        final Pipe pipe = Pipe.open();
        try (CountingChannel ends = new CountingChannel(pipe.source(), pipe.sink())) {
            final ChannelWriter writer = new ChannelWriter(ends);
            final ChannelReader reader = new ChannelReader(ends);
            assertThat(leastAllocated(() -> {
                        output.add(message);
                        output.add(message);
                        output.add(message);
                        writer.write(output);
                        while (input.length() < 3L * message.length) reader.read(input);
                        input.drain(Long.MAX_VALUE);
                    }))
                    .isZero();
            assertThat(ends.vectored()).isPositive();
        }
    }

    @Test
    void aRelayAllocatesNothing() throws Throwable {
        final Pipe in = Pipe.open();
        final Pipe out = Pipe.open();
        in.source().configureBlocking(false);
        out.source().configureBlocking(false);
        final ByteBuffer message = ByteBuffer.allocateDirect(5000);
        final ByteBuffer room = ByteBuffer.allocateDirect(5000);
        final Memory memory = new Memory();
        try (CountingChannel ends = new CountingChannel(in.source(), in.sink());
                CountingChannel others = new CountingChannel(out.source(), out.sink());
                ChannelRelay scripted = new ChannelRelay(memory, memory, buffers.pool());
                ChannelRelay pipes = new ChannelRelay(ends, others, buffers.pool())) {
            assertThat(leastAllocated(() -> {
                        scripted.relay();
                        ends.write(message.clear());
                        pipes.run();
                        others.read(room.clear());
                    }))
                    .isZero();
            assertThat(scripted.bytesWritten()).isGreaterThan(1_000_000);
            assertThat(pipes.bytesWritten()).isEqualTo(5000L * ROUNDS * CALLS);
        }
    }

    @Test
    @DisplayName("B-2: datagrams allocate nothing, as long as they come from the same sender")
    void datagramsAllocateNothing() throws Throwable {
        final EvBuffer output = buffers.empty();
        final EvBuffer input = buffers.empty();
        final byte[] message = new byte[700];
        try (DatagramChannel here = DatagramReaderTest.bound();
                DatagramChannel there = DatagramReaderTest.bound()) {
            final SocketAddress to = there.getLocalAddress();
            final DatagramWriter unconnected = new DatagramWriter(here);
            final DatagramReader reader = new DatagramReader(there, 1500);
            assertThat(leastAllocated(() -> {
                        output.add(message);
                        unconnected.send(output, -1, to);
                        reader.read(input);
                        input.drain(Long.MAX_VALUE);
                    }))
                    .isZero();
            here.connect(to);
            final DatagramWriter connected = new DatagramWriter(here);
            assertThat(leastAllocated(() -> {
                        output.add(message);
                        output.add(message);
                        connected.write(output);
                        reader.read(input);
                        input.drain(Long.MAX_VALUE);
                    }))
                    .isZero();
        }
    }

    /** Ends every operation within the call that starts it; the numbers are small and so boxed for good. */
    private record AtOnce(int bytes) implements AsynchronousByteChannel {
        @Override
        public <A> void read(
                final ByteBuffer target, final A attachment, final CompletionHandler<Integer, ? super A> handler) {
            handler.completed(bytes, attachment);
        }

        @Override
        public <A> void write(
                final ByteBuffer source, final A attachment, final CompletionHandler<Integer, ? super A> handler) {
            handler.completed(bytes, attachment);
        }

        @Override
        public Future<Integer> read(final ByteBuffer target) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<Integer> write(final ByteBuffer source) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }

    @Test
    @DisplayName("5.8: overlapped operations allocate nothing of ours")
    void overlappedOperationsAllocateNothingOfOurs() throws Throwable {
        final EvBuffer buffer = buffers.empty();
        final long[] moved = new long[1];
        final OverlappedHandler handler = (of, bytes, cause) -> moved[0] += bytes;
        final OverlappedReader reader = new OverlappedReader(new AtOnce(100), Runnable::run);
        final OverlappedWriter writer = new OverlappedWriter(new AtOnce(100), Runnable::run);
        final EvBuffer shared = buffers.empty();
        assertThat(leastAllocated(() -> {
                    reader.read(buffer, handler);
                    shared.addBufferReference(buffer);
                    writer.write(buffer, handler);
                    writer.write(shared, handler);
                }))
                .isZero();
        assertThat(moved[0]).isEqualTo(3L * 100 * ROUNDS * CALLS);
    }

    @Test
    @DisplayName("B-28: sending a file allocates what transferTo does, adding parts of one that is in memory nothing")
    void filesAllocateNothing() throws Throwable {
        final Path path = Files.write(directory.resolve("file"), new byte[2_000_000]);
        final EvBuffer output = buffers.empty();
        final ByteBuffer room = ByteBuffer.allocateDirect(2000);
        final Pipe pipe = Pipe.open();
        try (FileChannel file = FileChannel.open(path);
                CountingChannel closing = new CountingChannel(pipe.source(), pipe.sink());
                FileSegment sent = new FileSegment(file, 0, FileSegment.TO_THE_END, Set.of());
                FileSegment inMemory = new FileSegment(
                        FileSource.of(file),
                        0,
                        FileSegment.TO_THE_END,
                        Set.of(Flag.DISABLE_SENDFILE),
                        buffers.pool())) {
            assertThat(closing.isOpen()).isTrue();
            output.drainsToFd(true);
            sent.addTo(output); // more than is sent in all rounds
            final ChannelWriter toPipe = new ChannelWriter(pipe.sink());
            final long ofTheJdk = leastAllocated(
                    () -> { // nothing on 17, some 176 bytes a call on 25
                        file.transferTo(0, 100, pipe.sink());
                        pipe.source().read(room.clear());
                    });
            assertThat(leastAllocated(() -> {
                        toPipe.writeAtMost(output, 100);
                        pipe.source().read(room.clear());
                    }))
                    .isLessThanOrEqualTo(ofTheJdk);
            assertThat(output.length()).isEqualTo(2_000_000 - 100L * ROUNDS * CALLS);
            output.drain(output.length());
            assertThat(leastAllocated(() -> {
                        sent.addTo(output, 100, 500);
                        sent.addTo(output, 0, 1200);
                        toPipe.write(output);
                        pipe.source().read(room.clear());
                    }))
                    .isZero();
            assertThat(leastAllocated(() -> {
                        inMemory.addTo(output, 500, 1500);
                        output.drain(1500); // a view of each reference's own, which writing takes, is of core's account
                    }))
                    .isZero();
            assertThat(output.isEmpty()).isTrue();
        }
    }
}
