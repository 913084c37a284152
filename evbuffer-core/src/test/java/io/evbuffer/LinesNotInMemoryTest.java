package io.evbuffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.memory.Segment;
import io.evbuffer.testing.BufferFixture;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Lines that begin in bytes which are not in memory. */
class LinesNotInMemoryTest {
    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    /** A file of one line, which cannot be read at first. */
    private static final class Line implements UnloadedBytes {
        private boolean broken = true;

        @Override
        public void retain() {}

        @Override
        public void release() {}

        @Override
        public Segment load(final long position, final int length) {
            if (broken) throw new UncheckedIOException(new IOException("not now"));
            final ByteBuffer memory = ByteBuffer.allocateDirect(length);
            memory.put(0, "one\n".getBytes(StandardCharsets.US_ASCII), (int) position, length);
            return new Segment(segment -> {}, memory).lend();
        }
    }

    @Test
    @DisplayName("B-13: a line search that could not load its bytes looks at them the next time")
    void aFailedSearchIsBegunAgain() {
        final Line line = new Line();
        final EvBuffer buffer = buffers.empty();
        buffer.add("two".getBytes(StandardCharsets.US_ASCII));
        assertThat(buffer.readLine(EolStyle.LF)).isNull(); // has looked at three bytes
        final EvBuffer source = buffers.empty();
        source.addUnloaded(line, 0, 4);
        buffer.prependBuffer(source);
        assertThatThrownBy(() -> buffer.readLine(EolStyle.LF)).isInstanceOf(UncheckedIOException.class);
        line.broken = false;
        buffer.add(new byte[] {'\n'});
        assertThat(buffer.readLine(EolStyle.LF)).asString().isEqualTo("one");
        assertThat(buffer.readLine(EolStyle.LF)).asString().isEqualTo("two");
    }
}
