package io.evbuffer;

import static io.evbuffer.Layout.ascii;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.EvBufferInvariants;
import io.evbuffer.testing.LengthWitness;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ListenersTest {
    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    private final List<String> lines = new ArrayList<>();

    @Test
    @DisplayName("S-128: each enabled listener is told of each change")
    void eachEnabledListenerIsToldOfEachChange() {
        final EvBuffer buffer = buffers.empty();
        final ChangeLog one = new ChangeLog();
        final ChangeLog two = new ChangeLog();
        final ListenerRegistration first = buffer.addListener(one);
        final ListenerRegistration second = buffer.addListener(two);
        buffer.add(new byte[30]);
        second.disable();
        assertThat(second.isEnabled()).isFalse();
        buffer.drain(10);
        buffer.prepend(new byte[5]);
        second.enable();
        assertThat(second.isEnabled()).isTrue();
        buffer.add(new byte[7]);
        first.remove();
        assertThat(first.isEnabled()).isFalse();
        buffer.drain(32);
        buffer.add(new byte[1]);
        assertThat(one.lines).containsExactly("0->30", "30->20", "20->25", "25->32");
        assertThat(two.lines).containsExactly("0->30", "25->32", "32->0", "0->1");
    }

    @Test
    @DisplayName("S-129: a listener is removed by itself, the newest registration first")
    void aListenerIsRemovedByItself() {
        final EvBuffer buffer = buffers.empty();
        final ChangeLog log = new ChangeLog();
        assertThat(buffer.removeListener(log)).isFalse();
        final ListenerRegistration older = buffer.addListener(log);
        final ListenerRegistration newer = buffer.addListener(log);
        assertThat(buffer.removeListener(new ChangeLog())).isFalse();
        assertThat(buffer.removeListener(log)).isTrue();
        assertThat(older.isEnabled()).isTrue();
        assertThat(newer.isEnabled()).isFalse();
        newer.remove();
        buffer.add(ascii("x"));
        assertThat(log.lines).containsExactly("0->1");
        assertThat(buffer.removeListener(log)).isTrue();
        assertThat(buffer.removeListener(log)).isFalse();
        buffer.add(ascii("x"));
        assertThat(log.lines).hasSize(1);
    }

    @Test
    @DisplayName("S-130: a listener may drain the buffer it listens to")
    void aListenerMayDrainItsBuffer() {
        final EvBuffer buffer = buffers.empty();
        final ListenerRegistration draining = buffer.addListener((changed, change) -> changed.drain(changed.length()));
        final ChangeLog log = ChangeLog.on(buffer);
        buffer.add(new byte[20]);
        assertThat(buffer.length()).isZero();
        assertThat(log.lines).containsExactly("0->20", "20->0");
        draining.remove();
        buffer.add(new byte[20]);
        assertThat(buffer.length()).isEqualTo(20);
    }

    @Test
    @DisplayName("S-131: the newest listener is told first")
    void theNewestListenerIsToldFirst() {
        final EvBuffer buffer = buffers.empty();
        for (final String name : List.of("a", "b", "c")) buffer.addListener(new ChangeLog(name, lines));
        buffer.add(ascii("x"));
        assertThat(lines).containsExactly("c0->1", "b0->1", "a0->1");
    }

    @Test
    @DisplayName("S-132: a listener added in a round is told from the next change on")
    void aListenerAddedInARoundIsToldFromTheNextChangeOn() {
        final EvBuffer buffer = buffers.empty();
        final ListenerRegistration[] adding = new ListenerRegistration[1];
        adding[0] = buffer.addListener((changed, change) -> {
            changed.addListener(new ChangeLog("new ", lines));
            adding[0].remove();
        });
        buffer.add(ascii("x"));
        assertThat(lines).isEmpty();
        buffer.add(ascii("y"));
        assertThat(lines).containsExactly("new 1->2");
    }

    @Test
    @DisplayName("S-133: a listener that removes itself is called once")
    void aListenerThatRemovesItselfIsCalledOnce() {
        final EvBuffer buffer = buffers.empty();
        final ListenerRegistration[] self = new ListenerRegistration[1];
        self[0] = buffer.addListener((changed, change) -> {
            lines.add("called");
            self[0].remove();
        });
        buffer.addListener(new ChangeLog("other ", lines));
        buffer.add(ascii("x"));
        buffer.add(ascii("y"));
        assertThat(lines).containsExactly("other 0->1", "called", "other 1->2");
    }

    @Test
    @DisplayName("S-134: what changes no length tells nobody")
    void whatChangesNoLengthTellsNobody() {
        final EvBuffer buffer = buffers.withChains(10, 20);
        final EvBuffer other = buffers.empty();
        final ChangeLog log = ChangeLog.on(buffer);
        other.addListener(log);
        buffer.expand(1000);
        buffer.expandFast(100_000, 4);
        final EvIovec vectors = new EvIovec(4);
        buffer.reserveSpace(10, vectors);
        buffer.commitSpace(vectors, 0);
        buffer.pullUp(-1, new UnsafeBuffer(0, 0));
        buffer.peek(-1, vectors);
        buffer.copyToArray();
        buffer.add(new byte[0]);
        buffer.prepend(new byte[0]);
        buffer.drain(0);
        buffer.remove(new byte[0], 0, 0);
        buffer.removeBuffer(other, 0);
        other.removeBuffer(buffer, 10);
        buffer.addBuffer(other);
        buffer.trim();
        buffer.freeze(BufferEnd.END);
        buffer.unfreeze(BufferEnd.END);
        assertThat(log.lines).isEmpty();
    }

    @Test
    @DisplayName("S-144: a listener never learns of what happened while it was disabled")
    void aListenerNeverLearnsOfWhatHappenedWhileItWasDisabled() {
        final EvBuffer buffer = buffers.empty();
        final ChangeLog log = new ChangeLog();
        final ListenerRegistration registration = buffer.addListener(log);
        registration.disable();
        buffer.add(new byte[3]);
        registration.enable();
        buffer.add(new byte[1]);
        assertThat(log.lines).containsExactly("3->4");
        EvBufferInvariants.check(buffer);
    }

    @Test
    @DisplayName("B-14a: a listener removed or disabled in a round is passed over in it")
    void aListenerRemovedInARoundIsPassedOver() {
        final EvBuffer buffer = buffers.empty();
        final ListenerRegistration oldest = buffer.addListener(new ChangeLog("oldest ", lines));
        final ListenerRegistration older = buffer.addListener(new ChangeLog("older ", lines));
        buffer.addListener((changed, change) -> {
            lines.add("newest");
            oldest.remove();
            older.disable();
        });
        buffer.add(ascii("x"));
        assertThat(lines).containsExactly("newest");
    }

    @Test
    @DisplayName("B-14b: changes made in a round are told in a further round, in order")
    void changesMadeInARoundAreToldInAFurtherRound() {
        final EvBuffer buffer = buffers.empty();
        final LengthWitness older = LengthWitness.on(buffer);
        buffer.addListener(new ChangeLog("log ", lines));
        buffer.addListener((changed, change) -> {
            lines.add("in");
            if (changed.length() < 4) changed.add(ascii("x"));
            if (changed.length() == 4) changed.prepend(ascii("y"));
            lines.add("out");
        });
        final LengthWitness newer = LengthWitness.on(buffer);
        buffer.add(ascii("a"));
        assertThat(lines)
                .containsExactly(
                        "in",
                        "out",
                        "log 0->1",
                        "in",
                        "out",
                        "log 1->2",
                        "in",
                        "out",
                        "log 2->3",
                        "in",
                        "out",
                        "log 3->5");
        older.check(buffer);
        newer.check(buffer);
        assertThat(older.calls()).isEqualTo(newer.calls()).isEqualTo(4);
    }

    @Test
    @DisplayName("B-14b: changes that cancel out are told, as both numbers are not zero")
    void changesThatCancelOutAreTold() {
        final EvBuffer buffer = buffers.empty();
        buffer.addListener((changed, change) -> {
            if (change.originalLength() == 0) {
                changed.add(ascii("xx"));
                changed.drain(2);
            }
        });
        final List<String> told = new ArrayList<>();
        buffer.addListener((changed, change) -> told.add(change.toString()));
        buffer.add(ascii("a"));
        assertThat(told).containsExactly("0->1 (+1, -0)", "1->1 (+2, -2)");
    }

    @Test
    @DisplayName("B-14b: what the source's listener does to the target comes after the move")
    void whatTheSourcesListenerDoesToTheTargetComesAfterTheMove() {
        final EvBuffer source = buffers.withChains(10);
        final EvBuffer target = buffers.withChains(3);
        source.addListener((changed, change) -> target.add(ascii("12345")));
        final LengthWitness witness = LengthWitness.on(target);
        target.addListener(new ChangeLog("", lines));
        target.addBuffer(source);
        witness.check(target);
        assertThat(lines).containsExactly("3->18");
        source.add(ascii("xyz"));
        assertThat(lines).containsExactly("3->18", "18->23");
        lines.clear();
        source.removeBuffer(target, 1);
        assertThat(lines).containsExactly("23->29");
        witness.check(target);
    }

    @Test
    @DisplayName("B-14c: an exception stops no other listener and comes out at the end, the others suppressed")
    void anExceptionStopsNoOtherListener() {
        final EvBuffer buffer = buffers.empty();
        final RuntimeException newest = new IllegalStateException("newest");
        final AssertionError oldest = new AssertionError("oldest");
        buffer.addListener((changed, change) -> {
            throw oldest;
        });
        buffer.addListener(new ChangeLog("", lines));
        buffer.addListener((changed, change) -> {
            throw newest;
        });
        final Throwable thrown = catchThrowable(() -> buffer.add(ascii("abc")));
        assertThat(thrown).isSameAs(newest).hasSuppressedException(oldest);
        assertThat(lines).containsExactly("0->3");
        EvBufferInvariants.checkContent(buffer, ascii("abc"));
    }

    @Test
    void theSameExceptionThrownTwiceIsThrownOnce() {
        final EvBuffer buffer = buffers.empty();
        final RuntimeException always = new IllegalStateException("always");
        final EvBufferListener throwing = (changed, change) -> {
            throw always;
        };
        buffer.addListener(throwing);
        buffer.addListener(throwing);
        assertThatThrownBy(() -> buffer.add(ascii("abc"))).isSameAs(always).hasNoSuppressedExceptions();
        final EvBuffer target = buffers.empty();
        target.addListener(throwing);
        assertThatThrownBy(() -> target.addBuffer(buffer))
                .as("by the listeners of both sides of a move")
                .isSameAs(always)
                .hasNoSuppressedExceptions();
        EvBufferInvariants.checkContent(target, ascii("abc"));
    }

    @Test
    @DisplayName("B-14c: in a move, an exception of the source's listener does not keep the target's from being told")
    void anExceptionOfTheSourcesListenerDoesNotKeepTheTargetFromBeingTold() {
        final EvBuffer source = buffers.withChains(10);
        final EvBuffer target = buffers.empty();
        final RuntimeException first = new IllegalStateException("source");
        final RuntimeException second = new IllegalStateException("target");
        final ListenerRegistration throwing = source.addListener((changed, change) -> {
            throw first;
        });
        target.addListener((changed, change) -> {
            lines.add("told");
            throw second;
        });
        assertThatThrownBy(() -> target.addBuffer(source)).isSameAs(first).hasSuppressedException(second);
        assertThat(lines).containsExactly("told");
        EvBufferInvariants.checkContent(target, ByteSequence.bytes(10));
        throwing.remove();
        assertThatThrownBy(() -> source.addBuffer(target))
                .as("a source as well")
                .isSameAs(second);
        EvBufferInvariants.checkContent(source, ByteSequence.bytes(10));
    }

    @Test
    @DisplayName("B-14e: nobody is told of the close, nor called after it")
    void nobodyIsToldOfTheClose() {
        final EvBuffer buffer = buffers.withChains(10);
        buffer.addListener(new ChangeLog("older ", lines));
        buffer.addListener((changed, change) -> {
            lines.add("closing");
            changed.close();
        });
        buffer.add(ascii("x"));
        assertThat(lines).containsExactly("closing");
        assertThat(buffer.isClosed()).isTrue();
        EvBufferInvariants.check(buffer);
    }

    @Test
    void listenersAndCountersComeAndGoIndependently() {
        try (EvBuffer buffer = new EvBuffer(buffers.source())) {
            final EvBufferStats stats = new EvBufferStats();
            buffer.stats(stats);
            final ListenerRegistration registration = buffer.addListener(new ChangeLog("", lines));
            buffer.add(ascii("a"));
            buffer.stats(null);
            buffer.add(ascii("b"));
            buffer.stats(stats);
            registration.remove();
            buffer.add(ascii("c"));
            buffer.stats(null);
            buffer.add(ascii("d"));
            buffer.addListener(new ChangeLog("again ", lines));
            buffer.add(ascii("e"));
            assertThat(lines).containsExactly("0->1", "1->2", "again 4->5");
            assertThat(stats.copiedIn()).isEqualTo(2);
        }
    }

    /** The changes that one operation on {@code abc\ndef} tells. */
    private List<String> toldBy(final Consumer<EvBuffer> operation) {
        final EvBuffer buffer = buffers.withChainsOf(ascii("abc\nde"), ascii("f"));
        final ChangeLog log = ChangeLog.on(buffer);
        operation.accept(buffer);
        EvBufferInvariants.check(buffer);
        return log.lines;
    }

    @Test
    @DisplayName("3.4: what is added is told once, whatever the operation")
    void whatIsAddedIsToldOnce() {
        final UnsafeBuffer direct = new UnsafeBuffer(ByteBuffer.allocateDirect(3));
        final DirectBuffer[] pieces = {direct, new UnsafeBuffer(direct, 0, 0)};
        final ByteBuffer[] vectors = {ByteBuffer.allocate(1), ByteBuffer.allocate(0), ByteBuffer.allocate(2)};
        final List<Consumer<EvBuffer>> adding = List.of(
                buffer -> buffer.add(new byte[3]),
                buffer -> buffer.add(direct, 0, 3),
                buffer -> buffer.add(ByteBuffer.allocate(3)),
                buffer -> buffer.addIovec(vectors),
                buffer -> buffer.addPrintf("%03d", 7),
                buffer -> buffer.addReference(direct, null, null),
                buffer -> buffer.addIovecReference(pieces, null, null),
                buffer -> buffer.addBufferReference(buffers.withChains(1, 2)),
                buffer -> buffer.addBuffer(buffers.withChains(1, 2)),
                buffer -> buffers.withChains(1, 2, 3).removeBuffer(buffer, 3),
                buffer -> buffer.prepend(new byte[3]),
                buffer -> buffer.prepend(direct, 0, 3),
                buffer -> buffer.prepend(ByteBuffer.allocate(3)),
                buffer -> buffer.prependBuffer(buffers.withChains(1, 2)),
                buffer -> new EvBufferWriter(buffer, ByteOrder.BIG_ENDIAN).putAscii("abc"),
                buffer -> new EvBufferWriter(buffer, ByteOrder.BIG_ENDIAN).putUtf8("abc"),
                buffer -> {
                    final EvIovec room = new EvIovec(2);
                    buffer.reserveSpace(3, room);
                    buffer.commitSpace(room, 3);
                });
        for (final Consumer<EvBuffer> each : adding) assertThat(toldBy(each)).containsExactly("7->10");
        assertThat(toldBy(buffer -> new EvBufferWriter(buffer, ByteOrder.BIG_ENDIAN).putLong(1)))
                .containsExactly("7->15");
    }

    @Test
    @DisplayName("3.4: what is removed is told once, a line with its end")
    void whatIsRemovedIsToldOnce() {
        final UnsafeBuffer direct = new UnsafeBuffer(ByteBuffer.allocateDirect(4));
        final List<Consumer<EvBuffer>> removing = List.of(
                buffer -> buffer.drain(4),
                buffer -> buffer.remove(new byte[4], 0, 4),
                buffer -> buffer.remove(direct, 0, 4),
                buffer -> buffer.remove(ByteBuffer.allocate(4)),
                buffer -> buffer.removeBuffer(buffers.empty(), 4),
                buffer -> buffer.readLine(EolStyle.LF),
                buffer -> buffer.readLine(EolStyle.LF, new byte[4], 0, 4),
                buffer -> buffer.readLine(EolStyle.LF, direct, 0, 4),
                buffer -> buffer.readLine(EolStyle.LF, ByteBuffer.allocate(4)),
                buffer -> new EvBufferReader(buffer, ByteOrder.BIG_ENDIAN).removeInt(),
                buffer -> new EvBufferReader(buffer, ByteOrder.BIG_ENDIAN).removeAscii(4));
        for (final Consumer<EvBuffer> each : removing) assertThat(toldBy(each)).containsExactly("7->3");
        assertThat(toldBy(buffer -> buffers.empty().addBuffer(buffer))).containsExactly("7->0");
        assertThat(toldBy(buffer -> buffers.empty().prependBuffer(buffer))).containsExactly("7->0");
    }

    @Test
    @DisplayName("3.4: a move is told to the one of the two that has listeners")
    void aMoveIsToldToTheOneThatHasListeners() {
        try (EvBuffer plain = new EvBuffer(buffers.source());
                EvBuffer watched = new EvBuffer(buffers.source())) {
            final ChangeLog log = ChangeLog.on(watched);
            plain.add(new byte[10]);
            plain.removeBuffer(watched, 3);
            watched.removeBuffer(plain, 1);
            watched.addBuffer(plain);
            plain.addBuffer(watched);
            watched.prependBuffer(plain);
            assertThat(log.lines).containsExactly("0->3", "3->2", "2->10", "10->0", "0->10");
        }
    }

    @Test
    void aNullListenerIsRefused() {
        final EvBuffer buffer = buffers.empty();
        assertThatThrownBy(() -> buffer.addListener(nothing())).isInstanceOf(NullPointerException.class);
    }

    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // what a caller without a checker may pass
    private static <T> T nothing() {
        return null;
    }

    @Test
    void listenersAreToldWhenTheBufferIsNotAtRest() {
        final EvBuffer buffer = buffers.empty();
        buffer.addListener((changed, change) -> {
            if (lines.size() > 4) return;
            changed.checkInvariants();
            lines.add(catchThrowable(changed::checkAtRest).getMessage());
            if (changed.length() == 1) {
                changed.drain(1);
            } else {
                changed.add(ascii("y"));
            }
            lines.add(catchThrowable(changed::checkAtRest).getMessage());
        });
        buffer.add(ascii("x"));
        assertThat(lines).hasSize(6).allMatch(line -> line.startsWith("INV-21"));
        EvBufferInvariants.check(buffer);
    }
}
