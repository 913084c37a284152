package io.evbuffer.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.BufferEnd;
import io.evbuffer.EvBuffer;
import io.evbuffer.FrozenBufferException;
import io.evbuffer.ListenerRegistration;
import io.evbuffer.memory.BufferLimitException;
import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.TinySegments;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A relay between channels of each kind: the marks, the end, failures, and which way the bytes go. */
@Timeout(60)
class ChannelRelayTest {
    private static final int TOTAL = 3_000_000;

    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    @TempDir
    Path directory;

    /** Its buffer is checked and its copies are counted by the fixture. */
    private ChannelRelay counted(final ChannelRelay relay) {
        buffers.adopt(relay.buffer());
        return relay;
    }

    private ChannelRelay relay(final ScatterSource from, final GatherSink to) {
        return counted(new ChannelRelay(from, to, buffers.source()));
    }

    // ---- marks ----

    @Test
    void readingStopsAtTheHighMarkAndStartsAgainAtTheLowMark() throws IOException {
        final ScriptedSource source = new ScriptedSource().bytes(10_000);
        final ScriptedSink sink = new ScriptedSink().take(899).take(1).take(0).take(500);
        final ChannelRelay relay = relay(source, sink);
        relay.setWatermarks(100, 1000);
        assertThat(relay.read()).isEqualTo(1000);
        final int calls = source.calls();
        assertThat(relay.wantsRead()).isFalse();
        assertThat(relay.read()).isEqualTo(ScatterSource.WOULD_BLOCK);
        relay.write();
        assertThat(relay.buffer().length()).isEqualTo(101);
        assertThat(relay.wantsRead()).isFalse();
        assertThat(relay.read()).isZero();
        assertThat(source.calls()).isEqualTo(calls);
        relay.write();
        assertThat(relay.buffer().length()).isEqualTo(100);
        assertThat(relay.wantsRead()).isTrue();
        assertThat(relay.write()).isZero();
        assertThat(relay.read()).isEqualTo(900);
        assertThat(source.lastAsked()).isEqualTo(900);
        assertThat(relay.write()).isEqualTo(500);
        assertThat(relay.wantsRead()).isFalse();
    }

    @Test
    void aWriteToTheLowMarkStartsReadingThoughNobodyAsksThen() throws IOException {
        final ScriptedSource source = new ScriptedSource().bytes(1000).bytes(500);
        final ChannelRelay relay = relay(source, new ScriptedSink().take(1000));
        relay.setWatermarks(0, 1000);
        relay.read();
        relay.write();
        relay.read();
        assertThat(relay.buffer().length()).isEqualTo(500);
        assertThat(relay.wantsRead()).isTrue();
    }

    @Test
    void theMarksFollowWhoeverChangesTheBuffer() throws IOException {
        final ChannelRelay relay = relay(new ScriptedSource().bytes(10), new ScriptedSink());
        relay.setWatermarks(5, 20);
        relay.buffer().add(new byte[30]);
        assertThat(relay.wantsRead()).isFalse();
        relay.buffer().drain(24);
        assertThat(relay.wantsRead()).isFalse();
        relay.buffer().drain(1);
        assertThat(relay.wantsRead()).isTrue();
        assertThat(relay.read()).isEqualTo(10);
    }

    @Test
    @DisplayName("L3: marks that were reached hold, whoever changes the buffer before they are asked for")
    void marksThatWereReachedHold() throws IOException {
        final ChannelRelay relay = relay(new ScriptedSource().bytes(1000), new ScriptedSink().take(950));
        relay.setWatermarks(100, 1000);
        relay.read();
        relay.buffer().drain(500);
        assertThat(relay.wantsRead())
                .as("the high mark was reached, the low one not")
                .isFalse();
        relay.buffer().add(new byte[500]);
        relay.write();
        relay.buffer().add(new byte[500]);
        assertThat(relay.wantsRead())
                .as("the low mark was reached, the high one not")
                .isTrue();
    }

    @Test
    void newMarksBeginAnew() throws IOException {
        final ChannelRelay relay = relay(new ScriptedSource().bytes(1000), new ScriptedSink());
        relay.setWatermarks(100, 1000);
        relay.read();
        assertThat(relay.wantsRead()).isFalse();
        relay.setWatermarks(100, 2000);
        assertThat(relay.wantsRead()).isTrue();
        relay.setWatermarks(100, 1000);
        assertThat(relay.wantsRead()).isFalse();
    }

    @Test
    void newMarksHoldAtOnceAndSenselessOnesAreRefused() throws IOException {
        final ChannelRelay relay = relay(new ScriptedSource().bytes(10_000), new ScriptedSink());
        relay.setWatermarks(0, 1000);
        relay.read();
        relay.setWatermarks(1500, 3000);
        assertThat(relay.wantsRead()).isTrue();
        while (relay.wantsRead()) assertThat(relay.read()).isPositive();
        assertThat(relay.buffer().length()).isEqualTo(3000);
        assertThatThrownBy(() -> relay.setWatermarks(-1, 10)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> relay.setWatermarks(10, 10)).isInstanceOf(IllegalArgumentException.class);
        assertThat(relay.lowWatermark()).isEqualTo(1500);
        assertThat(relay.highWatermark()).isEqualTo(3000);
    }

    // ---- turns ----

    @Test
    void aTurnIsOneReadAndOneWrite() throws IOException {
        final ScriptedSource source = new ScriptedSource().bytes(700).bytes(50);
        final ScriptedSink sink = new ScriptedSink();
        final ChannelRelay relay = relay(source, sink);
        assertThat(relay.relay()).isEqualTo(1400);
        assertThat(source.calls()).isEqualTo(1);
        assertThat(sink.calls()).isEqualTo(1);
        assertThat(relay.relay()).isEqualTo(100);
        assertThat(relay.relay()).isZero();
        assertThat(sink.received()).isEqualTo(ByteSequence.bytes(750));
    }

    @Test
    void aSourceThatMayBlockIsNotAskedWhileTheSinkTakesMore() throws IOException {
        final ScriptedSource source = new ScriptedSource().bytes(700).bytes(50);
        final ScriptedSink sink = new ScriptedSink().take(100).take(200);
        final ChannelRelay relay = relay(source, sink);
        assertThat(relay.relay()).isEqualTo(800);
        assertThat(relay.relay()).isEqualTo(200);
        assertThat(source.calls()).isEqualTo(1);
        assertThat(relay.relay()).isEqualTo(400 + 50 + 50);
        assertThat(source.calls()).isEqualTo(2);
    }

    @Test
    void aSourceIsReadWhileTheSinkIsFull() throws IOException {
        final ScriptedSource source = new ScriptedSource().bytes(700).bytes(50).bytes(7);
        final ScriptedSink sink = new ScriptedSink().take(0).take(0).take(0).take(0);
        final ChannelRelay relay = relay(source, sink);
        assertThat(relay.run()).isZero();
        assertThat(relay.bytesRead()).isEqualTo(757);
        assertThat(relay.run()).isEqualTo(757);
        assertThat(sink.received()).isEqualTo(ByteSequence.bytes(757));
    }

    // ---- the end ----

    @Test
    void theEndIsPassedOnWhenEverythingIsWritten() throws IOException {
        final ScriptedSource source = new ScriptedSource().bytes(300).end();
        final ScriptedSink sink = new ScriptedSink().take(100).take(0);
        final ChannelRelay relay = relay(source, sink);
        relay.read();
        relay.write();
        assertThat(relay.isEnded()).isFalse();
        assertThat(relay.read()).isEqualTo(ScatterSource.END_OF_STREAM);
        assertThat(relay.isEnded()).isTrue();
        assertThat(relay.isFinished()).isFalse();
        assertThat(relay.wantsRead()).isFalse();
        assertThat(relay.wantsWrite()).isTrue();
        assertThat(relay.write()).isZero();
        assertThat(relay.read()).isEqualTo(ScatterSource.END_OF_STREAM);
        assertThat(source.calls()).isEqualTo(2);
        assertThat(relay.isFinished()).isFalse();
        assertThat(relay.write()).isEqualTo(200);
        assertThat(relay.isFinished()).isTrue();
        assertThat(relay.wantsWrite()).isFalse();
        assertThat(relay.run()).isZero();
        assertThat(relay).hasToString("ChannelRelay[300 bytes read, 300 written, ended]");
    }

    @Test
    void whatASourceThatFailsForGoodHasBroughtIsWritten() throws IOException {
        final ScriptedSource source = new ScriptedSource().bytes(300).failure(new IOException("reset"));
        final ScriptedSink sink = new ScriptedSink().take(0).take(0);
        final ChannelRelay relay = relay(source, sink);
        assertThatThrownBy(relay::run).hasMessage("reset");
        assertThat(relay.buffer().length()).isEqualTo(300);
        assertThat(relay.wantsRead()).isTrue();
        relay.end();
        assertThat(relay.run()).isEqualTo(300);
        assertThat(relay.isFinished()).isTrue();
        assertThat(sink.received()).isEqualTo(ByteSequence.bytes(300));
    }

    @Test
    void aRelayThatWaitsHoldsNoSegment() throws IOException {
        final ScriptedSource source = new ScriptedSource().bytes(300).nothing().bytes(20);
        final ChannelRelay relay = relay(source, new ScriptedSink());
        assertThat(relay.run()).isEqualTo(300);
        assertThat(buffers.segmentsInUse()).isZero();
        assertThat(relay.run()).isEqualTo(20);
        assertThat(buffers.segmentsInUse()).isZero();
    }

    @Test
    void closingGivesTheMemoryBackAndLeavesTheChannels() throws IOException {
        final Pipe pipe = Pipe.open();
        final Pipe other = Pipe.open();
        try (CountingChannel ends = new CountingChannel(pipe.source(), pipe.sink());
                CountingChannel others = new CountingChannel(other.source(), other.sink())) {
            ends.write(ByteBuffer.wrap(ByteSequence.bytes(100)));
            final ChannelRelay relay = counted(new ChannelRelay(pipe.source(), other.sink(), buffers.pool()));
            relay.read();
            assertThat(buffers.segmentsInUse()).isPositive();
            relay.close();
            relay.close();
            assertThat(buffers.segmentsInUse()).isZero();
            assertThat(ends.isOpen()).isTrue();
            assertThat(others.isOpen()).isTrue();
            assertThat(relay.isFinished()).isFalse();
            assertThat(relay.wantsRead()).isFalse();
            assertThat(relay.wantsWrite()).isFalse();
            assertThat(relay.bytesRead()).isEqualTo(100);
            assertThat(relay.bytesWritten()).isZero();
            assertThatThrownBy(relay::read).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(relay::write).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(relay::relay).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(relay::run).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void aRelayThatHasFinishedIsFinishedWhenClosed() throws IOException {
        final ChannelRelay relay = relay(new ScriptedSource().end(), new ScriptedSink());
        relay.run();
        relay.close();
        assertThat(relay.isFinished()).isTrue();
    }

    @Test
    void whatComesBeforeAListenersExceptionIsCounted() throws IOException {
        final ChannelRelay relay = relay(new ScriptedSource().bytes(300), new ScriptedSink());
        final ListenerRegistration thrower = relay.buffer().addListener((of, change) -> {
            throw new IllegalStateException("listener");
        });
        assertThatThrownBy(relay::read).hasMessage("listener");
        assertThat(relay.bytesRead()).isEqualTo(300);
        assertThatThrownBy(relay::write).hasMessage("listener");
        assertThat(relay.bytesWritten()).isEqualTo(300);
        thrower.remove();
    }

    @Test
    void datagramsAreRefused() throws IOException {
        try (DatagramChannel channel = DatagramChannel.open()) {
            assertThatThrownBy(() -> new ChannelRelay(channel, channel, buffers.pool()))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    // ---- channels of the JDK ----

    private static <T> FutureTask<T> started(final String name, final Callable<T> work) {
        final FutureTask<T> task = new FutureTask<>(work);
        new Thread(task, name).start();
        return task;
    }

    /** Sends the sequence in pieces of many sizes, then the end. */
    private static FutureTask<Void> sender(final SocketChannel channel) {
        return started("sender", () -> {
            final ByteBuffer all = ByteBuffer.wrap(ByteSequence.bytes(TOTAL));
            for (int piece = 1; all.position() < TOTAL; piece = piece * 7 % 99_991) {
                all.limit(Math.min(TOTAL, all.position() + piece));
                while (all.hasRemaining()) channel.write(all);
            }
            channel.shutdownOutput();
            return null;
        });
    }

    private static FutureTask<byte[]> receiver(final ReadableByteChannel channel) {
        return started("receiver", () -> {
            final ByteArrayOutputStream received = new ByteArrayOutputStream();
            final ByteBuffer room = ByteBuffer.allocate(70_001);
            while (channel.read(room.clear()) >= 0) received.write(room.array(), 0, room.position());
            return received.toByteArray();
        });
    }

    @Test
    void blockingSocketsAreRelayedToTheEndWithoutACopy() throws Exception {
        try (SocketPair in = SocketPair.open();
                SocketPair out = SocketPair.open()) {
            final FutureTask<Void> sender = sender(in.client);
            final FutureTask<byte[]> receiver = receiver(out.server);
            final ChannelRelay relay = counted(new ChannelRelay(in.server, out.client, buffers.pool()));
            assertThat(relay.run()).isEqualTo(TOTAL);
            assertThat(relay.isFinished()).isTrue();
            out.client.shutdownOutput();
            sender.get();
            assertThat(receiver.get()).isEqualTo(ByteSequence.bytes(TOTAL));
            assertThat(buffers.bytesCopied()).isZero();
            assertThat(buffers.segmentsInUse()).isZero();
        }
    }

    @Test
    void aSelectorRelaysSocketsBothWaysAtOnce() throws Exception {
        try (SocketPair left = SocketPair.open();
                SocketPair right = SocketPair.open();
                Selector selector = Selector.open()) {
            final FutureTask<Void> leftSender = sender(left.client);
            final FutureTask<byte[]> leftReceiver = receiver(left.client);
            final FutureTask<Void> rightSender = sender(right.client);
            final FutureTask<byte[]> rightReceiver = receiver(right.client);
            left.server.configureBlocking(false);
            right.server.configureBlocking(false);
            final SelectionKey leftKey = left.server.register(selector, 0);
            final SelectionKey rightKey = right.server.register(selector, 0);
            final ChannelRelay there = counted(new ChannelRelay(left.server, right.server, buffers.pool()));
            final ChannelRelay back = counted(new ChannelRelay(right.server, left.server, buffers.pool()));
            there.setWatermarks(10_000, 30_000);
            boolean thereShut = false;
            boolean backShut = false;
            while (!thereShut || !backShut) {
                leftKey.interestOps(interest(there, back));
                rightKey.interestOps(interest(back, there));
                selector.select(key -> {});
                half(leftKey, there, back);
                half(rightKey, back, there);
                if (there.isFinished() && !thereShut) {
                    right.server.shutdownOutput();
                    thereShut = true;
                }
                if (back.isFinished() && !backShut) {
                    left.server.shutdownOutput();
                    backShut = true;
                }
                assertThat(there.buffer().length()).isLessThanOrEqualTo(30_000);
                assertThat(back.buffer().length()).isLessThanOrEqualTo(ChannelRelay.DEFAULT_HIGH);
            }
            leftSender.get();
            rightSender.get();
            assertThat(leftReceiver.get()).isEqualTo(ByteSequence.bytes(TOTAL));
            assertThat(rightReceiver.get()).isEqualTo(ByteSequence.bytes(TOTAL));
            assertThat(buffers.bytesCopied()).isZero();
        }
    }

    private static int interest(final ChannelRelay from, final ChannelRelay to) {
        return (from.wantsRead() ? SelectionKey.OP_READ : 0) | (to.wantsWrite() ? SelectionKey.OP_WRITE : 0);
    }

    private static void half(final SelectionKey key, final ChannelRelay from, final ChannelRelay to)
            throws IOException {
        if (key.isReadable()) {
            from.read();
            from.write();
        }
        if (key.isWritable()) to.write();
    }

    @Test
    void pipesAreRelayedUntilTheyHaveToBeWaitedFor() throws IOException {
        final Pipe in = Pipe.open();
        final Pipe out = Pipe.open();
        in.sink().configureBlocking(false);
        in.source().configureBlocking(false);
        out.sink().configureBlocking(false);
        out.source().configureBlocking(false);
        final ByteBuffer all = ByteBuffer.wrap(ByteSequence.bytes(TOTAL));
        final ByteBuffer room = ByteBuffer.allocate(TOTAL + 1);
        try (Pipe.SourceChannel from = in.source();
                Pipe.SourceChannel received = out.source();
                Pipe.SinkChannel to = out.sink()) {
            final ChannelRelay relay = counted(new ChannelRelay(from, to, buffers.pool()));
            while (!relay.isFinished()) {
                if (all.hasRemaining()) in.sink().write(all);
                else in.sink().close();
                relay.run();
                room.limit(Math.min(room.position() + 40_000, room.capacity()));
                received.read(room);
            }
            room.limit(room.capacity());
            while (room.position() < TOTAL) received.read(room);
            assertThat(room.array()).startsWith(ByteSequence.bytes(TOTAL));
            assertThat(buffers.bytesCopied()).isZero();
        }
    }

    // ---- files ----

    private FileChannel file(final int length) throws IOException {
        return FileChannel.open(
                Files.write(directory.resolve("from"), ByteSequence.bytes(length)),
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
    }

    private FileChannel target() throws IOException {
        return FileChannel.open(
                directory.resolve("to"), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    @Test
    void aFileGoesToASocketWithoutEnteringThisProcess() throws Exception {
        try (SocketPair out = SocketPair.open();
                FileChannel from = file(TOTAL);
                TinySegments segments = new TinySegments();
                ChannelRelay relay = counted(new ChannelRelay(from, out.client, segments))) {
            final FutureTask<byte[]> receiver = receiver(out.server);
            assertThat(relay.run()).isEqualTo(TOTAL);
            assertThat(relay.isFinished()).isTrue();
            out.client.shutdownOutput();
            assertThat(receiver.get()).isEqualTo(ByteSequence.bytes(TOTAL));
            assertThat(buffers.bytesCopied()).isZero();
            assertThat(segments.takes()).as("no memory was needed").isZero();
            assertThat(from.position()).isEqualTo(TOTAL);
            assertThat(from.isOpen()).isTrue();
        }
    }

    @Test
    void aFileGoesToASocketThatDoesNotBlock() throws Exception {
        try (SocketPair out = SocketPair.open();
                FileChannel from = file(TOTAL);
                TinySegments segments = new TinySegments();
                ChannelRelay relay = counted(new ChannelRelay(from, out.client, segments))) {
            out.client.setOption(StandardSocketOptions.SO_SNDBUF, 16 * 1024);
            out.client.configureBlocking(false);
            out.server.configureBlocking(false);
            final ByteBuffer room = ByteBuffer.allocate(TOTAL);
            boolean refused = false;
            while (!relay.isFinished()) {
                relay.run();
                refused |= relay.wantsWrite();
                room.limit(Math.min(room.position() + 40_000, TOTAL));
                out.server.read(room);
            }
            out.server.configureBlocking(true);
            room.limit(TOTAL);
            while (room.hasRemaining()) out.server.read(room);
            assertThat(refused).as("the socket was full once").isTrue();
            assertThat(room.array()).isEqualTo(ByteSequence.bytes(TOTAL));
            assertThat(segments.takes()).isZero();
        }
    }

    @Test
    void aFileGoesToAFileFromPositionToPosition() throws Exception {
        try (FileChannel from = file(TOTAL);
                FileChannel to = target();
                TinySegments segments = new TinySegments();
                ChannelRelay relay = counted(new ChannelRelay(from, to, segments))) {
            from.position(1000);
            to.write(ByteBuffer.wrap(ByteSequence.bytes(1000)));
            assertThat(relay.run()).isEqualTo(TOTAL - 1000);
            assertThat(segments.takes()).isZero();
            assertThat(to.position()).isEqualTo(TOTAL);
            assertThat(Files.readAllBytes(directory.resolve("to"))).isEqualTo(ByteSequence.bytes(TOTAL));
        }
    }

    @Test
    void aFileGoesToAPipeThroughPooledMemory() throws Exception {
        final Pipe pipe = Pipe.open();
        try (FileChannel from = file(TOTAL);
                Pipe.SourceChannel source = pipe.source()) {
            final FutureTask<byte[]> receiver = receiver(source);
            final ChannelRelay relay = counted(new ChannelRelay(from, pipe.sink(), buffers.pool()));
            assertThat(relay.run()).isEqualTo(TOTAL);
            pipe.sink().close();
            assertThat(receiver.get()).isEqualTo(ByteSequence.bytes(TOTAL));
            assertThat(buffers.bytesCopied()).isZero();
        }
    }

    @Test
    void aFileThatHasGrownIsReadOn() throws IOException {
        try (FileChannel from = file(100);
                FileChannel to = target()) {
            final ChannelRelay relay = counted(new ChannelRelay(from, to, buffers.pool()));
            assertThat(relay.read()).isEqualTo(100);
            from.write(ByteBuffer.wrap(ByteSequence.bytes(100, 50)), 100);
            assertThat(relay.read()).isEqualTo(50);
            assertThat(relay.read()).isEqualTo(ScatterSource.END_OF_STREAM);
            assertThat(relay.run()).isEqualTo(150);
            assertThat(Files.readAllBytes(directory.resolve("to"))).isEqualTo(ByteSequence.bytes(150));
        }
    }

    @Test
    void anEmptyFileIsAtItsEnd() throws IOException {
        try (FileChannel from = file(0);
                FileChannel to = target()) {
            final ChannelRelay relay = counted(new ChannelRelay(from, to, buffers.pool()));
            assertThat(relay.run()).isZero();
            assertThat(relay.isFinished()).isTrue();
            assertThat(buffers.segmentsInUse()).isZero();
        }
    }

    @Test
    void aFilePartThatIsRefusedIsStillToBeRead() throws IOException {
        try (FileChannel from = file(100);
                FileChannel to = target()) {
            final ChannelRelay relay = counted(new ChannelRelay(from, to, buffers.pool()));
            final ChannelRelay range = counted(ChannelRelay.ofFile(
                    FileSource.of(from), 0, 100, new ChannelWriter(new FileSink(true)), buffers.pool()));
            for (final ChannelRelay each : new ChannelRelay[] {relay, range}) {
                each.buffer().freeze(BufferEnd.END);
                assertThatThrownBy(each::read).isInstanceOf(FrozenBufferException.class);
                each.buffer().unfreeze(BufferEnd.END);
                each.buffer().maxLength(99);
                assertThatThrownBy(each::read).isInstanceOf(BufferLimitException.class);
                each.buffer().maxLength(100);
                assertThat(each.bytesRead()).isZero();
                assertThat(from.position()).isZero();
            }
            assertThat(range.run()).isEqualTo(100);
            assertThat(relay.run()).isEqualTo(100);
        }
    }

    @Test
    @DisplayName("L1: a file that a listener takes as it comes is read once, whether or not the listener throws")
    void aFileThatAListenerTakesIsReadOnce() throws IOException {
        for (final boolean throwing : new boolean[] {false, true}) {
            try (FileChannel from = file(100);
                    FileChannel to = target()) {
                final ChannelRelay relay = counted(new ChannelRelay(from, to, buffers.pool()));
                final ChannelRelay range = counted(ChannelRelay.ofFile(
                        FileSource.of(from), 0, 100, new ChannelWriter(new FileSink(true)), buffers.pool()));
                for (final ChannelRelay each : new ChannelRelay[] {relay, range}) {
                    each.buffer().addListener((of, change) -> {
                        if (change.added() == 0) return;
                        of.drain(100);
                        if (throwing) throw new IllegalStateException("listener");
                    });
                    if (throwing) assertThatThrownBy(each::read).hasMessage("listener");
                    else assertThat(each.read()).isEqualTo(100);
                    assertThat(each.bytesRead()).isEqualTo(100);
                    assertThat(each.read()).isEqualTo(ScatterSource.END_OF_STREAM);
                }
            }
        }
    }

    /** A device: it has no size, and bytes all the same. */
    private static final class Device extends UnusedFile {
        private int left = 10;

        @Override
        public long size() {
            return 0;
        }

        @Override
        public int read(final ByteBuffer target) {
            if (left == 0) return -1;
            target.put((byte) left--);
            return 1;
        }

        @Override
        public long read(final ByteBuffer[] targets, final int offset, final int length) {
            return read(targets[offset]);
        }
    }

    @Test
    void aFileWithoutASizeIsReadToItsEnd() throws IOException {
        try (Device from = new Device();
                FileChannel to = target()) {
            final ChannelRelay relay = counted(new ChannelRelay(from, to, buffers.pool()));
            assertThat(relay.run()).isEqualTo(10);
            assertThat(relay.isFinished()).isTrue();
        }
    }

    @Test
    void aFilePartThatAListenerThrowsForIsReadOnce() throws IOException {
        try (FileChannel from = file(100);
                FileChannel to = target()) {
            final ChannelRelay relay = counted(new ChannelRelay(from, to, buffers.pool()));
            final FileSink sink = new FileSink(true);
            final ChannelRelay range =
                    counted(ChannelRelay.ofFile(FileSource.of(from), 0, 100, new ChannelWriter(sink), buffers.pool()));
            for (final ChannelRelay each : new ChannelRelay[] {relay, range}) {
                final ListenerRegistration thrower = each.buffer().addListener((of, change) -> {
                    throw new IllegalStateException("listener");
                });
                assertThatThrownBy(each::read).hasMessage("listener");
                thrower.remove();
                assertThat(each.bytesRead()).isEqualTo(100);
                assertThat(each.run()).isEqualTo(100);
            }
            assertThat(sink.received()).isEqualTo(ByteSequence.bytes(100));
            assertThat(Files.readAllBytes(directory.resolve("to"))).isEqualTo(ByteSequence.bytes(100));
        }
    }

    @Test
    void aRangeIsSentByWhoeverKnowsHowWithAHeaderBefore() throws IOException {
        final SequenceFile file = new SequenceFile(1 << 20);
        for (final boolean sends : new boolean[] {true, false}) {
            final FileSink sink = new FileSink(sends).takeAtMost(50_000);
            final ChannelRelay relay =
                    counted(ChannelRelay.ofFile(file, 200, 300_000, new ChannelWriter(sink), buffers.pool()));
            relay.buffer().add(ByteSequence.bytes(200));
            assertThat(relay.run()).isEqualTo(300_200);
            assertThat(relay.isFinished()).isTrue();
            assertThat(relay.bytesRead()).isEqualTo(300_000);
            assertThat(sink.sent()).isEqualTo(sends ? 300_000 : 0);
            assertThat(sink.received()).isEqualTo(ByteSequence.bytes(300_200));
        }
        assertThat(buffers.bytesCopied()).as("the headers").isEqualTo(400);
        assertThat(file.closes()).isZero();
    }

    @Test
    void aFileShorterThanPromisedIsAnExceptionAndTheRestStays() throws IOException {
        final SequenceFile file = new SequenceFile(1000);
        final FileSink sink = new FileSink(true);
        final ChannelRelay relay = counted(ChannelRelay.ofFile(file, 0, 1000, new ChannelWriter(sink), buffers.pool()));
        relay.read();
        file.cutTo(400);
        assertThatThrownBy(relay::run).isInstanceOf(EOFException.class);
        assertThat(relay.bytesWritten()).isEqualTo(400);
        assertThat(relay.buffer().length()).isEqualTo(600);
        assertThat(relay.isFinished()).isFalse();
        relay.close(); // what is left cannot be looked at
    }

    @Test
    void aRangeOfNoBytesIsAtItsEnd() throws IOException {
        final ChannelRelay relay = counted(ChannelRelay.ofFile(
                new SequenceFile(10),
                10,
                FileSegment.TO_THE_END,
                new ChannelWriter(new FileSink(true)),
                buffers.pool()));
        assertThat(relay.run()).isZero();
        assertThat(relay.isFinished()).isTrue();
    }

    @Test
    void aSocketGoesToAFileWithoutACopy() throws Exception {
        try (SocketPair in = SocketPair.open();
                FileChannel to = target()) {
            final FutureTask<Void> sender = sender(in.client);
            final ChannelRelay relay = counted(new ChannelRelay(in.server, to, buffers.pool()));
            assertThat(relay.run()).isEqualTo(TOTAL);
            assertThat(relay.isFinished()).isTrue();
            sender.get();
            assertThat(to.position()).isEqualTo(TOTAL);
            assertThat(Files.readAllBytes(directory.resolve("to"))).isEqualTo(ByteSequence.bytes(TOTAL));
            assertThat(buffers.bytesCopied()).isZero();
        }
    }

    @Test
    void aFileThatRefusesAWriteLosesNothingOfWhatASocketSent() throws Exception {
        final byte[] message = ByteSequence.bytes(5000);
        try (SocketPair in = SocketPair.open();
                FileChannel to = target()) {
            final WritableByteChannel broken = file(0);
            broken.close();
            in.client.write(ByteBuffer.wrap(message));
            in.client.shutdownOutput();
            final ChannelRelay relay = counted(new ChannelRelay(in.server, broken, buffers.pool()));
            assertThatThrownBy(relay::run).isInstanceOf(IOException.class);
            final long held = relay.buffer().length();
            assertThat(held).isPositive().isEqualTo(relay.bytesRead());
            while (!relay.isEnded()) relay.read();
            final ChannelWriter sound = new ChannelWriter(to);
            final EvBuffer rest = relay.buffer();
            while (!rest.isEmpty()) sound.write(rest);
            assertThat(Files.readAllBytes(directory.resolve("to"))).isEqualTo(message);
        }
    }
}
