package io.evbuffer.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.EvBuffer;
import io.evbuffer.memory.SlabPool;
import java.io.IOException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ChannelReaderTest {
    private final ScriptedSource source = new ScriptedSource();
    private final ChannelReader reader = new ChannelReader(source);

    @Test
    @DisplayName("S-147: a read brings at most maxRead bytes, the rest comes with further reads")
    void aReadBringsAtMostMaxRead() throws IOException {
        try (SlabPool pool = new SlabPool();
                EvBuffer buffer = new EvBuffer(pool)) {
            source.bytes(10_000);
            assertThat(reader.read(buffer)).isEqualTo(4096);
            assertThat(reader.read(buffer)).isEqualTo(4096);
            assertThat(reader.read(buffer)).isEqualTo(10_000 - 2 * 4096);
            assertThat(reader.read(buffer)).isEqualTo(ScatterSource.WOULD_BLOCK);
            assertThat(buffer.copyToArray()).isEqualTo(Bytes.counting(10_000));
        }
    }
}
