package io.evbuffer.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.EvBuffer;
import io.evbuffer.memory.Segment;
import io.evbuffer.testing.BufferFixture;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class LockedBufferTest {
    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    private final ReentrantLock lock = new ReentrantLock();
    private final List<Boolean> held = new ArrayList<>();

    @Test
    @DisplayName("5.8: a read and a write are one operation under the buffer's lock")
    void aReadAndAWriteAreOneOperation() throws IOException {
        final EvBuffer buffer = buffers.empty();
        buffer.enableLocking(lock);
        final ChannelReader reader = new ChannelReader((ScatterSource) vectors -> {
            held.add(lock.isHeldByCurrentThread());
            return 5;
        });
        final ChannelWriter writer = new ChannelWriter((GatherSink) vectors -> {
            held.add(lock.isHeldByCurrentThread());
            return vectors.totalLength();
        });
        assertThat(reader.read(buffer)).isEqualTo(5);
        assertThat(lock.isLocked()).isFalse();
        assertThat(writer.write(buffer)).isEqualTo(5);
        assertThat(lock.isLocked()).isFalse();
        assertThat(held).containsExactly(true, true);
    }

    @Test
    @DisplayName("5.8: a datagram is received and sent in one operation under the buffer's lock")
    void aDatagramIsOneOperation() throws IOException {
        final EvBuffer buffer = buffers.empty();
        buffer.enableLocking(lock);
        try (FaultyDatagrams channel = new FaultyDatagrams(true)) {
            channel.atCalls(() -> held.add(lock.isHeldByCurrentThread()));
            channel.waiting.add(new byte[5]);
            assertThat(new DatagramReader(channel, 10).read(buffer)).isEqualTo(5);
            assertThat(lock.isLocked()).isFalse();
            assertThat(new DatagramWriter(channel).write(buffer)).isEqualTo(5);
            assertThat(lock.isLocked()).isFalse();
        }
        assertThat(held).containsExactly(true, true);
    }

    @Test
    @DisplayName("5.8: adding a part of a file is one operation under the buffer's lock, from the first check on")
    void addingAPartIsOneOperation() throws IOException {
        final EvBuffer buffer = buffers.empty();
        buffer.enableLocking(lock);
        final FileSource file = new FileSource() {
            @Override
            public long size() {
                held.add(lock.isHeldByCurrentThread());
                return 100;
            }

            @Override
            public int read(final long position, final Segment target, final int offset, final int length) {
                held.add(lock.isHeldByCurrentThread());
                return length;
            }

            @Override
            public void close() {}
        };
        try (FileSegment segment = new FileSegment(file, 0, 100, Set.of(), buffers.pool())) {
            segment.addTo(buffer);
            assertThat(lock.isLocked()).isFalse();
            buffer.close();
        }
        assertThat(held).containsExactly(true, true);
    }
}
