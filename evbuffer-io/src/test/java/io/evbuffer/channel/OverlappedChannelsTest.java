package io.evbuffer.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.EvBuffer;
import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.EvBufferInvariants;
import io.evbuffer.testing.TinySegments;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.NotYetConnectedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Overlapped operations on the JDK's own asynchronous sockets and files. Limits of time are there for a failure to end. */
@Timeout(120)
class OverlappedChannelsTest {
    private static final int MEGABYTE = 1 << 20;

    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    private final Tasks tasks = new Tasks();
    private final Ends ends = new Ends();

    /** Two connected asynchronous sockets. */
    record Pair(AsynchronousSocketChannel left, AsynchronousSocketChannel right) implements AutoCloseable {
        static Pair open(final @Nullable AsynchronousChannelGroup group) throws Exception {
            try (AsynchronousServerSocketChannel listener = AsynchronousServerSocketChannel.open(group)) {
                listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                final Future<AsynchronousSocketChannel> accepted = listener.accept();
                final AsynchronousSocketChannel left = AsynchronousSocketChannel.open(group);
                left.connect(listener.getLocalAddress()).get(1, TimeUnit.MINUTES);
                return new Pair(left, accepted.get(1, TimeUnit.MINUTES));
            }
        }

        @Override
        public void close() throws IOException {
            left.close();
            right.close();
        }
    }

    /** Goes on until an end, an empty buffer, or a failure; keeps the failure. */
    private static final class Pump {
        private final @Nullable OverlappedReader reader;
        private final @Nullable OverlappedWriter writer;
        private volatile boolean done;
        private volatile @Nullable Throwable failure;

        Pump(final @Nullable OverlappedReader reader, final @Nullable OverlappedWriter writer) {
            this.reader = reader;
            this.writer = writer;
        }

        void on(final EvBuffer buffer) {
            try {
                final boolean started = reader != null
                        ? reader.read(buffer, this::goOn)
                        : writer != null && writer.write(buffer, this::goOn);
                if (!started) done = true;
            } catch (final RuntimeException e) {
                failure = e;
                done = true;
            }
        }

        private void goOn(final EvBuffer buffer, final long bytes, final @Nullable Throwable cause) {
            failure = cause;
            if (cause != null || bytes < 0) done = true;
            else on(buffer);
        }

        boolean isDone() {
            return done;
        }
    }

    private void exchange(final Pair pair, final int size) throws Exception {
        final EvBuffer output = buffers.empty();
        output.add(ByteSequence.bytes(size));
        final EvBuffer input = buffers.empty();
        input.maxRead(100_000);
        final Pump out = new Pump(null, new OverlappedWriter(pair.left, tasks));
        final Pump in = new Pump(new OverlappedReader(pair.right, tasks), null);
        in.on(input);
        out.on(output);
        tasks.runUntil(out::isDone);
        pair.left.shutdownOutput();
        tasks.runUntil(in::isDone);
        assertThat(out.failure).isNull();
        assertThat(in.failure).isNull();
        EvBufferInvariants.checkContent(input, ByteSequence.bytes(size));
        assertThat(output.isEmpty()).isTrue();
    }

    @Test
    @DisplayName("S-153: bytes go through sockets in order, whatever parts they are taken in")
    void bytesGoThroughSocketsInOrder() throws Exception {
        try (Pair pair = Pair.open(null)) {
            exchange(pair, 5 * MEGABYTE);
        }
    }

    @Test
    void bytesGoThroughSocketsOfAGroupWithFixedThreads() throws Exception {
        final AsynchronousChannelGroup group =
                AsynchronousChannelGroup.withFixedThreadPool(2, Executors.defaultThreadFactory());
        try (Pair pair = Pair.open(group)) {
            exchange(pair, 2 * MEGABYTE);
        } finally {
            group.shutdownNow();
        }
        assertThat(group.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
    }

    @Test
    @DisplayName("5.8: with the buffer's lock the channel's threads apply the ends themselves")
    void channelsThreadsApplyTheEndsUnderTheLock() throws Exception {
        final EvBuffer output = buffers.empty();
        final EvBuffer input = buffers.empty();
        output.enableLocking(null);
        input.enableLocking(null);
        final int size = 2 * MEGABYTE;
        final CountDownLatch written = new CountDownLatch(1);
        final CountDownLatch read = new CountDownLatch(1);
        try (Pair pair = Pair.open(null)) {
            final OverlappedWriter writer = new OverlappedWriter(pair.left);
            final OverlappedReader reader = new OverlappedReader(pair.right);
            reader.read(input, new OverlappedHandler() {
                @Override
                public void ended(final EvBuffer buffer, final long bytes, final @Nullable Throwable cause) {
                    if (bytes > 0) reader.read(buffer, this);
                    else read.countDown();
                }
            });
            final OverlappedHandler goOn = new OverlappedHandler() {
                @Override
                public void ended(final EvBuffer buffer, final long bytes, final @Nullable Throwable cause) {
                    if (cause != null) throw new AssertionError(cause);
                    if (!buffer.isEmpty()) writer.write(buffer, this);
                    if (buffer.isEmpty() && !writer.isInFlight()) written.countDown();
                }
            };
            output.add(ByteSequence.bytes(size));
            writer.write(output, goOn);
            assertThat(written.await(1, TimeUnit.MINUTES)).isTrue();
            pair.left.shutdownOutput();
            assertThat(read.await(1, TimeUnit.MINUTES)).isTrue();
        }
        EvBufferInvariants.checkContent(input, ByteSequence.bytes(size));
    }

    // ---- ending early ----

    @Test
    @DisplayName("5.8: cancel in flight: the memory is pinned until the channel has called back")
    void cancellingAReadInFlight() throws Exception {
        final EvBuffer buffer = buffers.withChains(10);
        try (Pair pair = Pair.open(null)) {
            final OverlappedReader reader = new OverlappedReader(pair.right, tasks);
            reader.read(buffer, ends);
            assertThat(reader.isInFlight()).isTrue();
            reader.cancel();
            assertThat(pair.right.isOpen()).isFalse();
            tasks.runUntil(() -> !reader.isInFlight());
            assertThat(ends.told).containsExactly("0 AsynchronousCloseException");
            assertThat(ends.lastThread).isSameAs(Thread.currentThread());
            EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(10));
            reader.read(buffer, ends);
            tasks.runUntil(() -> !reader.isInFlight());
            assertThat(ends.told).hasSize(2).last().asString().contains("Clos");
        }
    }

    @Test
    @DisplayName("S-155: cancel in flight: what the peer gets is what left the buffer, no byte more or less")
    void cancellingAWriteInFlight() throws Exception {
        final UnsafeBuffer memory = new UnsafeBuffer(ByteBuffer.allocateDirect(MEGABYTE));
        memory.putBytes(0, ByteSequence.bytes(MEGABYTE));
        final EvBuffer output = buffers.empty();
        for (int i = 0; i < 64; i++) output.addReference(memory, null, null); // more than sockets hold
        final long size = output.length();
        try (Pair pair = Pair.open(null)) {
            final OverlappedWriter writer = new OverlappedWriter(pair.left, tasks);
            final Pump out = new Pump(null, writer);
            out.on(output);
            tasks.runUntil(() -> output.length() < size);
            assertThat(writer.isInFlight()).isTrue();
            writer.cancel();
            tasks.runUntil(out::isDone);
            assertThat(out.failure).isNotNull();
            final long received = receivedUntilTheEnd(pair.right);
            assertThat(received).isPositive().isEqualTo(size - output.length());
        }
    }

    private static long receivedUntilTheEnd(final AsynchronousSocketChannel from) throws Exception {
        final ByteBuffer some = ByteBuffer.allocate(MEGABYTE);
        long received = 0;
        while (from.read(some).get(1, TimeUnit.MINUTES) >= 0) {
            some.flip();
            for (; some.hasRemaining(); received++) {
                if (some.get() != ByteSequence.at(received % MEGABYTE)) throw new AssertionError("byte " + received);
            }
            some.clear();
        }
        return received;
    }

    @Test
    @DisplayName("5.8: a buffer closed in flight: bytes that arrive go to memory that is still the operation's")
    void aBufferClosedInFlight() throws Exception {
        try (TinySegments segments = new TinySegments(); // sees writes to memory that is home
                Pair pair = Pair.open(null)) {
            final OverlappedReader reader = new OverlappedReader(pair.right, tasks);
            final EvBuffer buffer = segments.newBuffer();
            buffer.maxRead(60);
            reader.read(buffer, ends);
            buffer.close();
            assertThat(segments.live()).isPositive();
            try (EvBuffer other = segments.newBuffer()) {
                other.add(ByteSequence.bytes(500)); // not in the memory that is being filled
                pair.left.write(ByteBuffer.wrap(ByteSequence.bytes(7, 40))).get(1, TimeUnit.MINUTES);
                tasks.runUntil(() -> !reader.isInFlight());
                EvBufferInvariants.checkContent(other, ByteSequence.bytes(500));
            }
            assertThat(ends.told).hasSize(1);
            assertThat(segments.live()).isZero();
        }
    }

    @Test
    void theChannelClosedUnderneathWhileTheBufferIsClosedToo() throws Exception {
        try (TinySegments segments = new TinySegments()) {
            for (int i = 0; i < 50; i++) {
                try (Pair pair = Pair.open(null)) {
                    final OverlappedReader reader = new OverlappedReader(pair.right, tasks);
                    final EvBuffer buffer = segments.newBuffer();
                    buffer.maxRead(60);
                    reader.read(buffer, ends);
                    final Future<Integer> sent = pair.left.write(ByteBuffer.wrap(ByteSequence.bytes(40)));
                    buffer.close();
                    pair.right.close(); // races with the bytes
                    tasks.runUntil(() -> !reader.isInFlight());
                    sent.get(1, TimeUnit.MINUTES);
                    assertThat(segments.live()).isZero();
                }
            }
        }
    }

    @Test
    void aSocketThatIsNotConnectedRefuses() throws IOException {
        final EvBuffer buffer = buffers.withChains(10);
        try (AsynchronousSocketChannel socket = AsynchronousSocketChannel.open()) {
            final OverlappedReader reader = new OverlappedReader(socket, tasks);
            assertThatThrownBy(() -> reader.read(buffer, ends)).isInstanceOf(NotYetConnectedException.class);
            assertThatThrownBy(() -> new OverlappedWriter(socket, tasks).write(buffer, ends))
                    .isInstanceOf(NotYetConnectedException.class);
            assertThat(reader.isInFlight()).isFalse();
            buffer.add(new byte[1]);
            buffer.drain(11);
        }
    }

    // ---- files ----

    @Test
    void aFileIsWrittenAndReadFromAPositionOn(@TempDir final Path folder) throws Exception {
        final Path path = folder.resolve("file");
        final int size = 3 * MEGABYTE + 17;
        final EvBuffer output = buffers.empty();
        output.add(ByteSequence.bytes(size));
        try (AsynchronousFileChannel file =
                AsynchronousFileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            final Pump out = new Pump(null, new OverlappedWriter(file, 5, tasks));
            out.on(output);
            tasks.runUntil(out::isDone);
            assertThat(out.failure).isNull();
        }
        assertThat(Files.size(path)).isEqualTo(size + 5);

        final EvBuffer input = buffers.empty();
        input.maxRead(MEGABYTE);
        try (AsynchronousFileChannel file = AsynchronousFileChannel.open(path, StandardOpenOption.READ)) {
            final OverlappedReader reader = new OverlappedReader(file, 1005, tasks);
            final Pump in = new Pump(reader, null);
            in.on(input);
            tasks.runUntil(in::isDone);
            assertThat(in.failure).isNull();
            assertThat(reader.operations()).isLessThan(60);
            assertThat(reader).asString().endsWith("at " + (size + 5) + ", idle]");
        }
        assertThat(input.copyToArray()).isEqualTo(ByteSequence.bytes(1000, size - 1000));
    }

    @Test
    void aFileClosedInFlightGivesTheMemoryBack(@TempDir final Path folder) throws Exception {
        final Path path = Files.write(folder.resolve("file"), ByteSequence.bytes(MEGABYTE));
        for (int i = 0; i < 50; i++) {
            final EvBuffer buffer = buffers.empty();
            final AsynchronousFileChannel file = AsynchronousFileChannel.open(path, StandardOpenOption.READ);
            final OverlappedReader reader = new OverlappedReader(file, 0, tasks);
            reader.read(buffer, ends);
            buffer.close();
            reader.cancel(); // races with the read
            tasks.runUntil(() -> !reader.isInFlight());
        }
        assertThat(buffers.segmentsInUse()).isZero();
        assertThat(ends.told).hasSize(50);
    }

    @Test
    void aFileWhosePoolIsShutDownRefuses(@TempDir final Path folder) throws Exception {
        final Path path = Files.write(folder.resolve("file"), ByteSequence.bytes(100));
        final EvBuffer buffer = buffers.withChains(10);
        final ExecutorService pool = Executors.newSingleThreadExecutor();
        try (AsynchronousFileChannel file =
                AsynchronousFileChannel.open(path, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE), pool)) {
            pool.shutdown();
            final OverlappedReader reader = new OverlappedReader(file, 0, tasks);
            final OverlappedWriter writer = new OverlappedWriter(file, 0, tasks);
            assertThatThrownBy(() -> reader.read(buffer, ends)).isInstanceOf(RejectedExecutionException.class);
            assertThatThrownBy(() -> writer.write(buffer, ends)).isInstanceOf(RejectedExecutionException.class);
            assertThat(reader.isInFlight() || writer.isInFlight()).isFalse();
            EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(10));
            assertThat(ends.told).isEmpty();
        }
        assertThatThrownBy(() -> new OverlappedReader(AsynchronousFileChannel.open(path), -1, tasks))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
