package io.evbuffer.bufferevent;

import static io.evbuffer.bufferevent.SocketBasicsTest.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.bufferevent.LoopFixture.Connection;
import io.evbuffer.event.EachBackend;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a BufferEvent tells of itself: back-pressure (IMP-12) and counters (IMP-26). */
@EachBackend
class BackPressureTest {
    @RegisterExtension
    final LoopFixture loop;

    private final List<Boolean> told = new ArrayList<>();

    BackPressureTest(final String method) {
        loop = new LoopFixture(method);
    }

    private Connection watched(final long low, final long high) throws IOException {
        final Connection c = loop.connection(Options.NONE);
        c.socket().setWatermark(Directions.WRITE, low, high);
        c.socket().backPressure((source, above) -> {
            assertTrue(source.base().inLoopThread(), "BEV-1");
            told.add(above);
        });
        return c;
    }

    @Test
    @DisplayName("WM-11, IMP-12")
    void aboveAndBelowAreToldInTurns() throws IOException {
        final Connection c = watched(100, 1000);
        final SocketBufferEvent s = c.socket();
        c.transport().takesNothing = true;
        s.write(bytes(999));
        loop.turns(3);
        assertEquals(List.of(), told);
        s.write(bytes(1));
        assertEquals(List.of(), told, "deferred");
        loop.turns(2);
        assertEquals(List.of(true), told);
        s.write(bytes(5000));
        loop.turns(2);
        assertEquals(List.of(true), told, "once");
        c.transport().writeScript.add(5899L);
        loop.until(() -> s.output().length() == 101);
        loop.turns(2);
        assertEquals(List.of(true), told, "not yet");
        c.transport().writeScript.add(1L);
        loop.until(() -> s.output().length() == 100);
        loop.turns(2);
        assertEquals(List.of(true, false), told);
        s.write(bytes(899));
        loop.turns(2);
        assertEquals(List.of(true, false), told);
        s.write(bytes(1));
        c.transport().takesNothing = false;
        loop.until(() -> c.peer().received() == 6900);
        loop.turns(3);
        assertEquals(List.of(true, false, true, false), told);
        loop.staysQuiet(c);
    }

    @Test
    @DisplayName("IMP-12: what is over before it is told")
    void whatHasPassedBeforeItCouldBeToldIsNotTold() throws IOException {
        final Connection c = watched(0, 100);
        c.socket().write(bytes(100));
        c.socket().flush(Directions.WRITE, FlushMode.FLUSH);
        loop.turns(3);
        assertEquals(List.of(), told);
    }

    @Test
    @DisplayName("IMP-12: other marks")
    void theMarksCanChangeAtAnyTime() throws IOException {
        final Connection c = watched(0, 0);
        final SocketBufferEvent s = c.socket();
        s.disable(Directions.WRITE);
        s.write(bytes(500));
        loop.turns(2);
        assertEquals(List.of(), told, "no high mark");
        s.setWatermark(Directions.WRITE, 0, 500);
        loop.turns(2);
        assertEquals(List.of(true), told);
        s.setWatermark(Directions.WRITE, 0, 0);
        loop.turns(2);
        assertEquals(List.of(true, false), told);
        s.setWatermark(Directions.WRITE, 499, 500);
        loop.turns(2);
        assertNotNull(s.backPressure());
        s.setWatermark(Directions.WRITE, 500, 500);
        s.backPressure(null);
        assertNull(s.backPressure());
        loop.turns(2);
        assertEquals(List.of(true, false, true), told);
    }

    @Test
    @DisplayName("IMP-12: another callback")
    void whoComesWhileTheOutputIsAboveIsToldSoFirst() throws IOException {
        final Connection c = watched(100, 1000);
        final SocketBufferEvent s = c.socket();
        c.transport().takesNothing = true;
        s.write(bytes(1000));
        loop.turns(2);
        final List<Boolean> toldNext = new ArrayList<>();
        s.backPressure((source, above) -> toldNext.add(above));
        loop.turns(2);
        assertEquals(List.of(true), toldNext);
        c.transport().takesNothing = false;
        loop.until(() -> c.peer().received() == 1000);
        loop.turns(3);
        assertEquals(List.of(true, false), toldNext);
        assertEquals(List.of(true), told);
        loop.staysQuiet(c);
    }

    @Test
    @DisplayName("IMP-12, BEV-2: nothing after the end")
    void afterCloseNothingIsTold() throws IOException {
        final Connection c = watched(0, 100);
        c.socket().write(bytes(100));
        c.socket().close();
        assertEquals(0, c.socket().references());
        loop.turns(3);
        assertEquals(List.of(), told);
        final Connection throwing = watched(0, 100);
        throwing.socket().backPressure((source, above) -> {
            throw new IllegalStateException("on purpose");
        });
        throwing.socket().write(bytes(100));
        loop.turns(1);
        assertEquals("on purpose", loop.takeFailures().getFirst().getMessage());
    }

    @Test
    @DisplayName("IMP-26")
    void countersTellWhatHasHappened() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s).onRead(source -> {});
        s.setWatermark(Directions.READ, 0, 100);
        s.enable(Directions.READ);
        loop.turns(2);
        s.write(bytes(30));
        c.peer().send(150);
        loop.until(() -> s.input().length() == 100 && c.peer().received() == 30);
        loop.turns(2);
        BufferEventCounters now = s.counters();
        assertEquals(100, now.bytesIn());
        assertEquals(30, now.bytesOut());
        assertEquals(c.transport().reads.size(), now.reads());
        assertEquals(1, now.writes());
        assertEquals(journal.lines.size(), now.notices());
        assertEquals(1, now.watermarkSuspensions());
        assertEquals(2, now.interestChanges(), "on, and off at the mark");
        assertEquals(0, now.stalls());

        loop.pass(999);
        assertEquals(0, s.counters().stalls());
        loop.pass(1);
        assertEquals(1, s.counters().stalls());
        loop.pass(5000);
        assertEquals(1, s.counters().stalls(), "one stall, however long");
        s.input().drain(60);
        assertEquals(1, s.counters().stalls());
        loop.until(() -> s.input().length() == 90);

        s.setRateLimit(new TokenBucketCfg(10, 10, 10, 10));
        s.decrementReadLimit(10);
        s.decrementReadLimit(10);
        try (RateLimitGroup group = RateLimitGroup.create(loop.base(), new TokenBucketCfg(10, 10, 10, 10))) {
            group.decrementWriteLimit(10);
            s.addToRateLimitGroup(group);
            s.removeFromRateLimitGroup();
        }
        now = s.counters();
        assertEquals(1, now.bandwidthSuspensions());
        assertEquals(1, now.groupSuspensions());
        assertEquals(1, now.watermarkSuspensions());
        assertEquals(0, now.lookupSuspensions());
        assertEquals(0, now.layerSuspensions());
        s.write(bytes(5));
        s.close();
        assertEquals(30, s.counters().bytesOut(), "what is thrown away did not leave");
    }
}
