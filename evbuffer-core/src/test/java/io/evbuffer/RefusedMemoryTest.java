package io.evbuffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.memory.MemoryLimitException;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.BytesAs;
import io.evbuffer.testing.EvBufferInvariants;
import io.evbuffer.testing.TinySegments;
import io.evbuffer.testing.UnloadedSequence;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The strong guarantee (B1): whichever take of an operation is refused, nothing has changed and nothing is lost. */
class RefusedMemoryTest {
    /** Operations on (it, other) that take memory, most of them several segments of 16 bytes. */
    private static final Map<String, BiConsumer<EvBuffer, EvBuffer>> OPERATIONS = new LinkedHashMap<>();

    /** States in which they begin. */
    private static final Map<String, BiConsumer<EvBuffer, EvBuffer>> STATES = new LinkedHashMap<>();

    static {
        for (final BytesAs as : BytesAs.values()) {
            OPERATIONS.put("add " + as, (it, other) -> as.add(it, ByteSequence.bytes(7, 70)));
            OPERATIONS.put("prepend " + as, (it, other) -> as.prepend(it, ByteSequence.bytes(7, 70)));
        }
        OPERATIONS.put("expand", (it, other) -> it.expand(70));
        OPERATIONS.put("expand a little", (it, other) -> it.expand(17));
        OPERATIONS.put("expandFast over 2", (it, other) -> it.expandFast(70, 2));
        OPERATIONS.put("expandFast over 8", (it, other) -> it.expandFast(110, 8));
        OPERATIONS.put("reserve 1", (it, other) -> it.reserveSpace(70, new EvIovec(1)));
        OPERATIONS.put("reserve 5", (it, other) -> it.reserveSpace(70, new EvIovec(5)));
        OPERATIONS.put("pullUp all", (it, other) -> it.pullUp(-1, new UnsafeBuffer(0, 0)));
        OPERATIONS.put("pullUp some", (it, other) -> it.pullUp(it.length() - 1, new UnsafeBuffer(0, 0)));
        OPERATIONS.put("removeBuffer part of a chain", (it, other) -> it.removeBuffer(other, 3));
        OPERATIONS.put("removeBuffer chains and a part", (it, other) -> it.removeBuffer(other, it.length() - 1));
        OPERATIONS.put("removeBuffer of the other", (it, other) -> other.removeBuffer(it, other.length() - 1));
        OPERATIONS.put(
                "addIovec",
                (it, other) -> it.addIovec(new ByteBuffer[] {
                    ByteBuffer.wrap(ByteSequence.bytes(7, 40)), ByteBuffer.wrap(ByteSequence.bytes(9, 40))
                }));
        OPERATIONS.put("addPrintf", (it, other) -> it.addPrintf("%s and %070d", "text", 1));
        OPERATIONS.put("write a text in ASCII", (it, other) -> writer(it).putAscii("a".repeat(600)));
        OPERATIONS.put("write a text in UTF-8", (it, other) -> writer(it).putUtf8("\u20ac".repeat(200)));
        OPERATIONS.put("write a long", (it, other) -> writer(it).putLong(-2));
        OPERATIONS.put("write a varint", (it, other) -> writer(it).putVarint(-1));
        OPERATIONS.put("write an int", (it, other) -> writer(it).putInt(-2));
        OPERATIONS.put("write a short", (it, other) -> writer(it).putShort(-2));
        OPERATIONS.put("write a byte", (it, other) -> writer(it).putByte(-2));
        OPERATIONS.put(
                "pin for input",
                (it, other) -> it.pinForRead(70, new EvIovec(5)).abort());
        OPERATIONS.put(
                "pin for output", (it, other) -> it.pinForWrite(new EvIovec(5)).abort());
        OPERATIONS.put("peekLine", (it, other) -> it.peekLine(EolStyle.LF, new UnsafeBuffer(0, 0), new EolMatch()));
        OPERATIONS.put("readLine", (it, other) -> it.readLine(EolStyle.LF));
        OPERATIONS.put(
                "refer to memory",
                (it, other) -> it.addReference(new UnsafeBuffer(ByteBuffer.allocateDirect(70)), null, null));
        OPERATIONS.put(
                "refer to memories",
                (it, other) -> it.addIovecReference(
                        new DirectBuffer[] {new UnsafeBuffer(ByteBuffer.allocateDirect(70))}, null, null));
        OPERATIONS.put("share", (it, other) -> it.addBufferReference(other));
        OPERATIONS.put("addBuffer", (it, other) -> other.addBuffer(it));
        OPERATIONS.put("prependBuffer", (it, other) -> other.prependBuffer(it));
        OPERATIONS.put("removeBuffer all", (it, other) -> it.removeBuffer(other, it.length()));
        OPERATIONS.put("drain", (it, other) -> it.drain(7));
        OPERATIONS.put("remove", (it, other) -> it.remove(new byte[7], 0, 7));

        STATES.put("one chain", (it, other) -> {
            it.add(ByteSequence.bytes(10));
            other.add(ByteSequence.bytes(12));
        });
        STATES.put("full chains", (it, other) -> {
            it.add(ByteSequence.bytes(48));
            other.add(ByteSequence.bytes(48));
        });
        STATES.put("drained front", (it, other) -> {
            it.add(ByteSequence.bytes(45));
            it.drain(5);
            other.add(ByteSequence.bytes(45));
            other.drain(15);
        });
        STATES.put("spare chains", (it, other) -> {
            it.add(ByteSequence.bytes(20));
            it.expandFast(30, 3);
            other.add(ByteSequence.bytes(16));
            other.expandFast(30, 3);
        });
        STATES.put("one chain of 64 bytes with little data", (it, other) -> {
            it.expand(64);
            it.add(ByteSequence.bytes(45));
            it.drain(5);
            other.expand(64);
            other.add(ByteSequence.bytes(16));
        });
        STATES.put("shared chains", (it, other) -> {
            it.add(ByteSequence.bytes(40));
            other.addBufferReference(it);
            other.add(ByteSequence.bytes(20));
            it.addBufferReference(other);
        });
        STATES.put("referenced memory and bytes not in memory", (it, other) -> {
            it.addReference(new UnsafeBuffer(ByteBuffer.allocateDirect(20)), null, null);
            it.add(ByteSequence.bytes(20));
            it.addUnloaded(new UnloadedSequence(), 0, 20);
            other.addUnloaded(new UnloadedSequence(), 0, 20);
        });
        STATES.put("empty chains in the middle", (it, other) -> {
            for (final EvBuffer each : Arrays.asList(it, other)) {
                each.add(ByteSequence.bytes(16));
                final EvIovec room = new EvIovec(3);
                each.reserveSpace(48, room);
                room.length(0, 0);
                room.length(1, 0);
                room.memory(2).putBytes(room.offset(2), ByteSequence.bytes(16, 9));
                room.length(2, 9);
                each.commitSpace(room);
            }
        });
    }

    private static EvBufferWriter writer(final EvBuffer buffer) {
        return new EvBufferWriter(buffer, ByteOrder.BIG_ENDIAN);
    }

    static Stream<Arguments> cases() {
        return OPERATIONS.keySet().stream()
                .flatMap(operation -> STATES.keySet().stream().map(state -> Arguments.of(operation, state)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("cases")
    @DisplayName("B-1, B-18, 3.2: refused at the n-th take, for every n, nothing has changed")
    void refusedAtTheNthTakeNothingHasChanged(final String operation, final String state) {
        int refused = 0;
        while (isRefusedAt(refused + 1, operation, state)) refused++;
        assertThat(refused).isLessThan(50);
        if (operation.startsWith("add ") || operation.startsWith("prepend ")) {
            assertThat(refused).as("refusals met").isPositive();
        }
    }

    /** Runs the operation with the n-th take refused, and then once more; tells whether it came to an n-th take. */
    private static boolean isRefusedAt(final int n, final String operation, final String state) {
        try (TinySegments segments = new TinySegments();
                EvBuffer it = segments.newBuffer();
                EvBuffer other = segments.newBuffer();
                EvBuffer unharmed = segments.newBuffer();
                EvBuffer otherUnharmed = segments.newBuffer()) {
            get(STATES, state).accept(it, other);
            final byte[] content = EvBufferInvariants.content(it);
            final byte[] otherContent = EvBufferInvariants.content(other);
            final int[] lengths = EvBufferInvariants.dataLengths(it);
            final int[] otherLengths = EvBufferInvariants.dataLengths(other);
            final long[] addresses = addresses(it);
            final int live = segments.live();
            final ChangeLog log = ChangeLog.on(it);
            other.addListener(log);
            final EvIovec reservation = new EvIovec(4);
            it.reserveSpace(0, reservation);

            segments.failAt(n);
            try {
                get(OPERATIONS, operation).accept(it, other);
                return false;
            } catch (final MemoryLimitException expected) {
                assertThat(expected).hasMessageContaining("as the test asked");
            }

            EvBufferInvariants.checkContent(it, content);
            EvBufferInvariants.checkContent(other, otherContent);
            EvBufferInvariants.checkDataLengths(it, lengths);
            EvBufferInvariants.checkDataLengths(other, otherLengths);
            assertThat(addresses(it)).isEqualTo(addresses);
            assertThat(segments.live()).as("what was taken for it went back").isEqualTo(live);
            assertThat(log.lines).isEmpty();
            it.commitSpace(reservation, 0);
            it.reserveSpace(0, reservation);

            get(OPERATIONS, operation).accept(it, other);
            get(STATES, state).accept(unharmed, otherUnharmed);
            get(OPERATIONS, operation).accept(unharmed, otherUnharmed);
            EvBufferInvariants.checkContent(it, EvBufferInvariants.content(unharmed));
            EvBufferInvariants.checkContent(other, EvBufferInvariants.content(otherUnharmed));
            return true;
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("5.1, 5.2: what is being read into moves nothing if there is no memory for the data in front of it")
    void movingFromABufferBeingReadInto(final boolean behind) {
        try (TinySegments segments = new TinySegments();
                EvBuffer source = segments.newBuffer();
                EvBuffer target = segments.newBuffer()) {
            source.add(ByteSequence.bytes(20));
            target.add(ByteSequence.bytes(5));
            final BufferPin pin = source.pinForRead(10, new EvIovec(3));
            final ChangeLog log = ChangeLog.on(source);
            target.addListener(log);
            segments.failAt(1);
            assertThatThrownBy(() -> move(source, target, behind)).isInstanceOf(MemoryLimitException.class);
            EvBufferInvariants.checkContent(source, ByteSequence.bytes(20));
            EvBufferInvariants.checkContent(target, ByteSequence.bytes(5));
            assertThat(log.lines).isEmpty();
            move(source, target, behind);
            assertThat(target.length()).isEqualTo(25);
            pin.complete(10);
            assertThat(source.length()).isEqualTo(10);
        }
    }

    private static void move(final EvBuffer source, final EvBuffer target, final boolean behind) {
        if (behind) target.addBuffer(source);
        else target.prependBuffer(source);
    }

    private static BiConsumer<EvBuffer, EvBuffer> get(
            final Map<String, BiConsumer<EvBuffer, EvBuffer>> all, final String name) {
        final BiConsumer<EvBuffer, EvBuffer> found = all.get(name);
        if (found == null) throw new AssertionError("there is no " + name);
        return found;
    }

    private static long[] addresses(final EvBuffer buffer) {
        final EvIovec vectors = new EvIovec(50);
        final long[] addresses = new long[buffer.peek(-1, vectors)];
        for (int i = 0; i < addresses.length; i++) addresses[i] = vectors.address(i);
        return addresses;
    }
}
