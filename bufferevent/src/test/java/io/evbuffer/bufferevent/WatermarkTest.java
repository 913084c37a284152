package io.evbuffer.bufferevent;

import static io.evbuffer.bufferevent.SocketBasicsTest.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.bufferevent.LoopFixture.Connection;
import io.evbuffer.event.EachBackend;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Scenarios WM: when callbacks run, and when reading stops. */
@EachBackend
class WatermarkTest {
    @RegisterExtension
    final LoopFixture loop;

    WatermarkTest(final String method) {
        loop = new LoopFixture(method);
    }

    @Test
    @DisplayName("WM-01")
    void readCallbacksSeeAnAmountBetweenTheMarks() throws IOException {
        final SocketBufferEvent[] ends = loop.couple(Options.NONE);
        final Journal a = Journal.of(ends[0]);
        final Journal b = Journal.of(ends[1]);
        ends[0].setWatermark(Directions.WRITE, 100, 0);
        ends[1].setWatermark(Directions.READ, 10, 20);
        ends[1].enable(Directions.READ);
        ends[0].write(bytes(65_000));
        loop.until(() -> b.received.size() == 65_000);
        loop.turns(5);
        assertTrue(Collections.min(b.inputs) >= 10);
        assertTrue(Collections.max(b.inputs) <= 20);
        assertTrue(Collections.max(a.outputs) <= 100);
        assertArrayEquals(bytes(65_000), b.received.toByteArray());
        assertFalse(ends[0].wire().isWatchingWrite());
        BufferEventInvariants.atRest(ends[0]);
        BufferEventInvariants.atRest(ends[1]);
    }

    @Test
    @DisplayName("WM-03")
    void marksAreReadForOneDirection() {
        final SocketBufferEvent s = loop.create(null, Options.NONE);
        s.setWatermark(Directions.BOTH, 5, 10);
        s.setWatermark(Directions.WRITE, 7, 3);
        assertEquals(5, s.lowWatermark(Directions.READ));
        assertEquals(10, s.highWatermark(Directions.READ));
        assertEquals(7, s.lowWatermark(Directions.WRITE));
        assertEquals(3, s.highWatermark(Directions.WRITE));
        assertThrows(IllegalArgumentException.class, () -> s.lowWatermark(Directions.BOTH));
        assertThrows(IllegalArgumentException.class, () -> s.highWatermark(Directions.NONE));
    }

    @Test
    @DisplayName("WM-04")
    void triggeringLooksAtTheLowMarkUnlessTold() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        s.enable(Directions.READ);
        c.peer().send(bytes(10));
        loop.until(() -> s.input().length() == 10);
        final Journal journal = Journal.of(s).onRead(source -> {});
        s.setWatermark(Directions.READ, 11, 0);
        inLoop(() -> s.trigger(Directions.READ, TriggerOptions.NONE));
        assertEquals(0, journal.count("read"));
        inLoop(() -> s.trigger(Directions.READ, TriggerOptions.IGNORE_WATERMARKS));
        assertEquals(1, journal.count("read"));
        s.setWatermark(Directions.READ, 0, 0);
        loop.turns(5);
        assertEquals(1, journal.count("read"));
        inLoop(() -> s.trigger(Directions.BOTH, TriggerOptions.NONE));
        assertEquals(List.of("read", "read", "write"), journal.lines);
        s.write(bytes(1));
        inLoop(() -> s.trigger(Directions.WRITE, TriggerOptions.NONE));
        assertEquals(1, journal.outputs.stream().filter(length -> length == 0).count() - 1, "only after it has left");
    }

    private void inLoop(final Runnable task) {
        loop.base().execute(task);
        loop.turns(1);
    }

    @Test
    @DisplayName("WM-05, BEV-6")
    void movingTheHighMarkStopsAndStartsReadingAtOnce() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        s.setWatermark(Directions.READ, 0, 100);
        s.enable(Directions.READ);
        c.peer().send(bytes(50));
        loop.until(() -> s.input().length() == 50);
        assertTrue(s.wire().isWatchingRead());

        s.setWatermark(Directions.READ, 0, 50);
        assertFalse(s.wire().isWatchingRead());
        BufferEventInvariants.state(s);
        s.setWatermark(Directions.READ, 0, 60);
        assertTrue(s.wire().isWatchingRead());
        c.peer().send(bytes(100));
        loop.until(() -> s.input().length() == 60);
        assertFalse(s.wire().isWatchingRead());
        s.setWatermark(Directions.READ, 0, 0);
        loop.until(() -> s.input().length() == 150);
        BufferEventInvariants.state(s);
    }

    @Test
    @DisplayName("WM-06")
    void badMarksAreRefusedAndTheOldOnesStay() {
        final SocketBufferEvent s = loop.create(null, Options.NONE);
        s.setWatermark(Directions.BOTH, 5, 10);
        assertThrows(IllegalArgumentException.class, () -> s.setWatermark(Directions.READ, 20, 10));
        assertThrows(IllegalArgumentException.class, () -> s.setWatermark(Directions.BOTH, 20, 10));
        assertThrows(IllegalArgumentException.class, () -> s.setWatermark(Directions.READ, -1, 10));
        assertThrows(IllegalArgumentException.class, () -> s.setWatermark(Directions.WRITE, 1, -10));
        for (final Directions each : List.of(Directions.READ, Directions.WRITE)) {
            assertEquals(5, s.lowWatermark(each));
            assertEquals(10, s.highWatermark(each));
        }
    }

    @Test
    @DisplayName("WM-07")
    void writeCallbacksComeFromTheLowMarkDown() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s);
        s.setWatermark(Directions.WRITE, 250, 0);
        for (int i = 0; i < 9; i++) {
            c.transport().writeScript.addAll(List.of(100L, 0L));
        }
        s.write(bytes(1000));
        loop.until(() -> c.peer().received() == 1000);
        loop.turns(3);
        assertTrue(Collections.max(journal.outputs) <= 250);
        assertTrue(journal.count("write") >= 2);
        assertEquals(0, journal.outputs.getLast());
    }

    @Test
    @DisplayName("WM-08")
    void bytesThatStayCauseNoFurtherCallback() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final Journal journal = Journal.of(c.socket()).onRead(source -> {});
        c.socket().enable(Directions.READ);
        c.peer().send(10);
        loop.until(() -> journal.count("read") == 1);
        loop.turns(50);
        assertEquals(1, journal.count("read"));
        c.peer().send(10);
        loop.until(() -> journal.count("read") == 2);
        loop.turns(50);
        assertEquals(List.of(10L, 20L), journal.inputs);
    }

    @Test
    @DisplayName("WM-09")
    void drainingFromOutsideLetsReadingGoOn() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s).onRead(source -> {});
        s.setWatermark(Directions.READ, 0, 100);
        s.enable(Directions.READ);
        c.peer().send(bytes(250));
        loop.until(() -> s.input().length() == 100);
        loop.turns(20);
        loop.staysQuiet(c);
        assertEquals(100, s.input().length());
        inLoop(() -> s.input().drain(60));
        loop.until(() -> s.input().length() == 100);
        inLoop(() -> s.input().drain(100));
        loop.until(() -> s.input().length() == 90);
        assertEquals(3, journal.count("read"));
    }

    @Test
    @DisplayName("WM-10")
    void theWriteHighMarkLimitsNothing() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        c.socket().setWatermark(Directions.WRITE, 0, 100);
        c.socket().write(bytes(10_000));
        assertEquals(10_000, c.socket().output().length());
        loop.until(() -> c.peer().received() == 10_000);
    }

    @Test
    @DisplayName("WM-12")
    void withEqualMarksEveryCallbackSeesExactlyThat() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final Journal journal = Journal.of(c.socket());
        c.socket().setWatermark(Directions.READ, 20, 20);
        c.socket().enable(Directions.READ);
        for (int i = 0; i < 20; i++) {
            c.peer().send(7);
            loop.turns(2);
        }
        loop.until(() -> journal.received.size() == 140);
        assertEquals(List.of(20L, 20L, 20L, 20L, 20L, 20L, 20L), journal.inputs);
    }

    @Test
    @DisplayName("IMP-5")
    void progressAboveTheHighMarkIsToldAndHoldingIsNot() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s).onRead(source -> {});
        s.enable(Directions.READ);
        c.peer().send(bytes(100));
        loop.until(() -> s.input().length() == 100);
        journal.lines.clear();
        s.setWatermark(Directions.READ, 0, 40);
        loop.turns(20);
        assertEquals(List.of(), journal.lines, "held data does not spin");
        journal.onRead(source -> source.input().drain(10));
        s.input().drain(10);
        loop.turns(20);
        assertEquals(
                6, journal.count("read"), "90 to 40: each drain that leaves it full is told; the last one resumes");
        assertEquals(30, s.input().length());
        assertTrue(s.wire().isWatchingRead());
    }

    @Test
    @DisplayName("IMP-6")
    void enablingReadAgainTellsOfWhatIsUnread() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s).onRead(source -> source.disable(Directions.READ));
        s.setWatermark(Directions.READ, 5, 0);
        s.enable(Directions.READ);
        c.peer().send(bytes(10));
        loop.until(() -> journal.count("read") == 1);
        journal.onRead(source -> {});
        s.enable(Directions.READ);
        assertEquals(1, journal.count("read"), "BEV-21");
        loop.turns(5);
        assertEquals(2, journal.count("read"));
        s.enable(Directions.READ);
        loop.turns(5);
        assertEquals(2, journal.count("read"), "it was enabled already");

        s.disable(Directions.READ);
        s.enable(Directions.READ);
        s.input().drain(6);
        loop.turns(5);
        assertEquals(2, journal.count("read"), "dropped: 4 are below the low mark when it would run");
        s.disable(Directions.READ);
        s.enable(Directions.READ);
        loop.turns(5);
        assertEquals(2, journal.count("read"));
    }
}
