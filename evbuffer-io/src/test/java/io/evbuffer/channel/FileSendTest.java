package io.evbuffer.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.BufferEnd;
import io.evbuffer.EvBuffer;
import io.evbuffer.EvIovec;
import io.evbuffer.FrozenBufferException;
import io.evbuffer.UnloadedBytes;
import io.evbuffer.channel.FileSink.Fault;
import io.evbuffer.memory.MemoryLimitException;
import io.evbuffer.memory.Segment;
import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.TinySegments;
import io.evbuffer.testing.UnloadedSequence;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.Pipe;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a writer sends bytes that are in a file: in order, accounted to the byte, whatever sink and file do. */
@Timeout(120)
class FileSendTest {
    private static final int HEAD = 200;
    private static final int FILE = 150_000;
    private static final int TAIL = 300;

    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    @TempDir
    Path directory;

    /** Head, a part of a file and tail, as one run of the sequence. */
    private EvBuffer message(final SequenceFile file) throws IOException {
        final EvBuffer buffer = buffers.empty();
        buffer.drainsToFd(true);
        buffer.add(ByteSequence.bytes(0, HEAD));
        try (FileSegment segment = new FileSegment(file, 100, FILE + 1000, Set.of(), buffers.pool())) {
            segment.addTo(buffer, HEAD - 100, FILE);
        }
        buffer.add(ByteSequence.bytes(HEAD + FILE, TAIL));
        return buffer;
    }

    private static byte[] content() {
        return ByteSequence.bytes(HEAD + FILE + TAIL);
    }

    private static SequenceFile file() {
        return new SequenceFile(1 << 20);
    }

    // ---- how much ----

    @Test
    @DisplayName("S-077: head, file and tail are three calls of the sink, and nothing of the file is copied")
    void headFileAndTailAreThreeCalls() throws IOException {
        final SequenceFile file = file();
        final EvBuffer buffer = message(file);
        final FileSink sink = new FileSink(true);
        final ChannelWriter writer = new ChannelWriter(sink);
        assertThat(writer.write(buffer)).isEqualTo(HEAD);
        assertThat(writer.write(buffer)).isEqualTo(FILE);
        assertThat(writer.lastWriteWasFull()).isTrue();
        assertThat(writer.write(buffer)).isEqualTo(TAIL);
        assertThat(writer.writes()).isEqualTo(3);
        assertThat(sink.sent()).isEqualTo(FILE);
        assertThat(sink.received()).isEqualTo(content());
        assertThat(buffers.bytesCopied()).isEqualTo(HEAD + TAIL);
        assertThat(writer.write(buffer)).isZero();
        assertThat(sink.calls()).isEqualTo(3);
    }

    private EvBuffer smallMessage(final SequenceFile file, final int... parts) throws IOException {
        final EvBuffer buffer = buffers.empty();
        buffer.drainsToFd(true);
        buffer.add(ByteSequence.bytes(0, HEAD));
        int at = HEAD;
        try (FileSegment segment = new FileSegment(file, 0, 1 << 20, Set.of(), buffers.pool())) {
            for (final int part : parts) {
                segment.addTo(buffer, at, part);
                at += part;
            }
        }
        buffer.add(ByteSequence.bytes(at, TAIL));
        return buffer;
    }

    @Test
    void aSmallFileLeavesWithWhatIsAroundItInOneCall() throws IOException {
        for (final boolean sends : new boolean[] {true, false}) {
            final EvBuffer buffer = smallMessage(file(), 3000, ChannelWriter.SMALL_FILE - 3000);
            final FileSink sink = new FileSink(sends);
            final ChannelWriter writer = new ChannelWriter(sink);
            assertThat(writer.write(buffer)).isEqualTo(HEAD + ChannelWriter.SMALL_FILE + TAIL);
            assertThat(sink.calls()).isOne();
            assertThat(sink.received()).isEqualTo(ByteSequence.bytes(HEAD + ChannelWriter.SMALL_FILE + TAIL));
        }
    }

    @Test
    void moreThanASmallFileIsNotReadInForOneCall() throws IOException {
        final EvBuffer buffer = smallMessage(file(), 10_000, 10_000, ChannelWriter.SMALL_FILE + 1);
        final FileSink sink = new FileSink(true);
        final ChannelWriter writer = new ChannelWriter(sink);
        assertThat(writer.write(buffer)).isEqualTo(HEAD + 10_000);
        assertThat(writer.write(buffer)).isEqualTo(10_000);
        assertThat(sink.sent()).isZero();
        assertThat(writer.write(buffer)).isEqualTo(ChannelWriter.SMALL_FILE + 1);
        assertThat(sink.sent()).isEqualTo(ChannelWriter.SMALL_FILE + 1);
        assertThat(writer.write(buffer)).isEqualTo(TAIL);
        assertThat(sink.received()).isEqualTo(ByteSequence.bytes(HEAD + 20_000 + ChannelWriter.SMALL_FILE + 1 + TAIL));
    }

    @Test
    void whatIsBeforeASmallFileLeavesAlsoIfTheFileCannotBeRead() throws IOException {
        final SequenceFile file = file();
        final EvBuffer buffer = smallMessage(file, 3000);
        final FileSink sink = new FileSink(true);
        final ChannelWriter writer = new ChannelWriter(sink);
        file.cutTo(HEAD + 1000);
        assertThat(writer.write(buffer)).isEqualTo(HEAD);
        assertThat(writer.write(buffer)).as("what is left of it").isEqualTo(1000);
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> writer.write(buffer)).isInstanceOf(EOFException.class);
            assertThat(buffer.length()).isEqualTo(2000 + TAIL);
        }
        buffer.close();
    }

    @Test
    void aFrozenStartReadsNoSmallFileIn() throws IOException {
        final SequenceFile file = file();
        final EvBuffer buffer = smallMessage(file, 3000);
        final int calls = file.calls();
        buffer.freeze(BufferEnd.START);
        assertThatThrownBy(() -> new ChannelWriter(new FileSink(true)).write(buffer))
                .isInstanceOf(FrozenBufferException.class);
        assertThat(file.calls()).isEqualTo(calls);
    }

    @Test
    @DisplayName("B-11: writeAtMost never sends more than asked, file data included")
    void writeAtMostBoundsFileDataToo() throws IOException {
        for (final boolean sends : new boolean[] {true, false}) {
            final EvBuffer buffer = message(file());
            final FileSink sink = new FileSink(sends);
            final ChannelWriter writer = new ChannelWriter(sink);
            assertThat(writer.writeAtMost(buffer, HEAD + 50))
                    .as("ends before the file")
                    .isEqualTo(HEAD);
            final int calls = sink.calls();
            assertThat(writer.writeAtMost(buffer, 0)).isZero();
            assertThat(sink.calls()).as("0 bytes need no call").isEqualTo(calls);
            long left = FILE + TAIL;
            for (int most = 1; left > 0; most = Math.min(most * 3, 20_000)) {
                final long taken = writer.writeAtMost(buffer, most);
                assertThat(taken).isBetween(1L, (long) most);
                assertThat(sink.lastOffered()).isEqualTo(taken);
                assertThat(writer.lastWriteWasFull()).isTrue();
                left -= taken;
                assertThat(buffer.length()).isEqualTo(left);
            }
            assertThat(sink.received()).isEqualTo(content());
        }
    }

    @Test
    void aSinkThatCannotSendFilesGetsASegmentsWorthAtATime() throws IOException {
        final EvBuffer buffer = message(file());
        final FileSink sink = new FileSink(false).takeAtMost(40_000);
        final ChannelWriter writer = new ChannelWriter(sink);
        writer.write(buffer);
        long most = 0;
        while (!buffer.isEmpty()) {
            assertThat(writer.write(buffer)).isPositive();
            most = Math.max(most, buffers.pool().stats().bytesInUse());
        }
        assertThat(most).as("one segment for the file, one for the tail").isLessThanOrEqualTo(65_536 + 4096);
        assertThat(writer.writes()).as("inquiries are no calls").isEqualTo(sink.calls());
        assertThat(sink.received()).isEqualTo(content());
    }

    @Test
    void bytesThatAreInNoFileAreLoadedAndWritten() throws IOException {
        final UnloadedSequence bytes = new UnloadedSequence();
        final EvBuffer buffer = buffers.empty();
        buffer.addUnloaded(bytes, 0, FILE);
        final FileSink sink = new FileSink(true);
        final ChannelWriter writer = new ChannelWriter(sink);
        while (!buffer.isEmpty()) assertThat(writer.writeAtMost(buffer, 10_000)).isPositive();
        assertThat(sink.received()).isEqualTo(ByteSequence.bytes(FILE));
        assertThat(sink.sent()).isZero();
        bytes.checkAllHome();
    }

    // ---- what goes wrong ----

    @ParameterizedTest
    @EnumSource(Fault.class)
    @DisplayName(
            "S-077: nothing, an exception or nonsense at the n-th call, for every n: every byte arrives once and in order")
    void aFaultAtAnyCallLosesNothing(final Fault fault) throws IOException {
        for (final boolean sends : new boolean[] {true, false}) {
            int call = 1;
            for (int calls = Integer.MAX_VALUE; call < calls; call++) { // the faulty call is one more
                final EvBuffer buffer = message(file());
                final FileSink sink = new FileSink(sends).takeAtMost(33_333).at(call, fault);
                final ChannelWriter writer = new ChannelWriter(sink);
                int faults = 0;
                while (!buffer.isEmpty()) {
                    final long before = buffer.length();
                    try {
                        final long taken = writer.write(buffer);
                        assertThat(buffer.length()).isEqualTo(before - taken);
                        if (taken == 0) faults++;
                    } catch (final IOException | IllegalStateException e) {
                        faults++;
                        assertThat(buffer.length()).isEqualTo(before);
                        assertThat(writer.lastWriteWasFull()).isFalse();
                    }
                    buffer.checkInvariants();
                }
                assertThat(faults).isOne();
                assertThat(sink.received()).isEqualTo(content());
                calls = sink.calls();
                buffer.close();
            }
            assertThat(call).isGreaterThan(6);
        }
    }

    @Test
    void aLoadThatFailsAtAnyCallLosesNothing() throws IOException {
        int call = 1;
        for (boolean failed = true; failed; call++) {
            final SequenceFile file = file().readAtMost(30_000);
            final EvBuffer buffer = message(file);
            final FileSink sink = new FileSink(false);
            final ChannelWriter writer = new ChannelWriter(sink);
            file.failAt(call);
            failed = false;
            while (!buffer.isEmpty()) {
                final long before = buffer.length();
                try {
                    assertThat(writer.write(buffer)).isPositive();
                } catch (final IOException e) {
                    assertThat(e).hasMessageContaining("fails").hasNoCause();
                    assertThat(buffer.length()).isEqualTo(before);
                    failed = true;
                }
                buffer.checkInvariants();
            }
            assertThat(sink.received()).isEqualTo(content());
            buffer.close();
            assertThat(buffers.segmentsInUse()).isZero();
        }
        assertThat(call).isGreaterThan(6);
    }

    @Test
    void memoryRefusedForALoadLosesNothing() throws IOException {
        try (TinySegments segments = new TinySegments(64)) {
            final EvBuffer buffer = segments.newBuffer();
            buffer.drainsToFd(true);
            buffer.add(ByteSequence.bytes(10));
            try (FileSegment segment = new FileSegment(file(), 10, 100_000, Set.of(), segments)) {
                segment.addTo(buffer);
            }
            final FileSink sink = new FileSink(false);
            final ChannelWriter writer = new ChannelWriter(sink);
            assertThat(writer.write(buffer)).isEqualTo(10);
            segments.failEvery(1);
            assertThatThrownBy(() -> writer.write(buffer)).isInstanceOf(MemoryLimitException.class);
            assertThat(buffer.length()).isEqualTo(100_000);
            segments.failNever();
            while (!buffer.isEmpty()) writer.write(buffer);
            assertThat(sink.received()).isEqualTo(ByteSequence.bytes(100_010));
            buffer.close();
            segments.checkAllHome();
        }
    }

    @Test
    @DisplayName("B-11: a file shorter than promised is an exception each time, never an endless 0")
    void aFileShorterThanPromised() throws IOException {
        for (final boolean sends : new boolean[] {true, false}) {
            final SequenceFile file = file();
            final EvBuffer buffer = message(file);
            final FileSink sink = new FileSink(sends);
            final ChannelWriter writer = new ChannelWriter(sink);
            writer.write(buffer);
            file.cutTo(HEAD + 70_000);
            while (sink.received().length < HEAD + 65_536)
                assertThat(writer.write(buffer)).isPositive();
            final long left = buffer.length();
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> writer.write(buffer)).isInstanceOf(EOFException.class);
                assertThat(buffer.length()).isEqualTo(left);
            }
            buffer.close();
        }
    }

    @Test
    void aFrozenStartAndAClosedBufferAreRefusedBeforeAnythingIsSentOrLoaded() throws IOException {
        final SequenceFile file = file();
        final EvBuffer buffer = message(file);
        buffer.drain(HEAD);
        final int calls = file.calls();
        final FileSink sink = new FileSink(false);
        final ChannelWriter writer = new ChannelWriter(sink);
        buffer.freeze(BufferEnd.START);
        assertThatThrownBy(() -> writer.write(buffer)).isInstanceOf(FrozenBufferException.class);
        buffer.unfreeze(BufferEnd.START);
        assertThat(file.calls()).isEqualTo(calls);
        buffer.close();
        assertThatThrownBy(() -> writer.write(buffer)).isInstanceOf(IllegalStateException.class);
        assertThat(sink.calls()).isZero();
    }

    @Test
    void anExceptionAtTheFilesEndComesAfterTheBytesHaveLeft() throws IOException {
        final SequenceFile file = file().failWhenClosed(new IOException("close"));
        final EvBuffer buffer = buffers.empty();
        buffer.drainsToFd(true);
        FileSegment.addFile(buffer, file, 0, 1000);
        final FileSink sink = new FileSink(true);
        final ChannelWriter writer = new ChannelWriter(sink);
        assertThatThrownBy(() -> writer.write(buffer)).hasRootCauseMessage("close");
        assertThat(buffer.isEmpty()).isTrue();
        assertThat(sink.received()).isEqualTo(ByteSequence.bytes(1000));
        assertThat(writer.lastWriteWasFull()).isTrue();
    }

    @Test
    void nothingIsHeldBetweenTwoCalls() throws IOException {
        final EvIovec vectors = new EvIovec(4);
        final SequenceFile file = file();
        final EvBuffer buffer = message(file);
        final ChannelWriter writer = new ChannelWriter(new FileSink(false).takeAtMost(10), vectors);
        for (int i = 0; i < 40; i++) {
            writer.write(buffer);
            assertThat(vectors.size()).isZero();
        }
        file.cutTo(0);
        buffer.drain(65_536);
        assertThatThrownBy(() -> writer.write(buffer)).isInstanceOf(EOFException.class);
        assertThat(vectors.size()).isZero();
        buffer.close();
    }

    // ---- channels of the JDK ----

    @ParameterizedTest
    @ValueSource(strings = {"file", "pipe", "stream", "positioned"})
    void filesGoToEveryChannelOfTheJdk(final String kind) throws Exception {
        final Path from = Files.write(directory.resolve("from"), ByteSequence.bytes(HEAD + FILE));
        final Path to = directory.resolve("to");
        final EvBuffer buffer = buffers.empty();
        buffer.drainsToFd(true);
        buffer.add(ByteSequence.bytes(HEAD));
        FileSegment.addFile(buffer, FileChannel.open(from), HEAD, FILE);
        buffer.add(ByteSequence.bytes(HEAD + FILE, TAIL));
        final ByteArrayOutputStream received = new ByteArrayOutputStream();
        switch (kind) {
            case "pipe" -> {
                final Pipe pipe = Pipe.open();
                pipe.sink().configureBlocking(false);
                final ByteBuffer room = ByteBuffer.allocate(50_000);
                try (Pipe.SinkChannel sink = pipe.sink();
                        Pipe.SourceChannel source = pipe.source()) {
                    final ChannelWriter writer = new ChannelWriter(sink);
                    while (received.size() < HEAD + FILE + TAIL) {
                        if (!buffer.isEmpty()) writer.write(buffer);
                        source.read(room.clear());
                        received.write(room.array(), 0, room.position());
                    }
                }
            }
            case "stream" -> {
                try (WritableByteChannel stream = Channels.newChannel(received)) {
                    writeAll(buffer, new ChannelWriter(stream));
                }
                assertThat(buffers.bytesCopied()).isEqualTo(HEAD + TAIL);
            }
            case "file" -> {
                try (FileChannel file = FileChannel.open(to, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                    writeAll(buffer, new ChannelWriter(file));
                    assertThat(file.position()).isEqualTo(HEAD + FILE + TAIL);
                }
                received.writeBytes(Files.readAllBytes(to));
            }
            default -> {
                try (FileChannel file = FileChannel.open(to, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                    writeAll(buffer, new ChannelWriter(GatherSink.of(file, 1000)));
                    assertThat(file.position()).isZero();
                }
                final byte[] all = Files.readAllBytes(to);
                received.write(all, 1000, all.length - 1000);
            }
        }
        assertThat(received.toByteArray()).isEqualTo(content());
    }

    private static void writeAll(final EvBuffer buffer, final ChannelWriter writer) throws IOException {
        while (!buffer.isEmpty()) assertThat(writer.write(buffer)).isPositive();
    }

    @Test
    void filesAreNotSentAsDatagrams() throws IOException {
        final Path path = Files.write(directory.resolve("datagrams"), ByteSequence.bytes(100));
        try (FileChannel file = FileChannel.open(path);
                DatagramChannel channel = DatagramReaderTest.bound()) {
            assertThat(FileSource.of(file).transferTo(0, 100, channel)).isEqualTo(FileSource.CANNOT_TRANSFER);
        }
    }

    // ---- writing by position ----

    @Test
    void severalSinksWriteOneFileByPosition() throws IOException {
        final Path path = directory.resolve("positions");
        final int half = 100_000;
        final byte[] all = ByteSequence.bytes(2 * half);
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            file.position(3);
            final ChannelWriter back = new ChannelWriter(GatherSink.of(file, half));
            final ChannelWriter front = new ChannelWriter(GatherSink.of(file, 0));
            final EvBuffer second = buffers.empty();
            second.add(Arrays.copyOfRange(all, half, 2 * half));
            final EvBuffer first = buffers.withChains(1, 20, 300, half - 321);
            while (!first.isEmpty() || !second.isEmpty()) {
                back.writeAtMost(second, 30_000);
                front.writeAtMost(first, 7000);
            }
            assertThat(file.position()).isEqualTo(3);
        }
        assertThat(Files.readAllBytes(path)).isEqualTo(all);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("W2: a write by position that is short, or fails, at any call loses nothing and writes nothing twice")
    void aFaultOfAFileWrittenByPositionLosesNothing(final boolean fails) throws IOException {
        final int size = 35;
        for (final int most : new int[] {Integer.MAX_VALUE, 10, 4}) {
            for (int call = 1; ; call++) {
                final EvBuffer buffer = buffers.withChains(10, 3, 22);
                final byte[] all = buffer.copyToArray();
                final FaultyFile file = new FaultyFile(100, most, call, fails);
                final ChannelWriter writer = new ChannelWriter(GatherSink.of(file, 5));
                int failures = 0;
                long sent = 0;
                while (!buffer.isEmpty()) {
                    final int before = file.calls();
                    try {
                        sent += writer.write(buffer);
                    } catch (final IOException e) {
                        assertThat(file.calls())
                                .as("failed before it took a byte")
                                .isEqualTo(before + 1);
                        failures++;
                    }
                    assertThat(sent).isEqualTo(size - buffer.length());
                    final byte[] written = file.content(5 + (int) sent);
                    assertThat(Arrays.copyOfRange(written, 5, written.length))
                            .isEqualTo(Arrays.copyOf(all, (int) sent));
                }
                assertThat(failures).isLessThanOrEqualTo(fails ? 1 : 0);
                buffer.close();
                if (file.calls() < call) break; // the call to fail never came
            }
        }
    }

    @Test
    void aWriteByPositionThatFailsHalfWayTellsWhatWasTaken() throws IOException {
        final EvBuffer buffer = buffers.withChains(10, 10, 10);
        final byte[] all = buffer.copyToArray();
        final Path path = directory.resolve("half");
        final FileChannel file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        final GatherSink sink = GatherSink.of(file, 0);
        assertThat(new ChannelWriter(sink).writeAtMost(buffer, 15)).isEqualTo(15);
        file.close();
        assertThatThrownBy(() -> new ChannelWriter(sink).write(buffer)).isInstanceOf(IOException.class);
        assertThat(buffer.length()).isEqualTo(15);
        assertThat(Files.readAllBytes(path)).isEqualTo(Arrays.copyOf(all, 15));
        assertThat(sink.toString()).endsWith(" at 15]");
        assertThatThrownBy(() -> GatherSink.of(file, -1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void loadingOfOthersBytesMayThrowWhatItLikes() {
        final EvBuffer buffer = buffers.empty();
        buffer.addUnloaded(new Refusing(), 0, 10);
        final ChannelWriter writer = new ChannelWriter(new FileSink(true));
        assertThatThrownBy(() -> writer.write(buffer)).hasMessage("as ever");
        assertThat(buffer.length()).isEqualTo(10);
        buffer.drain(10);
    }

    private static final class Refusing implements UnloadedBytes {
        @Override
        public void retain() {}

        @Override
        public void release() {}

        @Override
        public Segment load(final long position, final int length) {
            throw new IllegalArgumentException("as ever");
        }
    }
}
