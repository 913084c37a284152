package io.evbuffer.bufferevent;

import static io.evbuffer.bufferevent.LoopFixture.MS;
import static io.evbuffer.bufferevent.SocketBasicsTest.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.evbuffer.bufferevent.LoopFixture.Connection;
import io.evbuffer.event.EachBackend;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scenarios TMO, on a clock that the test moves. */
@EachBackend
class TimeoutTest {
    private static final long NEVER = BufferEvent.NO_TIMEOUT;

    @RegisterExtension
    final LoopFixture loop;

    TimeoutTest(final String method) {
        loop = new LoopFixture(method);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("TMO-01, PERF-09, BEV-40")
    void aSilentPeerTimesOutOnce(final boolean deferred) throws IOException {
        final Connection c = loop.connection(deferred ? Options.DEFER_CALLBACKS : Options.NONE);
        final Journal journal = Journal.of(c.socket());
        c.socket().setTimeouts(150 * MS, NEVER);
        c.socket().enable(Directions.READ);
        loop.pass(149);
        assertEquals(List.of(), journal.lines);
        loop.pass(1);
        assertEquals(List.of("READING|TIMEOUT"), journal.lines);
        final ConnectionException.IdleTimeout cause =
                assertInstanceOf(ConnectionException.IdleTimeout.class, journal.lastCause());
        assertSame(Directions.READ, cause.direction());
        assertSame(Directions.WRITE, c.socket().enabled());
        loop.pass(1350);
        assertEquals(1, journal.lines.size());
        assertEquals(0, loop.base().countEvents(4));
    }

    @Test
    @DisplayName("TMO-02")
    void aPeerThatTakesNothingTimesOutAfterTheLastProgress() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s);
        s.setTimeouts(NEVER, 100 * MS);
        c.transport().writeScript.add(1000L);
        c.transport().takesNothing = true;
        s.write(bytes(5000));
        loop.until(() -> s.output().length() == 4000);
        loop.pass(60);
        c.transport().writeScript.add(500L);
        loop.until(() -> s.output().length() == 3500);
        loop.pass(99);
        assertEquals(List.of(), journal.events());
        loop.pass(1);
        assertEquals(List.of("WRITING|TIMEOUT"), journal.events());
        assertSame(Directions.WRITE, ((ConnectionException.IdleTimeout) journal.lastCause()).direction());
        assertSame(Directions.NONE, s.enabled());
        loop.pass(300);
        assertEquals(1, journal.events().size());
    }

    @Test
    @DisplayName("TMO-03, IMP-24")
    void progressPutsTheTimeoutOff() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final Journal journal = Journal.of(c.socket());
        c.socket().setTimeouts(100 * MS, NEVER);
        c.socket().enable(Directions.READ);
        for (int i = 1; i <= 16; i++) {
            loop.pass(60);
            final int expected = i;
            c.peer().send(1);
            loop.until(() -> journal.received.size() == expected);
        }
        assertEquals(List.of(), journal.events());
        loop.pass(99);
        assertEquals(List.of(), journal.events());
        loop.pass(1);
        assertEquals(List.of("READING|TIMEOUT"), journal.events());
    }

    @Test
    @DisplayName("6: a wake-up that moves nothing")
    void readinessWithoutBytesIsNoProgress() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final Journal journal = Journal.of(c.socket());
        c.socket().setTimeouts(100 * MS, NEVER);
        c.socket().enable(Directions.READ);
        loop.pass(60);
        c.transport().givesNothing = true;
        c.peer().send(1);
        loop.until(() -> c.transport().reads.size() > 2);
        loop.pass(40);
        assertEquals(List.of("READING|TIMEOUT"), journal.lines);
    }

    @Test
    @DisplayName("6: readiness and expiry in one turn")
    void bytesThatComeTogetherWithTheExpiryWin() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final Journal journal = Journal.of(c.socket());
        c.socket().setTimeouts(100 * MS, NEVER);
        c.socket().enable(Directions.READ);
        loop.pass(99);
        c.transport().givesNothing = true;
        c.peer().send(1);
        loop.until(() -> !c.transport().reads.isEmpty()); // so the byte has come, and stays
        c.transport().givesNothing = false;
        loop.pass(1);
        assertEquals(List.of("read"), journal.lines);
        loop.pass(99);
        assertEquals(List.of("read"), journal.lines);
        loop.pass(1);
        assertEquals(List.of("read", "READING|TIMEOUT"), journal.lines);
    }

    @Test
    @DisplayName("TMO-04")
    void afterATimeoutTheTimeCountsFromTheNextEnable() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final Journal journal = Journal.of(c.socket());
        c.socket().setTimeouts(150 * MS, NEVER);
        c.socket().enable(Directions.READ);
        loop.pass(1000);
        assertEquals(1, journal.lines.size());
        c.socket().enable(Directions.READ);
        loop.pass(149);
        assertEquals(1, journal.lines.size());
        loop.pass(1);
        assertEquals(2, journal.lines.size());
    }

    @Test
    @DisplayName("TMO-05")
    void noTimeoutsMeansNever() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final Journal journal = Journal.of(c.socket());
        c.socket().setTimeouts(10 * MS, 10 * MS);
        c.socket().enable(Directions.READ);
        loop.pass(5);
        c.socket().setTimeouts(NEVER, NEVER);
        loop.pass(100);
        assertEquals(List.of(), journal.lines);
        assertFalse(c.socket().readTimer.isArmed());
    }

    @Test
    @DisplayName("TMO-06")
    void aNewTimeoutCountsFromWhereItIsSet() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final Journal journal = Journal.of(c.socket());
        c.socket().setTimeouts(150 * MS, NEVER);
        c.socket().enable(Directions.READ);
        loop.pass(100);
        c.socket().setTimeouts(300 * MS, NEVER);
        loop.pass(299);
        assertEquals(List.of(), journal.lines);
        loop.pass(1);
        assertEquals(List.of("READING|TIMEOUT"), journal.lines);
    }

    @Test
    @DisplayName("TMO-07, socket kind")
    void bothTimersRunWhereThereIsWorkAndNoneWhereThereIsNot() throws IOException {
        final SocketBufferEvent[] ends = loop.couple(Options.NONE);
        final Journal a = Journal.of(ends[0]);
        final Journal b = Journal.of(ends[1]);
        ends[1].setTimeouts(150 * MS, 100 * MS);
        ends[1].enable(Directions.WRITE);
        loop.turns(3);
        b.lines.clear();
        ((RecordingTransport) ends[0].transport()).takesNothing = true;
        ends[0].write(bytes(100));
        loop.turns(3);
        ends[0].setTimeouts(150 * MS, 100 * MS);
        ends[0].enable(Directions.READ);
        loop.pass(99);
        assertEquals(List.of(), a.events());
        loop.pass(1);
        assertEquals(List.of("WRITING|TIMEOUT"), a.events());
        loop.pass(50);
        assertEquals(List.of("WRITING|TIMEOUT", "READING|TIMEOUT"), a.events());
        loop.pass(500);
        assertEquals(2, a.events().size());
        assertEquals(List.of(), b.lines);
    }

    @Test
    @DisplayName("TMO-08")
    void withoutATransportTheReadTimerCountsAndTheWriteTimerHasNothingToDo() {
        final SocketBufferEvent s = loop.create(null, Options.NONE);
        final Journal journal = Journal.of(s);
        s.setTimeouts(50 * MS, 50 * MS);
        s.enable(Directions.BOTH);
        loop.pass(500);
        assertEquals(List.of("READING|TIMEOUT"), journal.lines);
    }

    @Test
    @DisplayName("TMO-09")
    void enablingAgainGivesTheFullTime() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final Journal journal = Journal.of(c.socket());
        c.socket().setTimeouts(100 * MS, NEVER);
        c.socket().enable(Directions.READ);
        loop.pass(50);
        c.socket().enable(Directions.READ);
        loop.pass(99);
        assertEquals(List.of(), journal.lines);
        loop.pass(1);
        assertEquals(List.of("READING|TIMEOUT"), journal.lines);
    }

    @Test
    @DisplayName("TMO-10")
    void aTimeoutOfADisabledDirectionIsOnlyStored() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final Journal journal = Journal.of(c.socket());
        c.socket().setTimeouts(100 * MS, NEVER);
        loop.pass(500);
        assertEquals(List.of(), journal.lines);
        assertEquals(0, loop.base().countEvents(4));
        c.socket().enable(Directions.READ);
        loop.pass(99);
        assertEquals(List.of(), journal.lines);
        loop.pass(1);
        assertEquals(List.of("READING|TIMEOUT"), journal.lines);
    }

    @Test
    @DisplayName("BEV-11: a suspended direction has no timer")
    void aConsumerThatPausesReadingDoesNotTimeOut() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s).onRead(source -> {});
        s.setTimeouts(100 * MS, NEVER);
        s.setWatermark(Directions.READ, 0, 50);
        s.enable(Directions.READ);
        c.peer().send(50);
        loop.until(() -> s.input().length() == 50);
        loop.pass(1000);
        assertEquals(List.of(), journal.events());
        s.input().drain(1);
        loop.pass(99);
        assertEquals(List.of(), journal.events());
        loop.pass(1);
        assertEquals(List.of("READING|TIMEOUT"), journal.events());
    }

    @Test
    @DisplayName("IMP-24: the timer moves itself")
    void progressTouchesNoTimer() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final Journal journal = Journal.of(c.socket());
        c.socket().setTimeouts(1000 * MS, NEVER);
        c.socket().enable(Directions.READ);
        loop.turns(3);
        final long expired = loop.base().metrics().timersExpired();
        for (int i = 1; i <= 100; i++) {
            loop.pass(9);
            final int expected = i;
            c.peer().send(1);
            loop.until(() -> journal.received.size() == expected);
        }
        assertEquals(expired, loop.base().metrics().timersExpired());
        loop.pass(100);
        assertEquals(expired + 1, loop.base().metrics().timersExpired(), "it came due once, too early, and moved");
        assertEquals(List.of(), journal.events());
        loop.pass(900);
        assertEquals(List.of("READING|TIMEOUT"), journal.events());
        assertEquals(expired + 2, loop.base().metrics().timersExpired());
    }

    @Test
    void badTimeoutsAreRefusedAndTheOldOnesStay() {
        final SocketBufferEvent s = loop.create(null, Options.NONE);
        s.setTimeouts(5, 6);
        assertThrows(IllegalArgumentException.class, () -> s.setTimeouts(0, NEVER));
        assertThrows(IllegalArgumentException.class, () -> s.setTimeouts(NEVER, -2));
        assertEquals(5, s.readTimeoutNanos());
        assertEquals(6, s.writeTimeoutNanos());
        s.setTimeouts(Long.MAX_VALUE, Long.MAX_VALUE);
        s.enable(Directions.READ);
        loop.pass(10);
        assertSame(Directions.BOTH, s.enabled());
    }

    @Test
    @DisplayName("2.4: end of stream cancels the read timer")
    void anEndedStreamDoesNotTimeOut() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final Journal journal = Journal.of(c.socket());
        c.socket().setTimeouts(50 * MS, NEVER);
        c.socket().enable(Directions.READ);
        c.peer().shutdownOutput();
        loop.until(() -> journal.has("READING|EOF"));
        loop.pass(500);
        assertEquals(List.of("READING|EOF"), journal.lines);
        assertNull(journal.lastCause());
        c.socket().write(bytes(1));
        loop.until(() -> c.peer().received() == 1);
    }
}
