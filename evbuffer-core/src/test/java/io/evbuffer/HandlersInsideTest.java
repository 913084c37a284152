package io.evbuffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What release handlers and executors do to a buffer while one of its operations is at work. */
class HandlersInsideTest {
    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);

    /** Ten bytes of the caller's and a hundred others; what the handler does, it does as the ten are copied elsewhere. */
    private EvBuffer withReference(final Consumer<EvBuffer> handler) {
        final EvBuffer buffer = buffers.empty();
        final UnsafeBuffer memory = new UnsafeBuffer(ByteBuffer.allocateDirect(10));
        memory.putBytes(0, ByteSequence.bytes(10));
        buffer.addReference(memory, (released, extent, attachment) -> handler.accept(buffer), null);
        buffer.add(ByteSequence.bytes(10, 100));
        return buffer;
    }

    private byte[] seen() {
        final byte[] bytes = new byte[view.capacity()];
        view.getBytes(0, bytes);
        return bytes;
    }

    @Test
    @DisplayName("B-15: a handler that empties the buffer leaves nothing to pull up")
    void pullUpMeetsAnEmptyBuffer() {
        final EvBuffer buffer = withReference(of -> of.drain(of.length()));
        assertThat(buffer.pullUp(-1, view)).isZero();
        assertThat(view.capacity()).isZero();
        assertThat(buffer.length()).isZero();
    }

    @Test
    @DisplayName("B-15: a handler that closes the buffer leaves nothing to pull up")
    void pullUpMeetsAClosedBuffer() {
        final EvBuffer buffer = withReference(EvBuffer::close);
        assertThat(buffer.pullUp(50, view)).isZero();
        assertThat(view.capacity()).isZero();
        assertThat(buffer.isClosed()).isTrue();
    }

    @Test
    @DisplayName("B-15: a handler that takes some bytes leaves the others to be pulled up")
    void pullUpGoesOnWithWhatIsLeft() {
        final EvBuffer buffer = withReference(of -> of.drain(70));
        assertThat(buffer.pullUp(100, view)).isEqualTo(40);
        assertThat(seen()).isEqualTo(ByteSequence.bytes(70, 40));
    }

    @Test
    @DisplayName("B-15: the first bytes are pulled up also if a handler puts others in front")
    void pullUpMeetsAnotherFront() {
        final EvBuffer source = buffers.withChains(5, 6);
        final EvBuffer buffer = withReference(of -> of.prependBuffer(source));
        assertThat(buffer.pullUp(20, view)).isGreaterThanOrEqualTo(20);
        assertThat(seen()).startsWith(Bytes.join(ByteSequence.bytes(11), ByteSequence.bytes(9)));
        assertThat(buffer.length()).isEqualTo(121);
    }

    @Test
    @DisplayName("B-15: the line looked at is the first one, also if a handler has changed the front")
    void peekLineMeetsAnotherFront() {
        final EvBuffer buffer = buffers.empty();
        final UnsafeBuffer memory = new UnsafeBuffer(ByteBuffer.allocateDirect(3));
        memory.putBytes(0, new byte[] {'a', 'b', 'c'});
        buffer.addReference(memory, (released, extent, attachment) -> buffer.drain(6), null);
        buffer.add(new byte[] {'d', 'e', '\n', 'f', '\n'});
        final EolMatch match = new EolMatch();
        assertThat(buffer.peekLine(EolStyle.LF, view, match)).isEqualTo(1);
        assertThat(seen()).isEqualTo(new byte[] {'f'});
        assertThat(match.endPosition()).isEqualTo(2);
    }

    @Test
    @DisplayName("B-14b: an executor that runs a round at once loses no change made in it")
    void anExecutorMayRunTheRoundAtOnce() {
        final EvBuffer buffer = buffers.empty();
        final List<String> log = new ArrayList<>();
        buffer.deferCallbacks(Runnable::run);
        buffer.addListener((of, change) -> log.add("immediate " + change)).immediate();
        buffer.addListener((of, change) -> {
            log.add("deferred " + change);
            if (of.length() < 15) of.add(new byte[5]);
        });
        buffer.add(new byte[5]);
        assertThat(log)
                .containsExactly(
                        "deferred 0->5 (+5, -0)",
                        "immediate 0->5 (+5, -0)",
                        "deferred 5->10 (+5, -0)",
                        "immediate 5->10 (+5, -0)",
                        "deferred 10->15 (+5, -0)",
                        "immediate 10->15 (+5, -0)");
        buffer.checkAtRest();
    }

    @Test
    @DisplayName("B-14c: what a listener throws in a round run at once comes out of the operation")
    void aRoundRunAtOnceMayFail() {
        final EvBuffer buffer = buffers.empty();
        buffer.deferCallbacks(Runnable::run);
        final ListenerRegistration failing = buffer.addListener((of, change) -> {
            throw new UnsupportedOperationException("no");
        });
        assertThatThrownBy(() -> buffer.add(new byte[5])).isInstanceOf(UnsupportedOperationException.class);
        failing.remove();
        buffer.add(new byte[2]);
        assertThat(buffer.length()).isEqualTo(7);
        buffer.checkAtRest();
    }
}
