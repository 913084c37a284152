package io.evbuffer.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.EvBuffer;
import io.evbuffer.testing.BufferFixture;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
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
}
