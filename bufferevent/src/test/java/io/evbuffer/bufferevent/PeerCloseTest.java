package io.evbuffer.bufferevent;

import static io.evbuffer.bufferevent.SocketBasicsTest.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.evbuffer.bufferevent.LoopFixture.Connection;
import io.evbuffer.event.EachBackend;
import io.evbuffer.event.EventBase;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A peer that goes while nobody reads (IMP-27). */
@EachBackend
class PeerCloseTest {
    @RegisterExtension
    final LoopFixture loop;

    PeerCloseTest(final String method) {
        loop = new LoopFixture(method);
    }

    private boolean canNotice() {
        return (loop.base().features() & EventBase.FEATURE_EARLY_CLOSE) != 0;
    }

    @Test
    @DisplayName("IMP-27")
    void aPeerThatGoesWhileReadIsDisabledIsNoticedOnceWhereTheBackendCan() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s);
        s.probePeerClose(true);
        c.peer().send(bytes(10));
        loop.turns(3);
        assertEquals(List.of(), journal.lines);
        c.peer().shutdownOutput();
        if (canNotice()) {
            loop.until(() -> !journal.lines.isEmpty());
            assertEquals(List.of("CLOSED_BY_PEER"), journal.lines);
        }
        loop.turns(5);
        journal.lines.clear();
        loop.staysQuiet(c);
        s.enable(Directions.READ);
        loop.until(() -> journal.has("READING|EOF"));
        assertArrayEquals(bytes(10), journal.received.toByteArray(), "nothing was lost");
        s.disable(Directions.READ);
        loop.turns(5);
        assertEquals(0, journal.count("CLOSED_BY_PEER"), "once for a transport");
        s.write(bytes(5));
        loop.until(() -> c.peer().received() == 5);
    }

    @Test
    @DisplayName("IMP-27: while READ is enabled")
    void whoReadsIsToldTheEndAlone() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final Journal journal = Journal.of(c.socket());
        c.socket().probePeerClose(true);
        c.socket().enable(Directions.READ);
        c.peer().shutdownOutput();
        loop.until(() -> !journal.lines.isEmpty());
        loop.turns(5);
        assertEquals(List.of("READING|EOF"), journal.lines);
    }

    @Test
    @DisplayName("IMP-27: not asked for, or no more")
    void withoutTheProbeNothingIsNoticed() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final Journal journal = Journal.of(c.socket());
        c.socket().probePeerClose(true);
        loop.turns(2);
        c.socket().probePeerClose(false);
        c.peer().shutdownOutput();
        loop.turns(10);
        assertEquals(List.of(), journal.lines);
        c.socket().write(bytes(10));
        c.socket().closeAfterFlush(1000 * LoopFixture.MS);
        loop.until(() -> c.peer().received() == 10);
        loop.turns(2);
        assertEquals(List.of(), journal.lines);
    }
}
