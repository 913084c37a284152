package io.evbuffer.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.EvBuffer;
import io.evbuffer.memory.SlabPool;
import java.io.IOException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ChannelWriterTest {
    private final ScriptedSink sink = new ScriptedSink();
    private final ChannelWriter writer = new ChannelWriter(sink);

    @Test
    @DisplayName("S-154: writeAtMost sends no more than asked; negative means everything")
    void writeAtMostSendsNoMoreThanAsked() throws IOException {
        try (SlabPool pool = new SlabPool();
                EvBuffer buffer = new EvBuffer(pool)) {
            buffer.add(Bytes.counting(6));
            assertThat(writer.writeAtMost(buffer, 4)).isEqualTo(4);
            assertThat(writer.writeAtMost(buffer, 0)).isZero();
            assertThat(writer.writeAtMost(buffer, -1)).isEqualTo(2);
            assertThat(sink.received()).isEqualTo(Bytes.counting(6));
            assertThat(sink.calls()).isEqualTo(2);
        }
    }
}
