package io.evbuffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.memory.BufferLimitException;
import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.EvBufferInvariants;
import io.evbuffer.testing.TinySegments;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PinTest {
    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    private final EvIovec vectors = new EvIovec(4);

    private void fill(final long from, final int count) {
        int done = 0;
        for (int i = 0; i < vectors.size() && done < count; i++) {
            final int piece = Math.min(count - done, vectors.length(i));
            vectors.memory(i).putBytes(vectors.offset(i), ByteSequence.bytes(from + done, piece));
            done += piece;
        }
    }

    @Test
    void anInputOperationFillsPinnedChainsAndThawsTheEnd() {
        final EvBuffer buffer = buffers.withChains(10);
        final List<String> log = new ArrayList<>();
        buffer.addListener((of, change) -> log.add(change.toString()));
        final BufferPin pin = buffer.pinForRead(500, vectors);
        assertThat(vectors.totalLength()).isEqualTo(500);
        assertThat(pin.buffer()).isSameAs(buffer);
        assertThat(pin.isInFlight()).isTrue();
        assertThat(buffer.isFrozen(BufferEnd.END)).isTrue();
        assertThatThrownBy(() -> buffer.add(new byte[1])).isInstanceOf(FrozenBufferException.class);
        assertThatThrownBy(() -> buffer.pinForRead(1, new EvIovec(1))).isInstanceOf(FrozenBufferException.class);
        fill(10, 300);
        assertThatThrownBy(() -> pin.complete(501)).isInstanceOf(IllegalArgumentException.class);
        pin.complete(300);
        assertThat(pin.isInFlight()).isFalse();
        assertThat(buffer.copyToArray()).isEqualTo(ByteSequence.bytes(310));
        assertThat(buffer.isFrozen(BufferEnd.END)).isFalse();
        assertThat(log).containsExactly("10->310 (+300, -0)");
        assertThatThrownBy(() -> pin.complete(0)).isInstanceOf(IllegalStateException.class);
        assertThat(buffer.pinForRead(1, vectors)).isSameAs(pin);
        pin.abort();
    }

    @Test
    @DisplayName("INV-18: draining everything leaves the place being filled where it is")
    void drainingLeavesThePlaceBeingFilled() {
        final EvBuffer buffer = buffers.withChains(10, 20);
        final BufferPin pin = buffer.pinForRead(100, vectors);
        final long address = vectors.address(0);
        assertThat(buffer.drain(30)).isEqualTo(30);
        EvBufferInvariants.check(buffer);
        fill(0, 40);
        pin.complete(40);
        assertThat(buffer.copyToArray()).isEqualTo(ByteSequence.bytes(40));
        final EvIovec data = new EvIovec(1);
        buffer.peek(-1, data);
        assertThat(data.address(0)).isEqualTo(address);
    }

    @Test
    @DisplayName("5.1, 5.2: moving the data away leaves the pinned chains; data in front in the same chain is copied")
    void movingTheDataLeavesThePinnedChains() {
        for (final boolean inFront : new boolean[] {false, true}) {
            final EvBuffer buffer = buffers.withChains(10, 20);
            final BufferPin pin = buffer.pinForRead(100, vectors);
            final EvBuffer target = buffers.empty();
            buffers.stats().reset();
            if (inFront) target.prependBuffer(buffer);
            else target.addBuffer(buffer);
            assertThat(buffers.stats().copiedWithin()).isEqualTo(20);
            assertThat(target.copyToArray()).isEqualTo(ByteSequence.bytes(30));
            assertThat(buffer.length()).isZero();
            EvBufferInvariants.check(buffer);
            EvBufferInvariants.check(target);
            fill(0, 100);
            pin.complete(100);
            assertThat(buffer.copyToArray()).isEqualTo(ByteSequence.bytes(100));
            assertThat(target.copyToArray()).isEqualTo(ByteSequence.bytes(30));
        }
    }

    @Test
    @DisplayName("INV-18: giving room back, and making more, leaves the place being filled in an empty buffer")
    void roomOfAnEmptyBufferChangesButForThePlaceBeingFilled() {
        final List<Consumer<EvBuffer>> operations = List.of(
                EvBuffer::trim,
                buffer -> buffer.expandFast(200_000, 2),
                buffer -> buffer.expandFast(200_000, 9),
                buffer -> buffer.expand(200_000));
        for (final Consumer<EvBuffer> operation : operations) {
            final EvBuffer buffer = buffers.empty();
            final BufferPin pin = buffer.pinForRead(100, vectors);
            final long address = vectors.address(0);
            operation.accept(buffer);
            EvBufferInvariants.check(buffer);
            fill(0, 100);
            pin.complete(100);
            EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(100));
            buffer.peek(-1, vectors);
            assertThat(vectors.address(0)).isEqualTo(address);
        }
    }

    @Test
    @DisplayName("B-8: what is shared during an input operation stays shared, and what arrives behind it becomes data")
    void sharingDuringAnInputOperation() {
        final EvBuffer buffer = buffers.empty();
        buffer.add(ByteSequence.bytes(10));
        final BufferPin pin = buffer.pinForRead(100, vectors);
        final EvBuffer sharer = buffers.empty();
        sharer.addBufferReference(buffer);
        fill(10, 60);
        pin.complete(60);
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(70));
        EvBufferInvariants.checkContent(sharer, ByteSequence.bytes(10));
        buffer.add(ByteSequence.bytes(70, 5)); // not to memory that the sharer's neighbour shows
        buffer.drain(3);
        sharer.close();
        buffer.add(ByteSequence.bytes(75, 5));
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(3, 77));
    }

    @Test
    @DisplayName("B-19, INV-9: bytes that may arrive by an input operation count for the limit")
    void bytesThatMayArriveCountForTheLimit() {
        final EvBuffer buffer = buffers.withChains(10);
        final EvBuffer other = buffers.withChains(21);
        buffer.maxLength(100);
        final BufferPin pin = buffer.pinForRead(70, vectors);
        assertThatThrownBy(() -> buffer.prepend(new byte[21])).isInstanceOf(BufferLimitException.class);
        assertThatThrownBy(() -> buffer.prependBuffer(other)).isInstanceOf(BufferLimitException.class);
        assertThatThrownBy(() -> buffer.maxLength(79)).isInstanceOf(IllegalArgumentException.class);
        buffer.maxLength(90);
        buffer.prepend(new byte[10]);
        fill(0, 70);
        pin.complete(70);
        assertThat(buffer.length()).isEqualTo(90);
        EvBufferInvariants.check(buffer);
        buffer.drain(30);
        buffer.prepend(new byte[30]); // nothing is on its way any more
        buffer.drain(30);
        buffer.pinForRead(20, vectors).abort();
        buffer.maxLength(60);
    }

    @Test
    @DisplayName("INV-18: also in a buffer that nobody watches, draining leaves the place being filled")
    void drainingABufferThatNobodyWatchesLeavesThePlaceBeingFilled() {
        try (TinySegments segments = new TinySegments(64);
                EvBuffer buffer = segments.newBuffer()) {
            buffer.add(ByteSequence.bytes(10));
            final BufferPin pin = buffer.pinForRead(100, vectors);
            buffer.drain(10);
            buffer.checkInvariants();
            fill(0, 100);
            pin.complete(100);
            EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(100));
        }
    }

    @Test
    @DisplayName("B-2: room that an input operation did not fill is filled next")
    void roomNotFilledIsFilledNext() {
        final EvBuffer buffer = buffers.empty();
        final BufferPin pin = buffer.pinForRead(200, vectors);
        fill(0, 50);
        pin.complete(50);
        buffer.add(ByteSequence.bytes(50, 150));
        assertThat(buffer.countChains()).isOne();
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(200));
    }

    @Test
    @DisplayName("INV-18: the chains being filled reach the last one: spare ones behind them are given back")
    void spareChainsBehindThePlaceBeingFilledAreGivenBack() {
        final EvBuffer buffer = buffers.withChains(10);
        buffer.expandFast(200_000, 9);
        final BufferPin pin = buffer.pinForRead(20, vectors);
        assertThat(buffer.last()).isSameAs(vectors.chain(vectors.size() - 1));
        assertThat(buffers.segmentsInUse()).isEqualTo(buffer.countChains());
        fill(10, 20);
        pin.complete(20);
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(30));
    }

    @Test
    @DisplayName("4.1: making room during an input operation gives back no chain that is being filled")
    void makingRoomLeavesEveryChainBeingFilled() {
        final EvBuffer buffer = buffers.withChains(10);
        final int count = Layout.first(buffer).free() + 100;
        final BufferPin pin = buffer.pinForRead(count, vectors);
        assertThat(vectors.size()).isEqualTo(2);
        buffer.expand(5000);
        EvBufferInvariants.check(buffer);
        fill(10, count);
        pin.complete(count);
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(10 + count));
    }

    @Test
    void closingDuringAnInputOperationKeepsItsMemory() {
        final EvBuffer buffer = buffers.withChains(10);
        final BufferPin pin = buffer.pinForRead(100, vectors);
        buffer.close();
        assertThat(buffers.segmentsInUse()).isEqualTo(vectors.size());
        fill(0, 100);
        pin.complete(100);
        assertThat(buffers.segmentsInUse()).isZero();
    }

    @Test
    @DisplayName("B-10: a pinned first chain without data is not written by prepend")
    void prependDoesNotWriteWhereInputArrives() {
        final EvBuffer buffer = buffers.empty();
        final BufferPin pin = buffer.pinForRead(100, vectors);
        fill(50, 100);
        buffer.prepend(ByteSequence.bytes(50));
        EvBufferInvariants.check(buffer);
        pin.complete(100);
        assertThat(buffer.copyToArray()).isEqualTo(ByteSequence.bytes(150));
    }

    @Test
    void prependBufferDuringInputKeepsThePinnedChains() {
        final EvBuffer buffer = buffers.empty();
        final BufferPin pin = buffer.pinForRead(100, vectors);
        buffer.prependBuffer(buffers.withChains(7, 8));
        EvBufferInvariants.check(buffer);
        fill(15, 100);
        pin.complete(100);
        assertThat(buffer.copyToArray()).isEqualTo(ByteSequence.bytes(115));
    }

    @Test
    void anOutputOperationDrainsWhatWasWritten() {
        final EvBuffer buffer = buffers.withChains(10, 20, 30);
        final List<String> log = new ArrayList<>();
        buffer.addListener((of, change) -> log.add(change.toString()));
        final BufferPin pin = buffer.pinForWrite(vectors);
        assertThat(vectors.totalLength()).isEqualTo(60);
        assertThatThrownBy(() -> buffer.drain(1)).isInstanceOf(FrozenBufferException.class);
        buffer.add(new byte[] {1});
        pin.complete(25);
        assertThat(log).containsExactly("60->61 (+1, -0)", "61->36 (+0, -25)");
        assertThat(buffer.copyToArray()).startsWith(ByteSequence.bytes(25, 35)).endsWith(1);
        assertThat(buffers.segmentsInUse()).isEqualTo(buffer.countChains());
    }

    @Test
    @DisplayName("S-158: a pinned chain is not pulled up")
    void aPinnedChainIsNotPulledUp() {
        final EvBuffer buffer = buffers.withChains(3, 3);
        final UnsafeBuffer view = new UnsafeBuffer(0, 0);
        final BufferPin pin = buffer.pinForWrite(vectors);
        assertThat(buffer.pullUp(3, view)).isEqualTo(3);
        assertThatThrownBy(() -> buffer.pullUp(4, view)).isInstanceOf(PinnedChainException.class);
        assertThat(EvBufferInvariants.dataLengths(buffer)).containsExactly(3, 3);
        pin.abort();
        assertThat(buffer.pullUp(4, view)).isGreaterThanOrEqualTo(4);
    }

    @Test
    @DisplayName("S-159: a pinned reference is released at the unpin, not before")
    void aPinnedReferenceIsReleasedAtTheUnpin() {
        final List<Object> told = new ArrayList<>();
        final EvBuffer buffer = buffers.empty();
        buffer.addReference(
                new UnsafeBuffer(ByteBuffer.allocateDirect(8)), (memory, extent, x) -> told.add(extent), null);
        final BufferPin pin = buffer.pinForWrite(vectors);
        buffer.close();
        assertThat(told).isEmpty();
        pin.complete(8);
        assertThat(told).containsExactly(8L);
    }

    @Test
    @DisplayName("S-162: a write-pinned chain is appended to, never realigned or replaced")
    void aWritePinnedChainIsAppendedTo() {
        final EvBuffer buffer = buffers.withChains(100);
        buffer.drain(90);
        final BufferPin pin = buffer.pinForWrite(vectors);
        final long address = vectors.address(0);
        buffer.add(new byte[] {1, 2});
        assertThat(buffer.countChains()).isOne();
        buffer.expand(250);
        buffer.add(new byte[5]);
        final EvIovec now = new EvIovec(1);
        buffer.peek(-1, now);
        assertThat(now.address(0)).isEqualTo(address);
        pin.complete(10);
        assertThat(buffer.length()).isEqualTo(7);
        assertThat(buffer.copyToArray()).startsWith(1, 2);
    }

    // ---- views ----

    private static byte[] shownBy(final ByteBuffer view) {
        final byte[] shown = new byte[view.remaining()];
        view.get(view.position(), shown);
        return shown;
    }

    @Test
    void anInputOperationFillsItsViews() {
        final EvBuffer buffer = buffers.withChains(10);
        final BufferPin pin = buffer.pinForRead(500, vectors);
        assertThat(pin.size()).isEqualTo(vectors.size());
        long next = 10;
        for (int i = 0; i < pin.size(); i++) {
            assertThat(pin.view(i).remaining()).isEqualTo(vectors.length(i));
            for (final ByteBuffer view = pin.view(i); view.hasRemaining(); next++) view.put(ByteSequence.at(next));
        }
        assertThatThrownBy(() -> pin.view(vectors.size())).isInstanceOf(IndexOutOfBoundsException.class);
        pin.complete(500);
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(510));
        assertThat(pin.size()).isZero();
        assertThatThrownBy(() -> pin.view(0)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    @DisplayName("3: looking at a buffer leaves the views of an output operation in flight as they are")
    void lookingLeavesTheViewsOfAnOperation() {
        final EvBuffer source = buffers.withChains(100, 20);
        final EvBuffer shared = buffers.empty();
        shared.addBufferReference(source);
        shared.addReference(new UnsafeBuffer(ByteBuffer.allocateDirect(8)), null, null);
        final byte[] content = shared.copyToArray();
        for (final EvBuffer buffer : List.of(source, shared)) {
            final BufferPin pin = buffer.pinForWrite(vectors);
            final ByteBuffer[] views = new ByteBuffer[pin.size()];
            for (int i = 0; i < pin.size(); i++) {
                views[i] = pin.view(i);
                assertThat(views[i].isReadOnly()).isTrue();
            }
            final EvIovec looking = new EvIovec(4);
            buffer.peek(3, 7, looking);
            assertThat(looking.view(0).remaining()).isEqualTo(93);
            assertThat(shownBy(views[0])).isEqualTo(ByteSequence.bytes(100));
            assertThat(shownBy(views[1])).isEqualTo(ByteSequence.bytes(100, 20));
            pin.complete(30);
            EvBufferInvariants.checkContent(buffer, Arrays.copyOfRange(content, 30, (int) buffer.length() + 30));
        }
    }

    @Test
    void theViewOfAChainIsMadeOnceAndFollowsItsMemory() {
        final EvBuffer buffer = buffers.withChains(200);
        final BufferPin pin = buffer.pinForWrite(vectors);
        final ByteBuffer view = pin.view(0);
        pin.complete(50);
        buffer.pinForWrite(vectors);
        assertThat(pin.view(0)).isSameAs(view);
        assertThat(shownBy(view)).isEqualTo(ByteSequence.bytes(50, 150));
        pin.abort();
        buffer.expand(2000); // the chain goes on in other memory
        buffer.pinForWrite(vectors);
        assertThat(pin.size()).isOne();
        assertThat(shownBy(pin.view(0))).isEqualTo(ByteSequence.bytes(50, 150));
        buffer.add(new byte[] {1}); // beside the operation
        pin.complete(150);
        assertThat(buffer.copyToArray()).containsExactly(1);
    }

    @Test
    void aReferencesViewGoesWithIt() {
        final EvBuffer buffer = buffers.empty();
        for (int from = 0; from < 300; from += 100) { // the same node and segment stand for other memory each time
            final UnsafeBuffer memory = new UnsafeBuffer(ByteBuffer.allocateDirect(100));
            memory.putBytes(0, ByteSequence.bytes(from, 100));
            buffer.addReference(memory, null, null);
            final BufferPin pin = buffer.pinForWrite(vectors);
            assertThat(shownBy(pin.view(0))).isEqualTo(ByteSequence.bytes(from, 100));
            pin.complete(100);
        }
    }
}
