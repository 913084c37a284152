package io.evbuffer.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.BufferEnd;
import io.evbuffer.EvBuffer;
import io.evbuffer.EvIovec;
import io.evbuffer.FrozenBufferException;
import io.evbuffer.memory.SlabPool;
import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.EvBufferInvariants;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ChannelWriterTest {
    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    private final ScriptedSink sink = new ScriptedSink();
    private final ChannelWriter writer = new ChannelWriter(sink);

    // ---- how much ----

    @Test
    @DisplayName("S-152, B-29: one call takes all chains; empty ones take no vector")
    void oneCallTakesAllChainsThatHoldData() throws IOException {
        final EvBuffer buffer = withAnEmptyChainBetween();
        assertThat(writer.write(buffer)).isEqualTo(6);
        assertThat(sink.calls()).isEqualTo(1);
        assertThat(writer.writes()).isEqualTo(1);
        assertThat(sink.lastVectors()).isEqualTo(2);
        assertThat(sink.emptyVectors()).isZero();
        assertThat(sink.received()).isEqualTo(ByteSequence.bytes(6));
        assertThat(buffer.isEmpty()).isTrue();
    }

    /** Three chains with 3, 0 and 3 bytes. */
    private EvBuffer withAnEmptyChainBetween() {
        final EvBuffer buffer = buffers.empty();
        final EvIovec room = new EvIovec(3);
        assertThat(buffer.reserveSpace(3L * buffers.pool().preferredCapacity(), room))
                .isEqualTo(3);
        room.memory(0).putBytes(room.offset(0), ByteSequence.bytes(0, 3));
        room.memory(2).putBytes(room.offset(2), ByteSequence.bytes(3, 3));
        room.length(0, 3);
        room.length(1, 0);
        room.length(2, 3);
        buffer.commitSpace(room);
        assertThat(buffer.countChains()).isEqualTo(3);
        assertThat(EvBufferInvariants.dataLengths(buffer)).containsExactly(3, 3);
        return buffer;
    }

    @Test
    @DisplayName("S-153: what the sink does not take stays, in order, and nothing is sent twice")
    void whatIsNotTakenStays() throws IOException {
        final EvBuffer buffer = buffers.withChains(100, 100, 100);
        final byte[] all = buffer.copyToArray();
        sink.take(150).take(0);
        assertThat(writer.write(buffer)).isEqualTo(150);
        assertThat(writer.lastWriteWasFull()).isFalse();
        assertThat(EvBufferInvariants.dataLengths(buffer)).containsExactly(50, 100);
        assertThat(writer.write(buffer)).isZero();
        assertThat(EvBufferInvariants.dataLengths(buffer)).containsExactly(50, 100);
        assertThat(writer.write(buffer)).isEqualTo(150);
        assertThat(sink.received()).isEqualTo(all);
    }

    @Test
    @DisplayName("S-154: writeAtMost sends no more than asked; negative means everything")
    void writeAtMostSendsNoMoreThanAsked() throws IOException {
        final EvBuffer buffer = buffers.empty();
        buffer.add(ByteSequence.bytes(6));
        assertThat(writer.writeAtMost(buffer, 4)).isEqualTo(4);
        assertThat(sink.lastOffered()).isEqualTo(4);
        assertThat(writer.lastWriteWasFull()).isTrue();
        assertThat(writer.writeAtMost(buffer, 0)).isZero();
        assertThat(writer.writeAtMost(buffer, -1)).isEqualTo(2);
        assertThat(sink.received()).isEqualTo(ByteSequence.bytes(6));
        assertThat(sink.calls()).isEqualTo(2);
    }

    @Test
    void aMaximumWithinALaterChainCutsThatOne() throws IOException {
        final EvBuffer buffer = buffers.withChains(10, 10, 10);
        final byte[] all = buffer.copyToArray();
        assertThat(writer.writeAtMost(buffer, 15)).isEqualTo(15);
        assertThat(sink.lastVectors()).isEqualTo(2);
        assertThat(EvBufferInvariants.dataLengths(buffer)).containsExactly(5, 10);
        assertThat(writer.writeAtMost(buffer, Long.MAX_VALUE)).isEqualTo(15);
        assertThat(sink.received()).isEqualTo(all);
    }

    @Test
    void whatIsOfferedFollowsWhatTheSinkTook() throws IOException {
        final EvBuffer buffer = buffers.empty();
        final EvBuffer single = buffers.empty();
        for (int i = 0; i < 100; i++) {
            single.add(ByteSequence.bytes(10_000L * i, 10_000));
            buffer.addBuffer(single);
        }
        sink.take(50_000).take(Long.MAX_VALUE).take(0).take(100);
        final long[] offered = {1_000_000, 100_000, 200_000, 200_000, 70_000, 140_000, 270_000, 369_900};
        for (final long expected : offered) {
            writer.write(buffer);
            assertThat(sink.lastOffered()).isBetween(expected - 9999, expected + 9999);
        }
        assertThat(buffer.isEmpty()).isTrue();
        assertThat(sink.received()).isEqualTo(ByteSequence.bytes(1_000_000));
    }

    @Test
    void oneCallIsOfferedAtMost128Chains() throws IOException {
        final EvBuffer buffer = withManyChains(200);
        final byte[] all = buffer.copyToArray();
        assertThat(writer.write(buffer)).isEqualTo(128);
        assertThat(sink.lastVectors()).isEqualTo(ChannelWriter.DEFAULT_VECTORS);
        assertThat(writer.lastWriteWasFull()).as("the sink may take more").isTrue();
        assertThat(writer.write(buffer)).isEqualTo(72);
        assertThat(sink.received()).isEqualTo(all);
    }

    /** Chains of one byte each. */
    private EvBuffer withManyChains(final int count) {
        final EvBuffer buffer = buffers.empty();
        final EvBuffer single = buffers.empty();
        for (int i = 0; i < count; i++) {
            single.add(new byte[] {(byte) i});
            buffer.addBuffer(single);
        }
        assertThat(EvBufferInvariants.dataLengths(buffer)).hasSize(count);
        return buffer;
    }

    @Test
    void oneCallIsOfferedAsManyChainsAsThereAreVectors() throws IOException {
        final EvBuffer buffer = withManyChains(1500);
        final byte[] all = buffer.copyToArray();
        final ChannelWriter few = new ChannelWriter(sink, new EvIovec(3));
        assertThat(few.write(buffer)).isEqualTo(3);
        final ChannelWriter most = new ChannelWriter(sink, new EvIovec(ChannelWriter.MAX_VECTORS));
        assertThat(most.write(buffer)).isEqualTo(1024);
        assertThat(most.write(buffer)).isEqualTo(1500 - 3 - 1024);
        assertThat(sink.received()).isEqualTo(all);
    }

    @Test
    void moreVectorsThanASystemCallTakesAreRefused() {
        final EvIovec tooMany = new EvIovec(ChannelWriter.MAX_VECTORS + 1);
        assertThatThrownBy(() -> new ChannelWriter(sink, tooMany))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("1025 vectors, a system call takes at most 1024");
    }

    @Test
    void aSinkThatUsesFewerVectorsSaysSoByCuttingThem() throws IOException {
        final EvBuffer buffer = buffers.withChains(10, 20);
        final ChannelWriter plain = new ChannelWriter(vectors -> sink.write(vectors.limit(vectors.length(0))));
        assertThat(plain.write(buffer)).isEqualTo(10);
        assertThat(plain.lastWriteWasFull()).isTrue();
        assertThat(plain.write(buffer)).isEqualTo(20);
    }

    @Test
    @DisplayName("S-157: an empty buffer makes no call; an empty and frozen one is refused")
    void anEmptyBufferMakesNoCall() throws IOException {
        final EvBuffer buffer = buffers.empty();
        assertThat(writer.write(buffer)).isZero();
        buffer.expand(100);
        assertThat(writer.write(buffer)).isZero();
        buffer.freeze(BufferEnd.START);
        assertThatThrownBy(() -> writer.write(buffer)).isInstanceOf(FrozenBufferException.class);
        assertThatThrownBy(() -> writer.writeAtMost(buffer, 0)).isInstanceOf(FrozenBufferException.class);
        assertThat(sink.calls()).isZero();
        assertThat(writer.writes()).isZero();
        buffer.unfreeze(BufferEnd.START);
    }

    // ---- what goes wrong ----

    @Test
    @DisplayName("S-155: an error of the sink leaves the content as it was")
    void anErrorOfTheSinkLeavesTheContent() throws IOException {
        final EvBuffer buffer = buffers.withChains(10, 20);
        final byte[] all = buffer.copyToArray();
        final List<Long> told = new ArrayList<>();
        buffer.addListener((b, change) -> told.add(change.deleted()));
        final IOException checked = new IOException("broken pipe");
        final RuntimeException unchecked = new IllegalStateException("not connected");
        sink.take(5).failure(checked).failure(unchecked);
        assertThat(writer.write(buffer)).isEqualTo(5);
        assertThatThrownBy(() -> writer.write(buffer)).isSameAs(checked);
        assertThat(writer.lastWriteWasFull()).isFalse();
        assertThatThrownBy(() -> writer.write(buffer)).isSameAs(unchecked);
        assertThat(buffer.copyToArray()).isEqualTo(Arrays.copyOfRange(all, 5, 30));
        assertThat(EvBufferInvariants.dataLengths(buffer)).containsExactly(5, 20);
        assertThat(writer.write(buffer)).isEqualTo(25);
        assertThat(told).containsExactly(5L, 25L);
        assertThat(sink.received()).isEqualTo(all);
        assertThat(writer.writes()).as("failed calls count").isEqualTo(4);
    }

    @Test
    void aSinkThatClaimsWhatCannotBeIsRefused() {
        final EvBuffer buffer = buffers.withChains(10, 20);
        sink.answer(31).answer(-1);
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> writer.write(buffer))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("script claims to have taken")
                    .hasMessageContaining("of 30");
        }
        assertThat(buffer.length()).isEqualTo(30);
    }

    @Test
    void aFrozenStartIsRefusedBeforeTheCall() throws IOException {
        final EvBuffer buffer = buffers.withChains(10);
        buffer.freeze(BufferEnd.START);
        for (final long max : new long[] {-1, 0, 5}) {
            assertThatThrownBy(() -> writer.writeAtMost(buffer, max)).isInstanceOf(FrozenBufferException.class);
        }
        assertThat(sink.calls()).isZero();
        buffer.freeze(BufferEnd.END);
        buffer.unfreeze(BufferEnd.START);
        assertThat(writer.write(buffer)).as("a frozen end is no obstacle").isEqualTo(10);
        buffer.unfreeze(BufferEnd.END);
    }

    @Test
    void aClosedBufferIsRefusedBeforeTheCall() {
        final EvBuffer buffer = buffers.empty();
        buffer.close();
        for (final long max : new long[] {-1, 0, 5}) {
            assertThatThrownBy(() -> writer.writeAtMost(buffer, max))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("closed");
        }
        assertThat(sink.calls()).isZero();
    }

    // ---- what follows ----

    @Test
    void aWriteIsToldOnceHoweverManyChainsItEmptied() throws IOException {
        final EvBuffer buffer = buffers.withChains(10, 20, 30);
        final List<Long> told = new ArrayList<>();
        buffer.addListener((b, change) -> told.add(change.deleted()));
        sink.take(45).take(0);
        writer.write(buffer);
        writer.write(buffer);
        assertThat(told).containsExactly(45L);
    }

    @Test
    void aListenersExceptionComesAfterTheBytesAreGone() {
        final EvBuffer buffer = buffers.withChains(10, 20);
        final RuntimeException failure = new RuntimeException("listener");
        buffer.addListener((b, change) -> {
            throw failure;
        });
        sink.take(15);
        assertThatThrownBy(() -> writer.write(buffer)).isSameAs(failure);
        assertThat(sink.received()).hasSize(15);
        assertThat(buffer.length()).isEqualTo(15);
    }

    @Test
    void segmentsGoHomeAsTheirLastByteIsTaken() throws IOException {
        try (SlabPool pool = new SlabPool();
                EvBuffer buffer = new EvBuffer(pool)) {
            buffer.add(new byte[3 * 65_536]);
            assertThat(pool.stats().segmentsInUse()).isEqualTo(3);
            sink.take(65_535).take(1).take(65_537);
            writer.write(buffer);
            assertThat(pool.stats().segmentsInUse()).isEqualTo(3);
            writer.write(buffer);
            assertThat(pool.stats().segmentsInUse()).isEqualTo(2);
            writer.write(buffer);
            assertThat(pool.stats().segmentsInUse()).isEqualTo(1);
            writer.write(buffer);
            assertThat(pool.stats().segmentsInUse()).isZero();
        }
    }

    // ---- sharing ----

    @Test
    void writersOfOneThreadShareTheirVectors() throws IOException {
        final EvIovec vectors = new EvIovec(8);
        final ScriptedSink other = new ScriptedSink();
        final ChannelWriter[] writers = {new ChannelWriter(sink, vectors), new ChannelWriter(other, vectors)};
        final EvBuffer[] sources = {buffers.withChains(10, 20, 30), buffers.withChains(3, 4, 5, 6, 7, 8, 9, 10, 11)};
        final byte[][] all = {sources[0].copyToArray(), sources[1].copyToArray()};
        sink.take(7);
        other.take(8);
        for (int i = 0; i < 6; i++) {
            writers[i & 1].write(sources[i & 1]);
            assertThat(vectors.size())
                    .as("W3: no vector is held between two calls")
                    .isZero();
        }
        assertThat(sink.received()).isEqualTo(all[0]);
        assertThat(other.received()).isEqualTo(all[1]);
    }

    @Test
    void noVectorIsHeldAfterACallThatFailed() {
        final EvIovec vectors = new EvIovec(8);
        final ChannelWriter sharing = new ChannelWriter(sink, vectors);
        final EvBuffer buffer = buffers.withChains(10, 20);
        sink.failure(new IOException("broken pipe"));
        assertThatThrownBy(() -> sharing.write(buffer)).isInstanceOf(IOException.class);
        assertThat(vectors.size()).isZero();
        buffer.freeze(BufferEnd.START);
        assertThatThrownBy(() -> sharing.write(buffer)).isInstanceOf(FrozenBufferException.class);
        assertThat(vectors.size()).isZero();
        buffer.unfreeze(BufferEnd.START);
    }

    @Test
    @SuppressWarnings("NullAway") // null is what is tested
    void aWriterNeedsASinkAndVectors() {
        assertThatThrownBy(() -> new ChannelWriter((GatherSink) null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> new ChannelWriter(sink, null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> GatherSink.of(null)).isInstanceOf(NullPointerException.class);
        assertThat(writer).hasToString("ChannelWriter[script, 0 writes]");
    }
}
