package io.evbuffer.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.EvBuffer;
import io.evbuffer.EvIovec;
import io.evbuffer.memory.SlabPool;
import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.EvBufferInvariants;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.NonReadableChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class PositionedReadTest {
    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    @TempDir
    Path folder;

    private Path file(final int size) throws IOException {
        return Files.write(folder.resolve("file"), ByteSequence.bytes(size));
    }

    @Test
    @DisplayName("S-078: a positional read leaves the channel's position where it is, and readers share a channel")
    void aPositionalReadLeavesTheChannelsPosition() throws IOException {
        final int size = 500_000;
        final EvBuffer one = buffers.empty();
        final EvBuffer other = buffers.empty();
        one.maxRead(100_000);
        try (FileChannel channel = FileChannel.open(file(size), StandardOpenOption.READ)) {
            channel.position(7);
            final ChannelReader first = new ChannelReader(channel, 1000);
            final ChannelReader second = new ChannelReader(channel, 0);
            while (first.read(one) > 0) {
                second.read(other, 100);
                assertThat(channel.position()).isEqualTo(7);
            }
            assertThat(first.read(one)).isEqualTo(ScatterSource.END_OF_STREAM);
            assertThat(one.copyToArray()).isEqualTo(ByteSequence.bytes(1000, size - 1000));
            assertThat(other.copyToArray()).isEqualTo(ByteSequence.bytes((int) other.length()));
            assertThat(first.reads()).as("they grow to a segment each").isLessThan(15);
        }
    }

    @Test
    void whatIsAppendedLaterIsReadLater() throws IOException {
        final EvBuffer buffer = buffers.empty();
        try (FileChannel channel = FileChannel.open(file(10), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            final ChannelReader reader = new ChannelReader(channel, 4);
            assertThat(reader.read(buffer)).isEqualTo(6);
            for (int i = 0; i < 3; i++) assertThat(reader.read(buffer)).isEqualTo(-1);
            channel.write(ByteBuffer.wrap(ByteSequence.bytes(10, 5)), 10);
            assertThat(reader.read(buffer)).isEqualTo(5);
            EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(4, 11));
            assertThat(new ChannelReader(channel, 1L << 40).read(buffer)).isEqualTo(-1);
        }
    }

    @Test
    void onlyTheFirstVectorOfManyIsUsed() throws IOException {
        final EvBuffer buffer = buffers.empty();
        buffer.add(ByteSequence.bytes(200));
        final int room = Room.free(buffer);
        try (FileChannel channel = FileChannel.open(file(10_000), StandardOpenOption.READ)) {
            final ScatterSource source = ScatterSource.of(channel, 200);
            final ChannelReader reader = new ChannelReader(source, new EvIovec(4));
            assertThat(reader.read(buffer)).isEqualTo(room);
            assertThat(reader.lastReadWasFull()).isTrue();
            EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(200 + room));
            assertThat(source).hasToString("ScatterSource[" + channel + " at " + (200 + room) + "]");
        }
    }

    @Test
    void impossiblePlacesAndChannelsAreRefused() throws IOException {
        final EvBuffer buffer = buffers.empty();
        try (FileChannel channel = FileChannel.open(file(10), StandardOpenOption.WRITE)) {
            assertThatThrownBy(() -> new ChannelReader(channel, -1)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> new ChannelReader(channel, 0).read(buffer))
                    .isInstanceOf(NonReadableChannelException.class);
            assertThat(buffer.isEmpty()).isTrue();
        }
    }

    @Test
    void oneVectorNeverMapsMemoryOfItsOwn() throws IOException {
        final EvBuffer buffer = buffers.empty();
        buffer.maxRead(Integer.MAX_VALUE);
        try (FileChannel channel = FileChannel.open(file(3_000_000), StandardOpenOption.READ)) {
            final ChannelReader reader = new ChannelReader(channel, 0);
            while (reader.read(buffer) > 0) buffer.drain(Long.MAX_VALUE);
            assertThat(buffers.pool().stats().bytesMapped() % SlabPool.DEFAULT_SLAB_SIZE)
                    .isZero();
            assertThat(reader.reads()).isBetween(45L, 60L);
        }
    }
}
