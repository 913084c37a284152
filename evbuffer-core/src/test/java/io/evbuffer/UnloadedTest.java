package io.evbuffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.memory.BufferLimitException;
import io.evbuffer.memory.Segment;
import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.EvBufferInvariants;
import java.io.EOFException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Bytes that are not in memory (contract B-13): what loads them, what does not, and what a failure leaves. */
class UnloadedTest {
    private static final int SIZE = 300_000;

    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    private final Store store = new Store(SIZE);

    /** Stands for a file: counts its holders and what is loaded of it. */
    private static final class Store implements UnloadedBytes {
        final byte[] content;
        final List<String> loads = new ArrayList<>();
        int holders;
        int segments;
        boolean broken;

        Store(final int size) {
            content = ByteSequence.bytes(size);
            for (int i = 0; i < size; i++) {
                if (i % 100 == 99) content[i] = '\n';
                else if (content[i] == '\n') content[i] = ' ';
            }
        }

        @Override
        public void retain() {
            holders++;
        }

        @Override
        public void release() {
            holders--;
        }

        @Override
        public Segment load(final long position, final int length) {
            if (broken) throw new UncheckedIOException(new EOFException("the file ends before " + position));
            loads.add(position + "+" + length);
            segments++;
            final ByteBuffer memory = ByteBuffer.allocateDirect(length);
            memory.put(0, content, (int) position, length);
            return new Segment(segment -> segments--, memory).lend();
        }

        byte[] range(final int from, final int to) {
            return Arrays.copyOfRange(content, from, to);
        }
    }

    @AfterEach
    void nothingIsHeld() {
        for (final EvBuffer buffer : handedOut) buffer.close();
        assertThat(store.holders).isZero();
        assertThat(store.segments).isZero();
    }

    private final List<EvBuffer> handedOut = new ArrayList<>();

    private EvBuffer empty() {
        final EvBuffer buffer = buffers.empty();
        handedOut.add(buffer);
        return buffer;
    }

    /** {@code ab}, 200,000 bytes from position 1,000 on, {@code yz}. */
    private EvBuffer mixed() {
        final EvBuffer buffer = empty();
        buffer.add(new byte[] {'a', 'b'});
        buffer.addUnloaded(store, 1000, 200_000);
        buffer.add(new byte[] {'y', 'z'});
        return buffer;
    }

    private byte[] mixedContent() {
        return Bytes.join(new byte[] {'a', 'b'}, Bytes.join(store.range(1000, 201_000), new byte[] {'y', 'z'}));
    }

    enum Look {
        COPY_OUT(buffer -> buffer.copyOut(new byte[10], 0, 10)),
        COPY_OUT_FROM(buffer -> buffer.copyOut(2L, new byte[10], 0, 10)),
        COPY_OUT_BUFFER(buffer -> buffer.copyOut(ByteBuffer.allocate(10))),
        REMOVE(buffer -> buffer.remove(new byte[10], 0, 10)),
        PULL_UP(buffer -> buffer.pullUp(10, new UnsafeBuffer(0, 0))),
        PEEK(buffer -> buffer.peek(10, new EvIovec(4))),
        SEARCH(buffer -> buffer.searchRange(new byte[] {1, 2, 3}, 0, 10)),
        SEARCH_EOL(buffer -> buffer.searchEol(0, EolStyle.LF, new EolMatch())),
        READ_LINE(buffer -> buffer.readLine(EolStyle.LF)),
        TYPED(buffer -> new EvBufferReader(buffer, ByteOrder.BIG_ENDIAN).getLong(0));

        private final Consumer<EvBuffer> operation;

        Look(final Consumer<EvBuffer> operation) {
            this.operation = operation;
        }
    }

    @ParameterizedTest
    @EnumSource(Look.class)
    @DisplayName("B-13: what looks at bytes loads some of them, and the content is the file's")
    void whatLooksLoads(final Look look) {
        final EvBuffer buffer = mixed();
        final byte[] before = mixedContent();
        look.operation.accept(buffer);
        assertThat(store.loads).containsExactly("1000+65536");
        final int removed = before.length - (int) buffer.length();
        EvBufferInvariants.checkContent(buffer, Arrays.copyOfRange(before, removed, before.length));
    }

    @ParameterizedTest
    @EnumSource(Look.class)
    @DisplayName("B-13: if loading fails nothing has changed")
    void aFailureChangesNothing(final Look look) {
        final EvBuffer buffer = mixed();
        final ChangeLog log = ChangeLog.on(buffer);
        store.broken = true;
        assertThatThrownBy(() -> look.operation.accept(buffer)).isInstanceOf(UncheckedIOException.class);
        assertThat(buffer.length()).isEqualTo(200_004);
        assertThat(buffer.isFrozen(BufferEnd.START)).isFalse();
        assertThat(log.lines).isEmpty();
        store.broken = false;
        EvBufferInvariants.checkContent(buffer, mixedContent());
    }

    @Test
    @DisplayName("B-13: moving, sharing and draining load nothing")
    void movingSharingAndDrainingLoadNothing() {
        final EvBuffer buffer = mixed();
        final EvBuffer sharer = empty();
        sharer.addBufferReference(buffer);
        final EvBuffer moved = empty();
        moved.addBuffer(buffer);
        final EvBuffer front = empty();
        moved.removeBuffer(front, 50_000);
        final EvBuffer again = empty();
        again.prependBuffer(moved);
        again.drain(100_000);
        assertThat(store.loads).isEmpty();
        final byte[] all = mixedContent();
        EvBufferInvariants.checkContent(front, Arrays.copyOf(all, 50_000));
        EvBufferInvariants.checkContent(again, Arrays.copyOfRange(all, 150_000, all.length));
        EvBufferInvariants.checkContent(sharer, all);
    }

    @Test
    void bytesReadOneByOneAreLoadedInUnits() {
        final EvBuffer buffer = mixed();
        final EvBufferReader reader = new EvBufferReader(buffer, ByteOrder.BIG_ENDIAN);
        final byte[] all = mixedContent();
        for (int i = 0; i < 70_000; i++) assertThat(reader.getByte(i)).isEqualTo(all[i]);
        assertThat(store.loads).containsExactly("1000+65536", "66536+65536");
    }

    @Test
    void whoLooksAtMoreThanHalfAUnitLoadsThatAndNoMore() {
        final EvBuffer buffer = empty();
        buffer.addUnloaded(store, 1000, 200_000);
        buffer.copyOut(new byte[32_768], 0, 32_768);
        buffer.drain(65_536);
        buffer.copyOut(new byte[32_769], 0, 32_769);
        buffer.copyOut(40_000, new byte[100], 0, 100);
        assertThat(store.loads).containsExactly("1000+65536", "66536+32769", "106536+65536");
    }

    @Test
    void onlyTheRangeLookedAtIsLoaded() {
        final EvBuffer buffer = mixed();
        final byte[] target = new byte[10];
        assertThat(buffer.copyOut(150_000, target, 0, 10)).isEqualTo(10);
        assertThat(target).isEqualTo(Arrays.copyOfRange(mixedContent(), 150_000, 150_010));
        assertThat(store.loads).containsExactly("150998+50002");
        EvBufferInvariants.checkContent(buffer, mixedContent());
    }

    @Test
    void linesAreReadThroughBytesNotInMemory() {
        final EvBuffer buffer = empty();
        buffer.addUnloaded(store, 0, SIZE);
        for (int line = 0; line < SIZE / 100; line++) {
            assertThat(buffer.readLine(EolStyle.LF)).isEqualTo(store.range(line * 100, line * 100 + 99));
        }
        assertThat(buffer.isEmpty()).isTrue();
        assertThat(store.loads).hasSize(5);
    }

    @Test
    void aNeedleIsFoundAcrossUnits() {
        final EvBuffer buffer = empty();
        buffer.addUnloaded(store, 0, SIZE);
        final byte[] needle = store.range(65_530, 65_545);
        final long found = buffer.search(needle, 60_000);
        assertThat(found).isBetween(60_000L, 65_530L);
        final byte[] there = new byte[needle.length];
        buffer.copyOut(found, there, 0, there.length);
        assertThat(there).isEqualTo(needle);
    }

    @Test
    @DisplayName("writers see loaded bytes up to the first that are not, which they are told of")
    void writersSeeWhatIsLoaded() {
        final EvBuffer buffer = mixed();
        final EvIovec vectors = new EvIovec(8);
        final UnloadedExtent extent = new UnloadedExtent();
        assertThat(buffer.peekLoaded(-1, vectors)).isOne();
        assertThat(vectors.totalLength()).isEqualTo(2);
        assertThat(buffer.frontUnloaded(extent)).isFalse();
        assertThatThrownBy(extent::bytes).isInstanceOf(IllegalStateException.class);

        buffer.drain(2 + 500);
        assertThat(buffer.peekLoaded(-1, vectors)).isZero();
        assertThat(buffer.frontUnloaded(extent)).isTrue();
        assertThat(extent.bytes()).isSameAs(store);
        assertThat(extent.position()).isEqualTo(1500);
        assertThat(extent.length()).isEqualTo(199_500);

        buffer.drain(199_500);
        assertThat(store.holders).isZero();
        assertThat(buffer.peekLoaded(-1, vectors)).isOne();
        assertThat(buffer.frontUnloaded(extent)).isFalse();
        buffer.drain(2);
        assertThat(buffer.frontUnloaded(extent)).isFalse();
        assertThat(store.loads).isEmpty();
    }

    @Test
    void longRangesAreSeveralChainsAndOneChange() {
        final EvBuffer buffer = empty();
        final ChangeLog log = ChangeLog.on(buffer);
        final long length = 5L << 30;
        buffer.addUnloaded(store, 77, length);
        assertThat(buffer.length()).isEqualTo(length);
        assertThat(buffer.countChains()).isEqualTo(5);
        assertThat(log.lines).containsExactly("0->" + length);
        final EvBuffer target = empty();
        assertThat(buffer.removeBuffer(target, (1L << 30) + 5)).isEqualTo((1L << 30) + 5);
        final UnloadedExtent extent = new UnloadedExtent();
        assertThat(buffer.frontUnloaded(extent)).isTrue();
        assertThat(extent.position()).isEqualTo(77 + (1L << 30) + 5);
        assertThat(store.loads).isEmpty();
    }

    @Test
    void badRangesFrozenEndsAndLimitsHoldNothing() {
        final EvBuffer buffer = empty();
        assertThatThrownBy(() -> buffer.addUnloaded(store, -1, 5)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.addUnloaded(store, 1, -5)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.addUnloaded(store, 1, Long.MAX_VALUE))
                .isInstanceOf(IndexOutOfBoundsException.class);
        buffer.addUnloaded(store, 5, 0);
        assertThat(buffer.countChains()).isZero();
        buffer.maxLength(10);
        assertThatThrownBy(() -> buffer.addUnloaded(store, 0, 11)).isInstanceOf(BufferLimitException.class);
        buffer.freeze(BufferEnd.END);
        assertThatThrownBy(() -> buffer.addUnloaded(store, 0, 1)).isInstanceOf(FrozenBufferException.class);
        assertThat(store.holders).isZero();
    }

    @Test
    void aHoldRefusedHalfWayIsGivenBack() {
        final EvBuffer buffer = empty();
        final UnloadedBytes closing = new UnloadedBytes() {
            @Override
            public void retain() {
                if (store.holders == 2) throw new IllegalStateException("closed");
                store.retain();
            }

            @Override
            public void release() {
                store.release();
            }

            @Override
            public Segment load(final long position, final int length) {
                return store.load(position, length);
            }
        };
        assertThatThrownBy(() -> buffer.addUnloaded(closing, 0, 4L << 30)).isInstanceOf(IllegalStateException.class);
        assertThat(store.holders).isZero();
        assertThat(buffer.length()).isZero();
        assertThat(buffer.countChains()).isZero();
    }

    /** A store whose segments have so many bytes more than asked for. */
    private UnloadedBytes loadingMore(final int more) {
        return new UnloadedBytes() {
            @Override
            public void retain() {
                store.retain();
            }

            @Override
            public void release() {
                store.release();
            }

            @Override
            public Segment load(final long position, final int length) {
                return store.load(position, length + more);
            }
        };
    }

    @Test
    void memoryThatIsTooShortIsRefusedAndGivenBack() {
        final EvBuffer buffer = empty();
        buffer.addUnloaded(loadingMore(-1), 0, 10);
        assertThatThrownBy(() -> buffer.copyToArray()).isInstanceOf(IllegalStateException.class);
        assertThat(store.segments).isZero();
        assertThat(buffer.length()).isEqualTo(10);
    }

    @Test
    void ofMemoryThatIsLongerOnlyTheBytesAskedForAreShown() {
        final EvBuffer buffer = empty();
        buffer.addUnloaded(loadingMore(7), 0, 10);
        buffer.addUnloaded(loadingMore(7), 10, 10);
        assertThat(buffer.copyToArray()).isEqualTo(store.range(0, 20));
        buffer.add(new byte[] {'x'}); // not to the memory behind them
        buffer.checkInvariants();
        assertThat(buffer.copyToArray()).isEqualTo(Bytes.join(store.range(0, 20), new byte[] {'x'}));
    }

    @Test
    void loadedBytesAreHeldByEachChainThatShowsThem() {
        final EvBuffer buffer = empty();
        final EvBuffer other = empty();
        buffer.addUnloaded(store, 0, 10);
        buffer.pullUp(10, new UnsafeBuffer(0, 0));
        assertThat(store.holders).isOne();
        other.addBufferReference(buffer);
        assertThat(store.holders).isEqualTo(2);
        buffer.drain(10);
        assertThat(store.holders).isOne();
        assertThat(other.copyToArray()).isEqualTo(store.range(0, 10));
        other.drain(10);
        assertThat(store.holders).isZero();
    }

    @Test
    void theRestOfALongExtentIsNotLoadedOnTheWayOfAPeek() {
        final EvBuffer buffer = empty();
        buffer.addUnloaded(store, 0, 100);
        buffer.drain(95);
        assertThat(buffer.peekLoaded(-1, 99, new EvIovec(2))).isZero();
        assertThat(store.loads).isEmpty();
        assertThat(buffer.peekLoaded(-1, 100, new EvIovec(2))).isOne();
        assertThat(buffer.copyToArray()).isEqualTo(store.range(95, 100));
    }

    @Test
    void whatIsSmallEnoughIsLoadedOnTheWayOfAPeek() {
        final EvBuffer buffer = empty();
        final EvIovec vectors = new EvIovec(10);
        buffer.add(new byte[] {'a'});
        buffer.addUnloaded(store, 0, 10);
        buffer.add(new byte[] {'b'});
        buffer.addUnloaded(store, 10, 6);
        buffer.add(new byte[] {'c'});
        assertThat(buffer.peekLoaded(-1, 9, vectors)).isEqualTo(1);
        assertThat(buffer.peekLoaded(1, 100, vectors)).isEqualTo(1);
        assertThat(store.loads).as("nothing that is not needed").isEmpty();
        store.broken = true;
        assertThat(buffer.peekLoaded(-1, 100, vectors)).isEqualTo(1);
        store.broken = false;
        assertThat(buffer.peekLoaded(-1, 15, vectors)).isEqualTo(3);
        assertThat(buffer.peekLoaded(-1, 6, vectors)).isEqualTo(5);
        assertThat(vectors.totalLength()).isEqualTo(19);
        assertThat(store.loads).containsExactly("0+10", "10+6");
        buffer.checkInvariants();
    }

    @Test
    void bytesFarBehindInAListAreFoundAfterTheirChainWasCut() {
        final EvBuffer buffer = buffers.withChains(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
        handedOut.add(buffer);
        buffer.addUnloaded(store, 0, 200_000);
        buffer.add(new byte[] {'y', 'z'});
        buffer.addBuffer(buffers.withChains(4));
        final byte[] behind = new byte[2];
        buffer.copyOut(20 + 200_000L, behind, 0, 2);
        assertThat(behind).isEqualTo(new byte[] {'y', 'z'});
        final byte[] seen = new byte[5];
        assertThat(buffer.copyOut(20 + 199_000L, seen, 0, 5)).isEqualTo(5);
        assertThat(seen).isEqualTo(store.range(199_000, 199_005));
        assertThat(buffer.copyOut(20 + 100_000L, seen, 0, 5)).isEqualTo(5);
        assertThat(seen).isEqualTo(store.range(100_000, 100_005));
        assertThat(buffer.copyOut(20 + 199_997L, seen, 0, 5)).isEqualTo(5);
        assertThat(seen).isEqualTo(Bytes.join(store.range(199_997, 200_000), new byte[] {'y', 'z'}));
    }

    @Test
    @DisplayName("B-13: wherever they have been moved, bytes not in memory are loaded by who looks")
    void bytesNotInMemoryAreLoadedWhereverTheyWereMoved() {
        final EvBuffer target = empty();
        final EvBuffer source = mixed();
        assertThat(source.removeBuffer(target, 2)).as("up to their border").isEqualTo(2);
        EvBufferInvariants.checkContent(target, new byte[] {'a', 'b'});
        assertThat(store.loads).isEmpty();
        source.removeBuffer(target, 100);
        assertThat(store.loads).isEmpty();
        assertThat(target.copyToArray()).isEqualTo(Arrays.copyOf(mixedContent(), 102));
        final EvBuffer front = empty();
        front.add(new byte[] {'f'});
        front.prependBuffer(source);
        assertThat(front.copyToArray())
                .isEqualTo(Bytes.join(Arrays.copyOfRange(mixedContent(), 102, 200_004), new byte[] {'f'}));
        final EvBuffer behind = empty();
        behind.add(new byte[] {'b'});
        behind.addBuffer(mixed());
        assertThat(behind.copyToArray()).isEqualTo(Bytes.join(new byte[] {'b'}, mixedContent()));
        final EvBuffer sharing = empty();
        sharing.addBufferReference(mixed());
        assertThat(sharing.copyToArray()).isEqualTo(mixedContent());
    }

    @Test
    void asMuchIsLoadedAsIsLookedAt() {
        final EvBuffer peeked = mixed();
        assertThat(peeked.peek(100_000, 12, new EvIovec(4))).isPositive();
        assertThat(store.loads).containsExactly("1010+100000");
        store.loads.clear();
        final EvBuffer all = mixed();
        assertThat(all.peek(-1, new EvIovec(3))).isEqualTo(3);
        assertThat(store.loads).containsExactly("1000+65536", "66536+65536");
    }

    @Test
    @DisplayName("B-5: vectors are counted as peek makes them, and nothing is loaded for it")
    void countingLoadsNothing() {
        final EvBuffer long5 = empty();
        long5.addUnloaded(store, 0, 5L << 30);
        assertThat(long5.countExtents(-1, 0)).isEqualTo(5 << 14);
        assertThat(long5.countExtents(-1, (5L << 30) - 65_537)).isEqualTo(2);
        assertThat(long5.countExtents(2L << 30, 1)).isEqualTo(3);
        assertThat(long5.countExtents(1, 1)).isOne();
        assertThat(store.loads).isEmpty();
        final int[] lengths = {-1, 1, 2, 3, 65_536, 65_538, 65_539, 150_000, 200_002, 200_003, 200_004, 300_000};
        for (final int position : new int[] {0, 1, 2, 3, 65_537, 134_466, 134_467, 199_999, 200_002, 200_004}) {
            for (final int length : lengths) {
                final EvBuffer buffer = mixed();
                store.loads.clear();
                final int counted = buffer.countExtents(length, position);
                assertThat(store.loads).isEmpty();
                assertThat(buffer.peek(length, position, new EvIovec(9)))
                        .as("%d bytes at %d", length, position)
                        .isEqualTo(counted);
                assertThat(buffer.countExtents(length, position)).isEqualTo(counted);
            }
        }
    }

    // ---- searching ----

    @Test
    @DisplayName("B-22: a search loads what it has come to, not the range")
    void aSearchLoadsPieceByPiece() {
        final byte[] needle = {'n', 'e', 'e', 'd', 'l', 'e'};
        System.arraycopy(needle, 0, store.content, 65_533, needle.length); // across two units
        final EvBuffer buffer = empty();
        buffer.addUnloaded(store, 0, 5L << 30);
        assertThat(buffer.search(store.range(100, 120), 0)).isEqualTo(100);
        assertThat(buffer.search(new byte[] {store.content[77]}, 77)).isEqualTo(77);
        assertThat(buffer.searchRange(needle, 0, 65_533)).isEqualTo(-1);
        assertThat(store.loads).as("what begins in the first unit").containsExactly("0+65536");
        assertThat(buffer.search(needle, 0)).isEqualTo(65_533);
        assertThat(buffer.searchRange(needle, 0, 65_538)).isEqualTo(-1);
        assertThat(store.loads).as("what goes on in the second").containsExactly("0+65536", "65536+65536");
        assertThat(buffer.search(new byte[] {store.content[200_000]}, 200_000)).isEqualTo(200_000);
        assertThat(store.loads).as("and not what lies in front").hasSize(3).endsWith("200000+65536");
    }

    @Test
    void nothingIsLoadedThatLiesBehindTheRangeOrBeginsNoMatch() {
        final EvBuffer buffer = empty();
        buffer.addUnloaded(store, 0, 200_000);
        final byte[] absent = {0, 'x', 0};
        assertThat(buffer.searchRange(absent, 0, 65_536)).isEqualTo(-1);
        assertThat(store.loads).containsExactly("0+65536");
        assertThat(buffer.searchRange(new byte[] {'\n'}, 99, 200_000)).isEqualTo(99);
        assertThat(buffer.searchRange(absent, 0, 65_537)).isEqualTo(-1);
        assertThat(store.loads).containsExactly("0+65536");
        assertThat(buffer.searchRange(absent, 0, 65_539)).isEqualTo(-1);
        assertThat(store.loads).containsExactly("0+65536", "65536+65536");
        assertThat(buffer.search(new byte[200_001], 0)).as("hopeless").isEqualTo(-1);
        assertThat(store.loads).hasSize(2);
    }

    @Test
    void longNeedlesAndThoseThatAlmostMatchEverywhereAreFoundAcrossLoads() {
        final EvBuffer buffer = empty();
        Arrays.fill(store.content, 0, 250_000, (byte) 'a');
        store.content[249_999] = 'b';
        buffer.addUnloaded(store, 0, SIZE);
        final byte[] repeating = store.range(249_000, 250_000);
        assertThat(buffer.search(repeating, 0)).isEqualTo(249_000);
        assertThat(store.loads).containsExactly("0+65536", "65536+65536", "131072+131072");

        final EvBuffer again = empty();
        again.addUnloaded(store, 0, SIZE);
        assertThat(again.search(store.range(150_000, SIZE), 149_990)).isEqualTo(150_000);
        EvBufferInvariants.checkContent(again, store.content);
    }

    @Test
    @DisplayName("B-22: a search loads as much again as it has loaded, but nothing behind its range")
    void aSearchLoadsAsMuchAgain() {
        final String[] doubling = {"0+65536", "65536+65536", "131072+131072", "262144+37856"};
        final byte absent = (byte) 255;
        for (int i = 0; i < SIZE; i++) if (store.content[i] == absent || store.content[i] == 0) store.content[i] = 1;
        final EvBuffer forByte = empty();
        forByte.addUnloaded(store, 0, SIZE);
        assertThat(forByte.searchRange(new byte[] {absent}, 0, 140_000)).isEqualTo(-1);
        assertThat(store.loads).containsExactly("0+65536", "65536+65536", "131072+65536");
        store.loads.clear();
        final EvBuffer forBytes = empty();
        forBytes.addUnloaded(store, 0, SIZE);
        assertThat(forBytes.search(new byte[] {absent, 'x'}, 0)).isEqualTo(-1);
        assertThat(store.loads).containsExactly(doubling);
        store.loads.clear();
        final EvBuffer forEol = empty();
        forEol.addUnloaded(store, 0, SIZE);
        assertThat(forEol.searchEol(0, EolStyle.NUL, new EolMatch())).isEqualTo(-1);
        assertThat(store.loads).containsExactly(doubling);
    }

    @Test
    @DisplayName("B-13: a search that could not load goes on the next time")
    void aSearchThatCouldNotLoadIsRepeated() {
        final byte[] needle = {'n', 'e', 'e', 'd', 'l', 'e'};
        System.arraycopy(needle, 0, store.content, 65_533, needle.length);
        final EvBuffer buffer = empty();
        buffer.addUnloaded(store, 0, 200_000);
        buffer.peek(1, new EvIovec(1));
        store.broken = true;
        assertThatThrownBy(() -> buffer.search(needle, 0)).isInstanceOf(UncheckedIOException.class);
        assertThatThrownBy(() -> buffer.search(new byte[] {0, 'x', 0}, 65_530))
                .isInstanceOf(UncheckedIOException.class);
        assertThat(buffer.searchRange(new byte[] {store.content[5]}, 5, 200_000))
                .isEqualTo(5);
        store.broken = false;
        assertThat(buffer.search(needle, 0)).isEqualTo(65_533);
        EvBufferInvariants.checkContent(buffer, store.range(0, 200_000));
    }

    @Test
    @DisplayName("3.7: loading ends no reservation, as looking and searching are read-only calls")
    void loadingEndsNoReservation() {
        final EvBuffer buffer = empty();
        buffer.add(new byte[] {'a'});
        buffer.addUnloaded(store, 0, 200_000);
        final EvIovec reserved = new EvIovec(2);
        buffer.reserveSpace(10, reserved);
        buffer.search(new byte[] {0, 'x', 0}, 10);
        buffer.peek(-1, 199_000, new EvIovec(4));
        buffer.copyOut(100_000, new byte[5], 0, 5);
        reserved.memory(0).putBytes(reserved.offset(0), new byte[] {'y', 'z'});
        buffer.commitSpace(reserved, 2);
        EvBufferInvariants.checkContent(
                buffer, Bytes.join(new byte[] {'a'}, Bytes.join(store.range(0, 200_000), new byte[] {'y', 'z'})));
    }

    @Test
    void thePromiseIsKeptInMind() {
        final EvBuffer buffer = empty();
        assertThat(buffer.drainsToFd()).isFalse();
        buffer.drainsToFd(true);
        assertThat(buffer.drainsToFd()).isTrue();
    }

    @Test
    @DisplayName("random moves, drains and looks keep the content")
    void randomEditsKeepTheContent() {
        final Random random = new Random(20_261_121);
        for (int round = 0; round < 300; round++) {
            final EvBuffer one = empty();
            final EvBuffer two = empty();
            byte[] inOne = {};
            byte[] inTwo = {};
            for (int step = 0; step < 12; step++) {
                final int kind = random.nextInt(7);
                final int at = random.nextInt(SIZE - 70_000);
                final int count = random.nextInt(70_000);
                if (kind <= 1) {
                    one.addUnloaded(store, at, count);
                    inOne = Bytes.join(inOne, store.range(at, at + count));
                } else if (kind == 2) {
                    one.add(store.content, at, count);
                    inOne = Bytes.join(inOne, store.range(at, at + count));
                } else if (kind == 3) {
                    final int moved = (int) one.removeBuffer(two, count);
                    inTwo = Bytes.join(inTwo, Arrays.copyOf(inOne, moved));
                    inOne = Arrays.copyOfRange(inOne, moved, inOne.length);
                } else if (kind == 4) {
                    final int drained = (int) two.drain(count);
                    inTwo = Arrays.copyOfRange(inTwo, drained, inTwo.length);
                } else if (kind == 5) {
                    one.prependBuffer(two);
                    inOne = Bytes.join(inTwo, inOne);
                    inTwo = new byte[0];
                } else if (inOne.length > 0) {
                    final int from = random.nextInt(inOne.length);
                    final byte[] seen = new byte[Math.min(count, inOne.length - from)];
                    one.copyOut(from, seen, 0, seen.length);
                    assertThat(seen).isEqualTo(Arrays.copyOfRange(inOne, from, from + seen.length));
                }
                one.checkInvariants();
                two.checkInvariants();
            }
            EvBufferInvariants.checkContent(one, inOne);
            EvBufferInvariants.checkContent(two, inTwo);
            one.close();
            two.close();
            assertThat(store.holders).isZero();
        }
    }

    @Test
    @DisplayName("B-13: looking and searching may begin further inside than one load reaches")
    void lookingBeginsFarInsideBytesNotInMemory() {
        final byte[] content = mixedContent();
        final EvIovec vectors = new EvIovec(9);
        final EvBuffer peeked = mixed();
        peeked.peek(-1, 150_000, vectors);
        assertThat(vectors.view(0).get(vectors.view(0).position())).isEqualTo(content[150_000]);
        EvBufferInvariants.checkContent(peeked, content);

        final EvBuffer searched = mixed();
        int eol = 150_000;
        while (content[eol] != '\n') eol++;
        assertThat(searched.searchEol(150_000, EolStyle.LF, new EolMatch())).isEqualTo(eol);
        EvBufferInvariants.checkContent(searched, content);
    }

    @Test
    @DisplayName("B-13: an output operation loads what is at the front, a unit at a time, and no more")
    void anOutputOperationLoadsTheFrontAlone() {
        final EvBuffer buffer = mixed();
        final EvIovec vectors = new EvIovec(9);
        final BufferPin pin = buffer.pinForWrite(vectors);
        assertThat(vectors.totalLength()).isEqualTo(2);
        assertThat(store.loads).isEmpty();
        pin.complete(2);
        int done = 2;
        for (int units = 1; done < mixedContent().length - 2; units++) {
            buffer.pinForWrite(vectors);
            assertThat(store.loads).hasSize(units);
            assertThat(vectors.size()).isGreaterThanOrEqualTo(1);
            final int count = (int) Math.min(vectors.totalLength(), mixedContent().length - 2 - done);
            pin.complete(count);
            done += count;
        }
        EvBufferInvariants.checkContent(buffer, new byte[] {'y', 'z'});

        final EvBuffer shortFile = empty();
        shortFile.addUnloaded(store, 0, 100);
        store.broken = true;
        assertThatThrownBy(() -> shortFile.pinForWrite(vectors)).isInstanceOf(UncheckedIOException.class);
        assertThat(shortFile.isFrozen(BufferEnd.START)).isFalse();
        assertThat(shortFile.length()).isEqualTo(100);
    }
}
