package io.evbuffer.libevent;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.libevent.Subject.Reservation;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.BytesAs;
import io.evbuffer.testing.TinySegments;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What {@link LibeventBuffer} goes around does differ, where libevent can be seen doing it without harm to the process. */
class WantedDifferences25Test {
    private static final byte[] SHARED = "shared ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FIRST = "first".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SECOND = "other".getBytes(StandardCharsets.US_ASCII);

    private final Libevent libevent = Libevent.loadOrSkip();
    private final Arena arena = Arena.ofConfined();
    private final TinySegments segments = new TinySegments(976);
    private final References theirReferences = new References(arena);
    private final References ourReferences = new References(arena);
    private final Met met = new Met();
    private final LibeventBuffer theirSource = new LibeventBuffer(libevent, theirReferences, met);
    private final LibeventBuffer theirTarget = new LibeventBuffer(libevent, theirReferences, met);
    private final EvBufferSubject ourSource = new EvBufferSubject(segments, ourReferences);
    private final EvBufferSubject ourTarget = new EvBufferSubject(segments, ourReferences);

    @BeforeEach
    void shareBytes() {
        theirSource.add(SHARED, BytesAs.ARRAY);
        ourSource.add(SHARED, BytesAs.ARRAY);
        assertThat(theirTarget.addBufferReference(theirSource)).isEqualTo(Answer.DONE);
        assertThat(ourTarget.addBufferReference(ourSource)).isEqualTo(Answer.DONE);
    }

    @AfterEach
    void everythingComesHome() {
        theirTarget.close();
        ourTarget.close();
        ourSource.close();
        segments.close();
        assertThat(theirReferences.released()).hasSize(theirReferences.size());
        assertThat(ourReferences.released()).hasSize(ourReferences.size());
        arena.close();
    }

    @Test
    @DisplayName("B-8: libevent pulls up into bytes that another buffer shows, EvBuffer does not")
    void pullingUpOverwritesWhatAnotherBufferShowsInLibeventOnly() {
        theirSource.add(FIRST, BytesAs.ARRAY);
        theirTarget.add(SECOND, BytesAs.ARRAY);
        libevent.pullUp.call(theirSource.address(), -1L);
        libevent.pullUp.call(theirTarget.address(), -1L);
        assertThat(theirSource.content()).asString().isEqualTo("shared other");
        theirSource.close();

        ourSource.add(FIRST, BytesAs.ARRAY);
        ourTarget.add(SECOND, BytesAs.ARRAY);
        ourSource.pullUp(-1);
        ourTarget.pullUp(-1);
        assertThat(ourSource.content()).asString().isEqualTo("shared first");
        assertThat(ourTarget.content()).asString().isEqualTo("shared other");
    }

    @Test
    @DisplayName("B-8: libevent keeps a whole buffer while some of its bytes are shared, EvBuffer those bytes only")
    void whatIsSharedKeepsItsBufferInLibeventOnly() {
        theirSource.addReference(FIRST);
        libevent.freeBuffer.call(theirSource.address());
        assertThat(theirReferences.released()).isEmpty();

        ourSource.addReference(FIRST);
        ourSource.close();
        assertThat(ourReferences.released()).containsExactly(0);
        assertThat(ourTarget.content()).isEqualTo(SHARED);
    }

    @Test
    @DisplayName(
            "INV-27: libevent refuses a commit to the middle of three free parts, which it offered, EvBuffer does not")
    void roomInTheMiddleCanBeCommittedInEvBufferOnly() {
        for (final Subject each : List.of(theirTarget, ourTarget)) {
            each.drain(Long.MAX_VALUE);
            each.add(ByteSequence.bytes(966), BytesAs.ARRAY); // leaves 10 of the smallest chain
            each.reserveAndCommit(nothingOf(900, 2)); // a spare chain
            each.reserveAndCommit(nothingOf(4_000, 3)); // another one
            assertThat(each.reserveAndCommit(new Reservation(500, 1, FIRST, List.of(), false)))
                    .isEqualTo(Answer.DONE);
        }
        assertThat(met.count(WantedDifference.OWN_RESERVATION_IS_COMMITTED)).isOne();
        ourTarget.check(theirTarget.content());
        theirSource.close();
    }

    private static Reservation nothingOf(final int size, final int vectors) {
        return new Reservation(size, vectors, new byte[0], List.of(), false);
    }
}
