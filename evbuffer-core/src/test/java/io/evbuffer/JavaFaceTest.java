package io.evbuffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertThrowsExactly;

import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.TinySegments;
import io.evbuffer.testing.UnloadedSequence;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.function.Executable;

class JavaFaceTest {
    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    @Property(tries = 500)
    void numbersComeOutAsTheyWentInAcrossChainEdges(
            @ForAll final boolean big,
            @ForAll @IntRange(max = 16) final int shift,
            @ForAll final byte b,
            @ForAll final short s,
            @ForAll final int i,
            @ForAll final long l,
            @ForAll final float f,
            @ForAll final double d) {
        final ByteOrder order = big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        try (TinySegments tiny = new TinySegments();
                EvBuffer buffer = tiny.newBuffer()) {
            buffer.add(ByteSequence.bytes(shift));
            final EvBufferWriter writer = new EvBufferWriter(buffer, order);
            writer.putByte(b);
            writer.putShort(s);
            writer.putInt(i);
            writer.putLong(l);
            writer.putFloat(f);
            writer.putDouble(d);
            final int varint = writer.putVarint(l);

            final ByteBuffer expected = ByteBuffer.allocate(27).order(order);
            expected.put(b).putShort(s).putInt(i).putLong(l).putFloat(f).putDouble(d);
            final byte[] seen = new byte[27];
            buffer.copyOut(shift, seen, 0, 27);
            assertThat(seen).isEqualTo(expected.array());

            final EvBufferReader reader = new EvBufferReader(buffer, order);
            assertThat(reader.getLong(shift + 7)).isEqualTo(l);
            buffer.drain(shift);
            assertThat(reader.removeByte()).isEqualTo(b);
            assertThat(reader.removeShort()).isEqualTo(s);
            assertThat(reader.removeInt()).isEqualTo(i);
            assertThat(reader.removeLong()).isEqualTo(l);
            assertThat(Float.floatToRawIntBits(reader.removeFloat())).isEqualTo(Float.floatToRawIntBits(f));
            assertThat(Double.doubleToRawLongBits(reader.removeDouble())).isEqualTo(Double.doubleToRawLongBits(d));
            assertThat(buffer.length()).isEqualTo(varint);
            assertThat(reader.removeVarint()).isEqualTo(l);
            assertThat(buffer.isEmpty()).isTrue();
        }
    }

    @Property(tries = 500)
    void textComesOutAsTheJdkEncodesIt(@ForAll final String text, @ForAll @IntRange(max = 16) final int shift) {
        try (TinySegments tiny = new TinySegments();
                EvBuffer buffer = tiny.newBuffer()) {
            buffer.add(new byte[shift]);
            buffer.drain(shift == 16 ? 0 : shift);
            final long before = buffer.length();
            final EvBufferWriter writer = new EvBufferWriter(buffer, ByteOrder.BIG_ENDIAN);
            final byte[] expected = text.getBytes(StandardCharsets.UTF_8);
            assertThat(writer.putUtf8(text)).isEqualTo(expected.length);
            buffer.drain(before);
            assertThat(buffer.copyToArray()).isEqualTo(expected);
            final EvBufferReader reader = new EvBufferReader(buffer, ByteOrder.BIG_ENDIAN);
            assertThat(reader.removeUtf8(expected.length)).isEqualTo(new String(expected, StandardCharsets.UTF_8));
            writer.putAscii(text);
            assertThat(reader.removeAscii(text.length())).isEqualTo(text.replaceAll("(?s)[^\\x00-\\x7f]", "?"));
        }
    }

    @Test
    void longTextIsWrittenWhole() {
        final String text = "grüße \uD83D\uDE00 ".repeat(1000);
        final EvBuffer buffer = buffers.empty();
        new EvBufferWriter(buffer, ByteOrder.BIG_ENDIAN).putUtf8(text);
        assertThat(new String(buffer.copyToArray(), StandardCharsets.UTF_8)).isEqualTo(text);
    }

    @Test
    void numbersAreReadAtTheirPositions() {
        final EvBuffer buffer = buffers.withChains(3);
        final EvBufferWriter writer = new EvBufferWriter(buffer, ByteOrder.LITTLE_ENDIAN);
        writer.putFloat(1.5f);
        writer.putDouble(-2.25);
        final EvBufferReader reader = new EvBufferReader(buffer, ByteOrder.LITTLE_ENDIAN);
        assertThat(reader.getFloat(3)).isEqualTo(1.5f);
        assertThat(reader.getDouble(7)).isEqualTo(-2.25);
        assertThat(buffer.length()).isEqualTo(15);
    }

    @Test
    void whatAnEncodingLacksIsAQuestionMark() {
        final EvBuffer buffer = buffers.empty();
        final EvBufferWriter writer = new EvBufferWriter(buffer, ByteOrder.BIG_ENDIAN);
        assertThat(writer.putAscii("~\u007f\u0080\u00ff\u0100")).isEqualTo(5);
        assertThat(buffer.copyToArray()).containsExactly('~', 0x7f, '?', '?', '?');
        for (final String text : new String[] {
            "a\uD83D", "\uD83D", "\uDE00x", "\uD83Dx", "\uD83D\uD83D\uDE00", "\uD83D\uDE00\uDE00", "x\uD83D\uDE00"
        }) {
            final byte[] expected = text.getBytes(StandardCharsets.UTF_8);
            buffer.drain(Long.MAX_VALUE);
            assertThat(writer.putUtf8(text)).isEqualTo(expected.length);
            assertThat(buffer.copyToArray()).isEqualTo(expected);
        }
    }

    @Test
    @DisplayName("3.3: readers need the start and writers the end")
    void readersNeedTheStartAndWritersTheEnd() {
        final EvBuffer buffer = buffers.withChains(10);
        final EvBufferReader reader = new EvBufferReader(buffer, ByteOrder.BIG_ENDIAN);
        final EvBufferWriter writer = new EvBufferWriter(buffer, ByteOrder.BIG_ENDIAN);
        final List<Executable> reading =
                List.of(reader::removeInt, () -> reader.getInt(0), reader::removeByte, () -> reader.removeAscii(1));
        final List<Executable> writing = List.of(
                () -> writer.putInt(1), () -> writer.putByte(1), () -> writer.putAscii("a"), () -> writer.putUtf8("a"));
        buffer.freeze(BufferEnd.START);
        for (final Executable each : reading) assertThrows(FrozenBufferException.class, each);
        writer.putByte(7);
        buffer.unfreeze(BufferEnd.START);
        buffer.freeze(BufferEnd.END);
        for (final Executable each : writing) assertThrows(FrozenBufferException.class, each);
        assertThat(buffer.length()).isEqualTo(11);
        assertThat(reader.getByte(10)).isEqualTo((byte) 7);
        buffer.close();
        for (final Executable each : reading) assertThrowsExactly(IllegalStateException.class, each);
        for (final Executable each : writing) assertThrowsExactly(IllegalStateException.class, each);
    }

    @Test
    void numbersAskAndTellAgainAsSoonAsThereIsSomethingTo() {
        final EvBuffer buffer = buffers.withChains(100);
        buffer.stats(null);
        final EvBufferReader reader = new EvBufferReader(buffer, ByteOrder.BIG_ENDIAN);
        final EvBufferWriter writer = new EvBufferWriter(buffer, ByteOrder.BIG_ENDIAN);
        final List<Executable> reading =
                List.of(reader::removeByte, reader::removeShort, reader::removeInt, reader::removeLong);
        final List<Executable> writing = List.of(
                () -> writer.putByte(1), () -> writer.putShort(2), () -> writer.putInt(3), () -> writer.putLong(4));
        assertAll(reading);
        assertAll(writing);
        assertThat(buffer.length()).isEqualTo(100);

        final ChangeLog log = ChangeLog.on(buffer);
        assertAll(reading);
        assertAll(writing);
        assertThat(log.lines)
                .containsExactly("100->99", "99->97", "97->93", "93->85", "85->86", "86->88", "88->92", "92->100");
        buffer.removeListener(log);
        assertAll(reading);
        assertAll(writing);
        assertThat(log.lines).hasSize(8);

        final EvMark first = buffer.mark(0);
        final EvMark second = buffer.mark(1);
        reader.removeByte();
        assertThat(first.isGone()).isTrue();
        assertThat(second.position()).isZero();
        reader.removeLong();
        assertThat(second.isGone()).isTrue();

        buffer.freeze(BufferEnd.START);
        for (final Executable each : reading) assertThrows(FrozenBufferException.class, each);
        buffer.unfreeze(BufferEnd.START);
        assertAll(reading);
        buffer.freeze(BufferEnd.END);
        for (final Executable each : writing) assertThrows(FrozenBufferException.class, each);
        buffer.unfreeze(BufferEnd.END);
        assertAll(writing);
        buffer.close();
        for (final Executable each : reading) assertThrowsExactly(IllegalStateException.class, each);
        for (final Executable each : writing) assertThrowsExactly(IllegalStateException.class, each);
    }

    @Test
    void whatIsOverIsNotAskedForAnyMore() {
        final int[] lengths = new int[100];
        Arrays.fill(lengths, 10);
        final EvBuffer buffer = buffers.withChains(lengths);
        assertPlain(buffer, false); // there are counters
        buffer.stats(null);
        assertPlain(buffer, true);
        final EvMark drained = buffer.mark(0);
        final EvMark closed = buffer.mark(10);
        buffer.drain(1);
        assertThat(drained.isGone()).isTrue();
        assertPlain(buffer, false);
        closed.close();
        assertPlain(buffer, true);
        final EvMark ended = buffer.mark(0);
        buffer.drain(1);
        assertThat(ended.isGone()).isTrue();
        assertPlain(buffer, true);
        buffer.maxLength(2000);
        assertThat(buffer.plainTail()).isNull();
        buffer.maxLength(Long.MAX_VALUE);
        assertPlain(buffer, true);
        buffer.copyOut(500, new byte[1], 0, 1); // far enough for an index
        assertPlain(buffer, true);
        buffer.addUnloaded(new UnloadedSequence(), 0, 10);
        assertThat(buffer.plainHead()).isNull();
        buffer.drain(buffer.length());
        buffer.add(new byte[1]);
        assertPlain(buffer, true);
    }

    private static void assertPlain(final EvBuffer buffer, final boolean plain) {
        assertThat(buffer.plainTail() != null).isEqualTo(plain);
        assertThat(buffer.plainHead() != null).isEqualTo(plain);
    }

    @Test
    void numbersTakenLeaveFarBytesWhereTheyAre() {
        final int[] lengths = new int[100];
        Arrays.fill(lengths, 10);
        final EvBuffer buffer = buffers.withChains(lengths);
        buffer.stats(null);
        final byte[] content = buffer.copyToArray();
        final EvBufferReader reader = new EvBufferReader(buffer, ByteOrder.BIG_ENDIAN);
        for (int taken = 0; taken < content.length; taken++) {
            for (int at = taken; at < content.length; at += 37) {
                assertThat(reader.getByte(at - taken)).isEqualTo(content[at]);
            }
            assertThat(reader.removeByte()).isEqualTo(content[taken]);
        }
        assertThat(buffer.isEmpty()).isTrue();
    }

    @Test
    void whatAReleaseHandlerThrowsIsToldThoughNobodyListens() {
        final EvBuffer buffer = buffers.empty();
        buffer.stats(null);
        final UnsafeBuffer memory = new UnsafeBuffer(ByteBuffer.allocateDirect(4));
        buffer.addReference(
                memory,
                (released, extent, attachment) -> {
                    throw new UnsupportedOperationException("no");
                },
                null);
        buffer.add(new byte[8]);
        final EvBufferReader reader = new EvBufferReader(buffer, ByteOrder.BIG_ENDIAN);
        assertThatThrownBy(reader::removeInt).isInstanceOf(UnsupportedOperationException.class);
        assertThat(buffer.length()).isEqualTo(8);
        assertPlain(buffer, true);
        assertThat(reader.removeInt()).isZero();
    }

    @Test
    void whatAReleaseHandlerThrowsIsToldThoughTheNextOneEndsTheCounting() {
        final EvBuffer buffer = buffers.empty();
        final UnsafeBuffer memory = new UnsafeBuffer(ByteBuffer.allocateDirect(4));
        buffer.addReference(
                memory,
                (released, extent, attachment) -> {
                    throw new UnsupportedOperationException("no");
                },
                null);
        buffer.addReference(memory, (released, extent, attachment) -> buffer.stats(null), null);
        buffer.add(new byte[8]);
        assertThatThrownBy(() -> buffer.drain(8)).isInstanceOf(UnsupportedOperationException.class);
        assertPlain(buffer, true);
    }

    @Test
    void tooFewBytesAreRefusedAndStay() {
        final EvBuffer buffer = buffers.withChains(2, 1);
        final EvBufferReader reader = new EvBufferReader(buffer, ByteOrder.BIG_ENDIAN);
        assertThatThrownBy(reader::removeInt).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> reader.getByte(3)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> reader.getByte(-1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> reader.removeUtf8(4)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(buffer.length()).isEqualTo(3);
    }

    @Test
    void aVarintThatIsTooLongOrCutShortIsRefused() {
        final EvBuffer buffer = buffers.empty();
        final EvBufferReader reader = new EvBufferReader(buffer, ByteOrder.BIG_ENDIAN);
        buffer.add(new byte[] {-1, -1});
        assertThatThrownBy(reader::removeVarint).isInstanceOf(IndexOutOfBoundsException.class);
        buffer.add(new byte[] {-1, -1, -1, -1, -1, -1, -1, -1, 1});
        assertThatThrownBy(reader::removeVarint).isInstanceOf(IllegalArgumentException.class);
        assertThat(buffer.length()).isEqualTo(11);
    }

    @Test
    void streamsReadAndWriteTheBuffer() throws IOException {
        final EvBuffer buffer = buffers.empty();
        try (OutputStream out = EvBufferStreams.output(buffer)) {
            out.write(200);
            out.write(new byte[] {1, 2, 3}, 1, 2);
        }
        try (InputStream in = EvBufferStreams.input(buffer)) {
            assertThat(in.available()).isEqualTo(3);
            assertThat(in.read()).isEqualTo(200);
            assertThat(in.skip(1)).isOne();
            final byte[] rest = new byte[5];
            assertThat(in.read(rest)).isOne();
            assertThat(rest[0]).isEqualTo((byte) 3);
            assertThat(in.read()).isEqualTo(-1);
            assertThat(in.read(rest)).isEqualTo(-1);
            assertThat(in.read(rest, 0, 0)).isZero();
        }
    }

    @Test
    void aListenerMayReadFromTheStreamThatIsRead() throws IOException {
        final EvBuffer buffer = buffers.empty();
        buffer.add(new byte[] {1, 2, 3});
        final List<Integer> seen = new ArrayList<>();
        try (InputStream in = EvBufferStreams.input(buffer)) {
            buffer.addListener((changed, change) -> {
                try {
                    if (!changed.isEmpty()) seen.add(in.read());
                } catch (final IOException e) {
                    throw new AssertionError(e);
                }
            });
            seen.add(in.read());
        }
        assertThat(seen).containsExactly(2, 3, 1);
    }

    @Test
    void channelsReadAndWriteTheBuffer() throws IOException {
        final EvBuffer buffer = buffers.empty();
        final ReadableByteChannel readable = EvBufferStreams.readable(buffer);
        try (WritableByteChannel writable = EvBufferStreams.writable(buffer)) {
            assertThat(writable.write(ByteBuffer.wrap(ByteSequence.bytes(600)))).isEqualTo(600);
        }
        final ByteBuffer target = ByteBuffer.allocate(700);
        assertThat(readable.read(target)).isEqualTo(600);
        assertThat(readable.read(target)).isEqualTo(-1);
        readable.close();
        assertThat(readable.isOpen()).isFalse();
        assertThatThrownBy(() -> readable.read(target)).isInstanceOf(ClosedChannelException.class);
        assertThat(buffer.isClosed()).isFalse();
    }

    @Test
    void aHexDumpShowsBytesAndText() {
        final EvBuffer buffer = buffers.empty();
        buffer.add("GET / HTTP/1.1\r\nHost".getBytes(StandardCharsets.US_ASCII));
        assertThat(HexDump.of(buffer, 0, 100)).isEqualTo("""
                        00000000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a  |GET / HTTP/1.1..|
                        00000010  48 6f 73 74                                       |Host|
                        """);
        assertThat(HexDump.of(buffer, 20, 5)).isEmpty();
        assertThat(buffer.length()).isEqualTo(20);
    }
}
