package io.evbuffer.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.BufferEnd;
import io.evbuffer.EvBuffer;
import io.evbuffer.EvIovec;
import io.evbuffer.FrozenBufferException;
import io.evbuffer.memory.BufferLimitException;
import io.evbuffer.memory.MemoryLimitException;
import io.evbuffer.memory.SlabPool;
import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.EvBufferInvariants;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ChannelReaderTest {
    private static final int MANY = 1 << 24;

    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    private final ScriptedSource source = new ScriptedSource();
    private final ChannelReader reader = new ChannelReader(source);

    // ---- how much ----

    @Test
    @DisplayName("S-147: a read brings at most maxRead bytes, the rest comes with further reads")
    void aReadBringsAtMostMaxRead() throws IOException {
        final EvBuffer buffer = buffers.empty();
        source.bytes(10_000);
        assertThat(reader.read(buffer)).isEqualTo(4096);
        assertThat(reader.read(buffer)).isEqualTo(4096);
        assertThat(reader.read(buffer)).isEqualTo(10_000 - 2 * 4096);
        assertThat(reader.read(buffer)).isEqualTo(ScatterSource.WOULD_BLOCK);
        assertThat(buffer.copyToArray()).isEqualTo(ByteSequence.bytes(10_000));
    }

    @Test
    @DisplayName("S-148: a read brings exactly the maximum that the caller names, however much room there is")
    void aReadBringsWhatTheCallerAsksFor() throws IOException {
        final EvBuffer buffer = buffers.empty();
        source.bytes(100);
        assertThat(reader.read(buffer, 30)).isEqualTo(30);
        assertThat(source.lastAsked()).isEqualTo(30);
        assertThat(reader.read(buffer, 30)).isEqualTo(30);
        assertThat(reader.read(buffer, -1)).isEqualTo(40);
        assertThat(buffer.copyToArray()).isEqualTo(ByteSequence.bytes(100));
    }

    @Test
    @DisplayName("S-149: with a higher maxRead more than 4096 bytes come with one read")
    void aHigherMaxReadBringsMore() throws IOException {
        final EvBuffer buffer = buffers.empty();
        buffer.maxRead(100_000);
        source.bytes(60_000);
        assertThat(reader.read(buffer)).isGreaterThan(4096);
        while (reader.read(buffer) > 0)
            assertThat(reader.lastReadWasFull() || buffer.length() == 60_000).isTrue();
        assertThat(buffer.copyToArray()).isEqualTo(ByteSequence.bytes(60_000));
    }

    @Test
    void aMaximumAboveMaxReadIsCutToIt() throws IOException {
        final EvBuffer buffer = buffers.empty();
        buffer.maxRead(200);
        source.bytes(1000);
        assertThat(reader.read(buffer, Long.MAX_VALUE)).isEqualTo(200);
        assertThat(source.lastAsked()).isEqualTo(200);
    }

    @Test
    @DisplayName("B-19: a read shrinks to the room left under the buffer's limit; with none it throws before the call")
    void aReadShrinksToTheRoomLeft() throws IOException {
        final EvBuffer buffer = buffers.empty();
        buffer.add(ByteSequence.bytes(90));
        buffer.maxLength(100);
        source.bytes(50);
        assertThat(reader.read(buffer)).isEqualTo(10);
        assertThat(reader.lastReadWasFull()).isTrue();

        assertThatThrownBy(() -> reader.read(buffer))
                .isInstanceOf(BufferLimitException.class)
                .hasMessageContaining("100");
        assertThatThrownBy(() -> reader.read(buffer, 1)).isInstanceOf(BufferLimitException.class);
        assertThat(reader.read(buffer, 0)).isZero();
        assertThat(source.calls()).isEqualTo(1);
        assertThat(buffer.length()).isEqualTo(100);

        buffer.drain(3);
        assertThat(reader.read(buffer)).isEqualTo(3);
    }

    @Test
    @DisplayName("S-156: amount 0 makes no call; maxRead 0 is refused; the end is -1, nothing waiting is 0")
    void resultsThatAreNoBytes() throws IOException {
        final EvBuffer buffer = buffers.empty();
        source.end().nothing();
        assertThat(reader.read(buffer, 0)).isZero();
        assertThat(source.calls()).isZero();
        assertThat(reader.reads()).isZero();
        assertThat(buffer.countChains()).isZero();
        assertThatThrownBy(() -> buffer.maxRead(0)).isInstanceOf(IllegalArgumentException.class);
        assertThat(reader.read(buffer)).isEqualTo(-1);
        assertThat(reader.read(buffer)).isZero();
        assertThat(source.calls()).isEqualTo(2);
    }

    // ---- where to ----

    @Test
    void bytesFillTheFreeRoomBehindTheDataBeforeNewChains() throws IOException {
        final EvBuffer buffer = buffers.empty();
        buffer.add(ByteSequence.bytes(200));
        final int room = Room.free(buffer);
        source.bytes(MANY);
        assertThat(reader.read(buffer)).isEqualTo(4096);
        assertThat(source.lastVectors()).isEqualTo(2);
        assertThat(EvBufferInvariants.dataLengths(buffer)).containsExactly(200 + room, 4096 - room);
        assertThat(Room.free(buffer)).as("no scrap of a chain was taken").isGreaterThanOrEqualTo(room);
        assertThat(buffer.length()).isEqualTo(200 + 4096);
        assertThat(buffer.checkInvariants()).isTrue();
    }

    @Test
    @DisplayName("B-2: space not filled is kept for the next read, which takes no memory")
    void spaceNotFilledIsKept() throws IOException {
        try (SlabPool pool = new SlabPool();
                EvBuffer buffer = new EvBuffer(pool)) {
            source.bytes(10).nothing().bytes(20).bytes(MANY);
            reader.read(buffer);
            final long taken = pool.stats().taken();
            final int chains = buffer.countChains();
            assertThat(reader.read(buffer, 1000)).isZero();
            assertThat(reader.read(buffer, 1000)).isEqualTo(20);
            assertThat(reader.read(buffer, Room.free(buffer))).isPositive();
            assertThat(Room.free(buffer)).isZero();
            assertThat(pool.stats().taken()).isEqualTo(taken);
            assertThat(buffer.countChains()).isEqualTo(chains);
            assertThat(buffer.copyToArray()).isEqualTo(ByteSequence.bytes((int) source.handedOut()));
        }
    }

    @Test
    void roomThatIsThereIsOfferedEvenIfLessIsExpected() throws IOException {
        final EvBuffer buffer = buffers.empty();
        for (int i = 0; i < 20; i++) readAndDrain(buffer, 1); // now little is expected
        assertThat(source.lastAsked()).isLessThan(1024);
        buffer.expand(4096);
        source.bytes(4096);
        assertThat(reader.read(buffer)).isEqualTo(4096);
    }

    @Test
    void bytesMoveBehindChainsThatStayEmpty() throws IOException {
        final EvBuffer buffer = buffers.empty();
        buffer.expandFast(3 * 65_536, 3);
        source.bytes(5).bytes(6);
        reader.read(buffer);
        reader.read(buffer);
        assertThat(EvBufferInvariants.dataLengths(buffer)).containsExactly(11);
        assertThat(buffer.copyToArray()).isEqualTo(ByteSequence.bytes(11));
    }

    @Test
    void withOneVectorTheRoomIsContiguous() throws IOException {
        final EvBuffer buffer = buffers.empty();
        final ChannelReader single = new ChannelReader(source, new EvIovec(1));
        buffer.add(ByteSequence.bytes(255));
        buffer.drain(255 - 100);
        source.bytes(4000);
        while (single.read(buffer) > 0) assertThat(source.lastVectors()).isEqualTo(1);
        assertThat(buffer.length()).isEqualTo(100 + 4000);
        buffer.drain(100);
        assertThat(buffer.copyToArray()).isEqualTo(ByteSequence.bytes(4000));
    }

    @Test
    void aHugeMaxReadMapsNoMemoryOfItsOwn() throws IOException {
        final EvBuffer buffer = buffers.empty();
        buffer.maxRead(Integer.MAX_VALUE);
        for (int i = 0; i < 40; i++) {
            source.bytes(MANY);
            reader.read(buffer);
            buffer.drain(Long.MAX_VALUE);
        }
        final int vectors = ChannelReader.DEFAULT_VECTORS;
        assertThat(source.lastAsked()).isEqualTo(vectors * (long) ChannelReader.VECTOR_ROOM);
        assertThat(source.lastVectors()).isEqualTo(vectors);
        assertThat(buffers.pool().stats().bytesMapped() % SlabPool.DEFAULT_SLAB_SIZE)
                .isZero();
    }

    @Test
    void newMemoryIsTakenOnlyForVectorsThatAreLeft() throws IOException {
        final EvBuffer buffer = buffers.empty();
        buffer.maxRead(MANY);
        for (int i = 0; i < 12; i++) {
            source.bytes(MANY);
            reader.read(buffer);
            buffer.drain(Long.MAX_VALUE);
        }
        for (int spare = 1; spare <= ChannelReader.DEFAULT_VECTORS; spare++) {
            final EvBuffer roomy = buffers.empty();
            roomy.maxRead(MANY);
            roomy.expandFast((long) spare * ChannelReader.VECTOR_ROOM, ChannelReader.DEFAULT_VECTORS);
            assertThat(roomy.countChains()).isEqualTo(spare);
            source.bytes(MANY);
            reader.read(roomy);
            assertThat(source.lastVectors()).isEqualTo(ChannelReader.DEFAULT_VECTORS);
            assertThat(source.lastAsked()).isEqualTo(4L * ChannelReader.VECTOR_ROOM);
        }
    }

    @Test
    void roomThatJustSufficesIsNotAddedTo() throws IOException {
        final EvBuffer buffer = buffers.empty();
        buffer.expand(4096);
        assertThat(Room.free(buffer)).isEqualTo(4096);
        reader.read(buffer);
        assertThat(source.lastAsked()).isEqualTo(4096);
        assertThat(buffer.countChains()).isEqualTo(1);
    }

    // ---- how much is expected ----

    @Test
    void fullReadsDoubleTheExpectationUpToMaxRead() throws IOException {
        final EvBuffer buffer = buffers.empty();
        buffer.maxRead(100_000);
        final List<Long> asked = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            source.bytes(MANY);
            reader.read(buffer);
            asked.add(source.lastAsked());
            buffer.drain(Long.MAX_VALUE);
        }
        assertThat(asked.get(0)).isEqualTo(ChannelReader.FIRST_EXPECTED);
        assertThat(asked.get(1)).isBetween(2L * ChannelReader.FIRST_EXPECTED, 4L * ChannelReader.FIRST_EXPECTED - 1);
        assertThat(asked.get(4)).isEqualTo(100_000);
    }

    @Test
    void twoSmallReadsHalveTheExpectationButNeverBelowTheLeast() throws IOException {
        final EvBuffer buffer = buffers.empty();
        readAndDrain(buffer, 10);
        assertThat(source.lastAsked()).isEqualTo(4096);
        readAndDrain(buffer, 10);
        assertThat(source.lastAsked()).isEqualTo(4096);
        readAndDrain(buffer, 10);
        assertThat(source.lastAsked()).isEqualTo(2048);
        for (int i = 0; i < 50; i++) readAndDrain(buffer, 10);
        assertThat(source.lastAsked()).isEqualTo(ChannelReader.LEAST_EXPECTED);
    }

    @Test
    void lessThanHalfOfWhatIsExpectedIsSmallHalfIsNot() throws IOException {
        final EvBuffer buffer = buffers.empty();
        for (int i = 0; i < 10; i++) readAndDrain(buffer, 2048);
        assertThat(source.lastAsked()).isEqualTo(4096);
        for (int i = 0; i < 3; i++) readAndDrain(buffer, 2047);
        assertThat(source.lastAsked()).isEqualTo(2048);
    }

    @Test
    void aReadAsExpectedBetweenTwoSmallOnesKeepsTheExpectation() throws IOException {
        final EvBuffer buffer = buffers.empty();
        for (int i = 0; i < 10; i++) {
            readAndDrain(buffer, 10);
            readAndDrain(buffer, 3000);
        }
        assertThat(source.lastAsked()).isEqualTo(4096);
    }

    @Test
    void readsCutShortByTheCallerSayNothingAboutWhatToExpect() throws IOException {
        final EvBuffer buffer = buffers.empty();
        source.bytes(MANY);
        for (int i = 0; i < 10; i++) reader.read(buffer, 10);
        buffer.drain(Long.MAX_VALUE);
        reader.read(buffer);
        assertThat(source.lastAsked()).isEqualTo(4096);
    }

    @Test
    void theExpectationIsNeverAboveMaxReadOfTheBuffer() throws IOException {
        final EvBuffer large = buffers.empty();
        large.maxRead(100_000);
        final EvBuffer small = buffers.empty();
        small.maxRead(100);
        source.bytes(MANY);
        reader.read(large);
        reader.read(small);
        assertThat(source.lastAsked()).isEqualTo(100);
        assertThat(Room.free(small)).isLessThan(512);
        for (int i = 0; i < 12; i++) {
            reader.read(large);
            large.drain(Long.MAX_VALUE);
        }
        assertThat(source.lastAsked()).isEqualTo(100_000);
    }

    @Test
    @DisplayName("S-151: small messages, each drained: no memory after the first few, one call a read")
    void smallMessagesTakeNoNewMemory() throws IOException {
        try (SlabPool pool = new SlabPool();
                EvBuffer buffer = new EvBuffer(pool)) {
            for (int i = 0; i < 5; i++) readAndDrain(buffer, 1000);
            final long mapped = pool.stats().bytesMapped();
            for (int i = 5; i < 10_000; i++) readAndDrain(buffer, 1000);
            assertThat(pool.stats().bytesMapped()).isEqualTo(mapped);
            assertThat(source.calls()).isEqualTo(10_000);
            assertThat(reader.reads()).isEqualTo(10_000);
        }
    }

    private void readAndDrain(final EvBuffer buffer, final int count) throws IOException {
        source.bytes(count);
        assertThat(reader.read(buffer)).isEqualTo(count);
        buffer.drain(count);
    }

    // ---- was it all? ----

    @Test
    void aReadIsFullIfItFilledAllRoomItWasGiven() throws IOException {
        final EvBuffer buffer = buffers.empty();
        assertThat(reader.lastReadWasFull()).isFalse();
        source.bytes(4096).bytes(4096);
        reader.read(buffer);
        assertThat(reader.lastReadWasFull()).isTrue();
        reader.read(buffer, 0);
        assertThat(reader.lastReadWasFull()).as("no call was made").isTrue();
        reader.read(buffer, 4095);
        assertThat(reader.lastReadWasFull()).isTrue();
        reader.read(buffer);
        assertThat(reader.lastReadWasFull()).as("1 byte came").isFalse();
    }

    @Test
    void aReadThatBringsNothingIsNotFull() throws IOException {
        final EvBuffer buffer = buffers.empty();
        source.bytes(10).nothing().bytes(10).end().bytes(10).failure(new IOException("reset"));
        for (int i = 0; i < 2; i++) {
            reader.read(buffer, 10);
            assertThat(reader.lastReadWasFull()).isTrue();
            reader.read(buffer);
            assertThat(reader.lastReadWasFull()).isFalse();
        }
        reader.read(buffer, 10);
        assertThatThrownBy(() -> reader.read(buffer)).isInstanceOf(IOException.class);
        assertThat(reader.lastReadWasFull()).isFalse();
    }

    @Test
    void aSourceThatUsesFewerVectorsSaysSoByCuttingThem() throws IOException {
        final EvBuffer buffer = buffers.empty();
        buffer.add(ByteSequence.bytes(200));
        final int room = Room.free(buffer);
        final ChannelReader plain = new ChannelReader(vectors -> source.read(vectors.limit(vectors.length(0))));
        source.bytes(MANY);
        assertThat(plain.read(buffer)).isEqualTo(room);
        assertThat(plain.lastReadWasFull()).isTrue();
    }

    // ---- what goes wrong ----

    @Test
    @DisplayName("S-150: nothing waiting is 0, the end is -1, and the buffer is as it was")
    void withoutBytesTheBufferIsUnchanged() throws IOException {
        final EvBuffer buffer = buffers.withChains(10, 20);
        final byte[] before = buffer.copyToArray();
        buffer.addListener((b, change) -> {
            throw new AssertionError("nothing has changed");
        });
        source.nothing().end();
        assertThat(reader.read(buffer)).isZero();
        assertThat(reader.read(buffer)).isEqualTo(-1);
        assertThat(buffer.copyToArray()).isEqualTo(before);
        assertThat(EvBufferInvariants.dataLengths(buffer)).containsExactly(10, 20);
    }

    @Test
    void anErrorOfTheSourceLeavesTheBufferAsItWas() throws IOException {
        final EvBuffer buffer = buffers.withChains(10, 20);
        final byte[] before = buffer.copyToArray();
        final List<Long> told = new ArrayList<>();
        buffer.addListener((b, change) -> told.add(change.added()));
        final IOException checked = new IOException("reset");
        final RuntimeException unchecked = new IllegalStateException("not connected");
        source.failure(checked).failure(unchecked).bytes(5);

        assertThatThrownBy(() -> reader.read(buffer)).isSameAs(checked);
        assertThatThrownBy(() -> reader.read(buffer)).isSameAs(unchecked);
        assertThat(buffer.copyToArray()).isEqualTo(before);
        assertThat(EvBufferInvariants.dataLengths(buffer)).containsExactly(10, 20);
        assertThat(reader.read(buffer)).isEqualTo(5);
        assertThat(told).containsExactly(5L);
        buffer.drain(30);
        assertThat(buffer.copyToArray()).isEqualTo(ByteSequence.bytes(5));
        assertThat(reader.reads()).as("failed calls count").isEqualTo(3);
    }

    @Test
    void aSourceThatClaimsWhatCannotBeIsRefused() {
        final EvBuffer buffer = buffers.withChains(10);
        source.answer(4097).answer(-2).answer(Long.MIN_VALUE);
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> reader.read(buffer))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("script claims to have read")
                    .hasMessageContaining("4096");
        }
        assertThat(buffer.length()).isEqualTo(10);
    }

    @Test
    void aFrozenEndIsRefusedBeforeTheCall() throws IOException {
        final EvBuffer buffer = buffers.withChains(10);
        source.bytes(5);
        buffer.freeze(BufferEnd.END);
        for (final long max : new long[] {-1, 0, 5}) {
            assertThatThrownBy(() -> reader.read(buffer, max)).isInstanceOf(FrozenBufferException.class);
        }
        buffer.maxLength(10);
        assertThatThrownBy(() -> reader.read(buffer)).isInstanceOf(FrozenBufferException.class);
        buffer.maxLength(1000);
        assertThat(source.calls()).isZero();
        buffer.freeze(BufferEnd.START);
        buffer.unfreeze(BufferEnd.END);
        assertThat(reader.read(buffer)).as("a frozen start is no obstacle").isEqualTo(5);
        buffer.unfreeze(BufferEnd.START);
    }

    @Test
    void aClosedBufferIsRefusedBeforeTheCall() {
        final EvBuffer buffer = buffers.empty();
        buffer.close();
        for (final long max : new long[] {-1, 0, 5}) {
            assertThatThrownBy(() -> reader.read(buffer, max))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("closed");
        }
        assertThat(source.calls()).isZero();
    }

    @Test
    @DisplayName("S-161: without memory a read is refused before the call; it works once memory is back")
    void withoutMemoryAReadIsRefused() throws IOException {
        try (SlabPool pool = SlabPool.builder().limit(4096).build();
                EvBuffer hog = new EvBuffer(pool);
                EvBuffer buffer = new EvBuffer(pool)) {
            hog.expand(4096);
            source.bytes(5);
            assertThatThrownBy(() -> reader.read(buffer)).isInstanceOf(MemoryLimitException.class);
            assertThat(source.calls()).isZero();
            assertThat(buffer.length()).isZero();
            assertThat(buffer.checkInvariants()).isTrue();
            hog.trim();
            assertThat(reader.read(buffer)).isEqualTo(5);
            assertThat(buffer.copyToArray()).isEqualTo(ByteSequence.bytes(5));
        }
    }

    // ---- listeners ----

    @Test
    void aReadIsToldOnceHoweverManyChainsItFilled() throws IOException {
        final EvBuffer buffer = buffers.empty();
        buffer.add(ByteSequence.bytes(200));
        final List<Long> told = new ArrayList<>();
        buffer.addListener((b, change) -> told.add(change.added()));
        source.bytes(MANY);
        reader.read(buffer);
        assertThat(EvBufferInvariants.dataLengths(buffer)).hasSizeGreaterThan(1);
        assertThat(told).containsExactly(4096L);
    }

    @Test
    void aListenersExceptionComesAfterTheBytesAreInTheBuffer() throws IOException {
        final EvBuffer buffer = buffers.empty();
        final RuntimeException failure = new RuntimeException("listener");
        buffer.addListener((b, change) -> {
            throw failure;
        });
        source.bytes(5);
        assertThatThrownBy(() -> reader.read(buffer)).isSameAs(failure);
        assertThat(buffer.copyToArray()).isEqualTo(ByteSequence.bytes(5));
        assertThat(reader.reads()).isEqualTo(1);
    }

    @Test
    void aListenerMayReadOnWithTheSameReader() throws IOException {
        final EvBuffer buffer = buffers.empty();
        source.bytes(10).bytes(20).bytes(30);
        buffer.addListener((b, change) -> {
            try {
                reader.read(b);
            } catch (final IOException e) {
                throw new AssertionError(e);
            }
        });
        assertThat(reader.read(buffer)).isEqualTo(10);
        assertThat(buffer.copyToArray()).isEqualTo(ByteSequence.bytes(60));
    }

    // ---- sharing ----

    @Test
    void readersOfOneThreadShareTheirVectors() throws IOException {
        final EvIovec vectors = new EvIovec(8);
        final ScriptedSource[] sources = {new ScriptedSource(), new ScriptedSource()};
        final ChannelReader[] readers = {new ChannelReader(sources[0], vectors), new ChannelReader(sources[1], vectors)
        };
        final EvBuffer[] targets = {buffers.empty(), buffers.empty()};
        for (int i = 0; i < 20; i++) {
            sources[i & 1].bytes(100 * i + 1);
            readers[i & 1].read(targets[i & 1]);
            assertThat(vectors.size())
                    .as("R4: no vector is held between two calls")
                    .isZero();
        }
        for (int i = 0; i < 2; i++) {
            assertThat(targets[i].copyToArray()).isEqualTo(ByteSequence.bytes((int) sources[i].handedOut()));
        }
    }

    @Test
    void noVectorIsHeldAfterACallThatFailed() {
        final EvIovec vectors = new EvIovec(8);
        final ChannelReader sharing = new ChannelReader(source, vectors);
        final EvBuffer buffer = buffers.empty();
        source.failure(new IOException("reset")).answer(-3);
        assertThatThrownBy(() -> sharing.read(buffer)).isInstanceOf(IOException.class);
        assertThat(vectors.size()).isZero();
        assertThatThrownBy(() -> sharing.read(buffer)).isInstanceOf(IllegalStateException.class);
        assertThat(vectors.size()).isZero();
        buffer.maxLength(0);
        assertThatThrownBy(() -> sharing.read(buffer)).isInstanceOf(BufferLimitException.class);
        assertThat(vectors.size()).isZero();
    }

    @Test
    @SuppressWarnings("NullAway") // null is what is tested
    void aReaderNeedsASourceAndVectors() {
        assertThatThrownBy(() -> new ChannelReader((ScatterSource) null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> new ChannelReader(source, null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> ScatterSource.of(null)).isInstanceOf(NullPointerException.class);
        assertThat(reader).hasToString("ChannelReader[script, 0 reads, expects 16384 bytes]");
    }
}
