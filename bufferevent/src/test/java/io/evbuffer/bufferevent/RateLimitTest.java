package io.evbuffer.bufferevent;

import static io.evbuffer.bufferevent.SocketBasicsTest.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.bufferevent.LoopFixture.Connection;
import io.evbuffer.event.EachBackend;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.EventConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Scenarios RL: rate limits of a connection and of groups, on a clock that the test moves. */
@EachBackend
class RateLimitTest {
    private static final long TICK = 10; // milliseconds

    @RegisterExtension
    final LoopFixture loop;

    private final String method;

    RateLimitTest(final String method) {
        this.method = method;
        loop = new LoopFixture(method);
    }

    private static TokenBucketCfg limit(final long rate, final long burst) {
        return new TokenBucketCfg(rate, burst, rate, burst, TICK * LoopFixture.MS);
    }

    private static TokenBucketCfg limit(final long rate) {
        return limit(rate, rate);
    }

    private RateLimitGroup group(final TokenBucketCfg cfg) {
        return loop.closeLater(RateLimitGroup.create(loop.base(), cfg));
    }

    private Connection reading() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        c.socket().setCallbacks(null, null, null);
        c.socket().enable(Directions.READ);
        loop.turns(2);
        return c;
    }

    private static boolean rests(final SocketBufferEvent s, final Directions direction) {
        BufferEventInvariants.state(s);
        return s.isSuspended(direction, SuspendReason.BANDWIDTH);
    }

    private static boolean restsWithGroup(final SocketBufferEvent s, final Directions direction) {
        return s.isSuspended(direction, SuspendReason.GROUP_BANDWIDTH);
    }

    // ---- a limit of its own -----------------------------------------------------------------------------------------

    @Test
    @DisplayName("RL-06")
    void aFloodGetsARateFirstAndABurstAfterAnIdleTime() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s);
        s.setRateLimit(limit(100, 400));
        s.enable(Directions.READ);
        c.peer().send(1000);
        loop.until(() -> journal.received.size() == 100);
        loop.turns(10);
        assertEquals(100, journal.received.size(), "the first tick");
        assertTrue(rests(s, Directions.READ), "BEV-31");
        for (int tick = 2; tick <= 10; tick++) {
            loop.pass(TICK);
            assertEquals(100 * tick, journal.received.size());
        }
        loop.pass(10 * TICK);
        c.peer().send(1000);
        loop.until(() -> journal.received.size() == 1400);
        loop.turns(10);
        assertEquals(1400, journal.received.size(), "what ten idle ticks have saved");
        loop.pass(TICK);
        assertEquals(1500, journal.received.size());
        assertEquals(c.transport().reads.size() - Collections.frequency(c.transport().reads, 0L), 15 - 3);
    }

    @Test
    @DisplayName("RL-06, both ways")
    void outputLeavesAtItsRate() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s);
        s.setRateLimit(limit(100, 400));
        s.write(bytes(1000));
        loop.turns(5);
        assertEquals(List.of(100L), c.transport().writes);
        for (int tick = 2; tick <= 10; tick++) {
            assertEquals(List.of(), journal.lines, "the write callback waits for the last byte");
            loop.pass(TICK);
            assertEquals(tick, c.transport().writes.size());
        }
        assertEquals(List.of("write"), journal.lines);
        loop.until(() -> c.peer().received() == 1000);
        assertArrayEquals(bytes(1000), c.peer().bytes());
        loop.pass(5 * TICK);
        assertEquals(List.of("write"), journal.lines, "going on is no reason for a write callback");
        loop.staysQuiet(c);
    }

    @Test
    @DisplayName("RL-07")
    void eachDirectionHasItsOwn() throws IOException {
        final Connection c = reading();
        final SocketBufferEvent s = c.socket();
        s.setRateLimit(new TokenBucketCfg(100, 100, 5000, 5000, TICK * LoopFixture.MS));
        c.peer().send(200);
        loop.until(() -> s.input().length() == 100);
        assertTrue(rests(s, Directions.READ));
        assertFalse(rests(s, Directions.WRITE));
        s.write(bytes(3000));
        loop.until(() -> c.peer().received() == 3000);

        s.write(bytes(3000));
        loop.until(() -> c.peer().received() == 5000);
        assertTrue(rests(s, Directions.WRITE));
        loop.pass(TICK);
        loop.until(() -> s.input().length() == 200);
        assertTrue(rests(s, Directions.READ));
        loop.pass(TICK);
        assertFalse(rests(s, Directions.READ));
        s.decrementWriteLimit(100_000);
        c.peer().send(50);
        loop.until(() -> s.input().length() == 250);
    }

    @Test
    @DisplayName("RL-08")
    void withoutItsLimitItGoesOn() throws IOException {
        final Connection c = reading();
        final SocketBufferEvent s = c.socket();
        s.setRateLimit(limit(10));
        c.peer().send(1000);
        s.write(bytes(1000));
        loop.until(() -> s.input().length() == 10 && c.transport().writes.size() == 1);
        assertTrue(rests(s, Directions.READ) && rests(s, Directions.WRITE));
        assertTrue(s.limits().isTimerArmed(), "BEV-32");
        s.setRateLimit(null);
        assertFalse(rests(s, Directions.READ) || rests(s, Directions.WRITE));
        assertFalse(s.limits().isTimerArmed());
        assertNull(s.rateLimit());
        loop.until(() -> s.input().length() == 1000 && c.peer().received() == 1000);
        loop.staysQuiet(c);
    }

    @Test
    @DisplayName("RL-09")
    void theSameLimitAgainRefillsNothing() throws IOException {
        final Connection c = reading();
        final SocketBufferEvent s = c.socket();
        final TokenBucketCfg cfg = limit(10);
        s.setRateLimit(cfg);
        c.peer().send(1000);
        loop.until(() -> s.input().length() == 10);
        s.setRateLimit(cfg);
        assertSame(cfg, s.rateLimit());
        loop.turns(5);
        assertEquals(10, s.input().length());
        assertEquals(0, s.readLimit());
    }

    @Test
    @DisplayName("RL-10, RL-11")
    void takingByHandSuspendsAndPuttingBackGoesOnAtOnce() throws IOException {
        final Connection c = reading();
        final SocketBufferEvent s = c.socket();
        assertThrows(IllegalStateException.class, () -> s.decrementReadLimit(1));
        assertThrows(IllegalStateException.class, () -> s.decrementWriteLimit(1));
        s.setRateLimit(limit(100, 400));
        s.decrementReadLimit(99);
        assertFalse(rests(s, Directions.READ));
        s.decrementReadLimit(1);
        assertTrue(rests(s, Directions.READ), "at nothing");
        assertFalse(s.wire().isWatchingRead(), "BEV-7");
        assertFalse(rests(s, Directions.WRITE));
        c.peer().send(50);
        loop.turns(3);
        assertEquals(0, s.input().length());
        s.decrementReadLimit(-30);
        assertFalse(rests(s, Directions.READ));
        assertFalse(s.limits().isTimerArmed());
        loop.until(() -> s.input().length() == 30);
        assertEquals(0, s.readLimit());

        s.decrementReadLimit(-1000);
        assertEquals(1000, s.readLimit(), "above the burst");
        s.setRateLimit(limit(50, 50));
        assertEquals(50, s.readLimit(), "RL-10: cut");
        assertEquals(50, s.writeLimit());
        s.setRateLimit(limit(500, 500));
        assertEquals(50, s.readLimit(), "RL-10: not raised");
    }

    @Test
    @DisplayName("RL-17")
    void payingDoesNotStartWhatIsDisabledOrFull() throws IOException {
        final Connection c = reading();
        final SocketBufferEvent s = c.socket();
        s.setRateLimit(limit(10));
        c.peer().send(1000);
        loop.until(() -> s.input().length() == 10);
        s.disable(Directions.READ);
        loop.pass(3 * TICK);
        assertFalse(rests(s, Directions.READ), "paid");
        assertEquals(10, s.input().length());
        assertFalse(s.wire().isWatchingRead());
        s.enable(Directions.READ);
        loop.until(() -> s.input().length() == 20);
        s.setWatermark(Directions.READ, 0, 20);
        loop.pass(3 * TICK);
        assertFalse(rests(s, Directions.READ));
        assertEquals(20, s.input().length());
        s.setWatermark(Directions.READ, 0, 25);
        loop.until(() -> s.input().length() == 25);
        loop.pass(3 * TICK);
        assertEquals(25, s.input().length(), "BEV-5, BEV-35");
    }

    @Test
    @DisplayName("RL-19, BEV-35")
    void theMostOfOneTransferHoldsUnderALargerLimit() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        s.maxSingleWrite(4096);
        s.maxSingleRead(1000);
        s.setRateLimit(limit(1 << 20));
        s.write(bytes(1 << 20));
        s.enable(Directions.READ);
        c.peer().send(5000);
        loop.until(() -> c.peer().received() == 1 << 20 && s.input().length() == 5000);
        assertEquals(4096, Collections.max(c.transport().writes));
        assertEquals(1000, Collections.max(c.transport().reads));
        assertTrue(rests(s, Directions.WRITE));
    }

    @Test
    @DisplayName("RL-20")
    void whatWasOverdrawnIsSilentUntilItIsPaid() throws IOException {
        final Connection c = reading();
        final SocketBufferEvent s = c.socket();
        s.setRateLimit(limit(100));
        s.charge(Directions.READ, 1000); // as one record of TLS would
        assertEquals(-900, s.readLimit());
        c.peer().send(50);
        for (int tick = 1; tick <= 9; tick++) {
            loop.pass(TICK);
            assertTrue(rests(s, Directions.READ), "tick " + tick);
            assertTrue(s.limits().isTimerArmed(), "BEV-32");
            assertEquals(0, s.maxToRead());
        }
        loop.pass(TICK);
        assertFalse(rests(s, Directions.READ));
        loop.until(() -> s.input().length() == 50);
    }

    @Test
    @DisplayName("8.3: enabling writing while a limit holds it")
    void writingEnabledWhileItRestsIsAskedForMoreAfterwards() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        s.setRateLimit(limit(10));
        s.write(bytes(10));
        loop.turns(3);
        assertTrue(rests(s, Directions.WRITE));
        final Journal journal = Journal.of(s);
        s.enable(Directions.WRITE);
        loop.turns(3);
        assertEquals(List.of(), journal.lines);
        loop.pass(TICK);
        assertEquals(List.of("write"), journal.lines);
        loop.pass(TICK);
        assertEquals(List.of("write"), journal.lines);
    }

    @Test
    @DisplayName("section 6: no timeout runs while a limit holds a direction")
    void restingIsNotIdling() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s);
        s.setRateLimit(limit(10));
        s.setTimeouts(3 * TICK * LoopFixture.MS, 3 * TICK * LoopFixture.MS);
        s.enable(Directions.READ);
        s.decrementReadLimit(100);
        s.decrementWriteLimit(100);
        s.write(bytes(1));
        loop.pass(9 * TICK);
        assertEquals(List.of(), journal.lines);
        loop.pass(TICK);
        assertEquals(List.of("write"), journal.lines);
        loop.pass(3 * TICK + 1);
        assertEquals(List.of("write", "READING|TIMEOUT"), journal.lines);
    }

    @Test
    @DisplayName("3.1, 8.1: an end behind a limit")
    void theEndComesAfterTheLastByteAllowed() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s);
        s.setRateLimit(limit(10));
        s.enable(Directions.READ);
        c.peer().send(bytes(25));
        c.peer().close();
        loop.until(() -> journal.received.size() == 10);
        loop.pass(TICK);
        assertEquals(20, journal.received.size());
        assertEquals(List.of(), journal.events());
        loop.pass(TICK);
        loop.until(() -> !journal.events().isEmpty());
        assertArrayEquals(bytes(25), journal.received.toByteArray());
        assertEquals(List.of("READING|EOF"), journal.events());
    }

    @Test
    @DisplayName("4.7, IMP-13: closing")
    void whatIsLeftAtTheEndLeavesUnderTheLimitToo() throws IOException {
        final Connection c = loop.connection(Options.CLOSE_ON_FREE);
        c.socket().setRateLimit(limit(100));
        c.socket().write(bytes(350));
        c.socket().closeAfterFlush(60_000 * LoopFixture.MS);
        loop.pass(2 * TICK);
        assertEquals(List.of(100L, 100L, 100L), c.transport().writes);
        assertFalse(c.transport().closes > 0);
        loop.pass(TICK);
        loop.until(c.peer()::sawEnd);
        assertArrayEquals(bytes(350), c.peer().bytes());
    }

    @Test
    @DisplayName("RL-16")
    void questionsAnswerWithoutChangingAnything() throws IOException {
        final Connection c = reading();
        final SocketBufferEvent s = c.socket();
        assertEquals(BufferEvent.UNLIMITED, s.readLimit());
        assertEquals(BufferEvent.UNLIMITED, s.writeLimit());
        assertEquals(16384, s.maxToRead());
        assertEquals(16384, s.maxToWrite());

        s.setRateLimit(new TokenBucketCfg(100, 400, 1 << 20, 1 << 20, TICK * LoopFixture.MS));
        assertEquals(100, s.maxToRead());
        assertEquals(16384, s.maxToWrite());
        assertEquals(1 << 20, s.writeLimit());
        s.decrementReadLimit(250);
        assertEquals(-150, s.readLimit());
        assertEquals(0, s.maxToRead());

        final RateLimitGroup group = group(limit(50));
        s.addToRateLimitGroup(group);
        assertEquals(-150, s.readLimit(), "the group does not count here");
        assertEquals(50, s.maxToWrite(), "the smaller one");
        s.setRateLimit(null);
        assertEquals(50, s.maxToRead());
        assertEquals(BufferEvent.UNLIMITED, s.readLimit());
        group.decrementReadLimit(60);
        assertEquals(0, s.maxToRead());
        assertEquals(-10, group.readLimit());
        assertEquals(50, group.writeLimit());
    }

    // ---- a group ----------------------------------------------------------------------------------------------------

    @Test
    @DisplayName("RL-12, BEV-34")
    void itIsInOneGroupAtATime() throws IOException {
        final SocketBufferEvent s = reading().socket();
        final RateLimitGroup one = group(limit(10));
        final RateLimitGroup two = group(limit(10));
        s.addToRateLimitGroup(one);
        s.addToRateLimitGroup(one);
        assertEquals(1, one.members());
        assertSame(one, s.rateLimitGroup());
        one.decrementReadLimit(10);
        loop.turns(1);
        assertTrue(restsWithGroup(s, Directions.READ));
        s.addToRateLimitGroup(two);
        assertEquals(0, one.members());
        assertEquals(1, two.members());
        assertFalse(restsWithGroup(s, Directions.READ));
        two.decrementWriteLimit(10);
        loop.turns(1);
        assertTrue(restsWithGroup(s, Directions.WRITE));
        assertThrows(IllegalStateException.class, two::close);
        s.addToRateLimitGroup(null);
        assertFalse(restsWithGroup(s, Directions.WRITE));
        assertEquals(0, two.members());
        assertNull(s.rateLimitGroup());
        s.removeFromRateLimitGroup();
        s.removeFromRateLimitGroup();
        final RateLimitGroup closed = group(limit(1));
        closed.close();
        closed.close();
        s.addToRateLimitGroup(one);
        assertThrows(IllegalStateException.class, () -> s.addToRateLimitGroup(closed));
        assertSame(one, s.rateLimitGroup());
    }

    @Test
    @DisplayName("RL-13")
    void joiningAGroupThatRestsIsRestingWithIt() throws IOException {
        final Connection c = reading();
        final SocketBufferEvent s = c.socket();
        final RateLimitGroup group = group(limit(100));
        group.decrementReadLimit(150);
        s.addToRateLimitGroup(group);
        assertTrue(restsWithGroup(s, Directions.READ));
        assertFalse(restsWithGroup(s, Directions.WRITE));
        c.peer().send(10);
        loop.turns(5);
        assertEquals(0, s.input().length());
        loop.pass(TICK);
        assertTrue(restsWithGroup(s, Directions.READ), "50 are less than the minimum share");
        loop.pass(TICK);
        assertFalse(restsWithGroup(s, Directions.READ));
        loop.until(() -> s.input().length() == 10);
    }

    @Test
    @DisplayName("RL-14")
    void aTinyGroupKeepsFlowing() throws IOException {
        final Connection c = reading();
        final SocketBufferEvent s = c.socket();
        final RateLimitGroup group = group(limit(10));
        s.addToRateLimitGroup(group);
        c.peer().send(1000);
        loop.until(() -> s.input().length() == 10);
        for (int tick = 2; tick <= 50; tick++) {
            loop.pass(TICK);
            assertEquals(10L * tick, s.input().length());
        }
        assertEquals(64, group.minShare(), "what was asked for is kept");
        group.cfg(limit(200, 200));
        loop.pass(2 * TICK);
        assertEquals(900, s.input().length());
        assertTrue(Collections.max(c.transport().readRooms) <= 200, "BEV-35");
    }

    @Test
    @DisplayName("RL-15, BEV-36")
    void totalsCountWhatWasTransferred() throws IOException {
        final RateLimitGroup group = group(limit(1 << 20));
        final Connection a = reading();
        final Connection b = reading();
        a.socket().addToRateLimitGroup(group);
        b.socket().addToRateLimitGroup(group);
        a.peer().send(300);
        b.peer().send(40);
        b.socket().write(bytes(5000));
        loop.until(() -> a.socket().input().length() == 300
                && b.socket().input().length() == 40
                && b.peer().received() == 5000);
        group.decrementReadLimit(7);
        assertEquals(340, group.totalRead());
        assertEquals(5000, group.totalWritten());
        assertEquals((1 << 20) - 347, group.readLimit());
        group.resetTotals();
        assertEquals(0, group.totalRead());
        assertEquals(0, group.totalWritten());
    }

    @Test
    @DisplayName("13.6, IMP-22")
    void aShareOfNothingIsNeitherAnEndNorASpin() throws IOException {
        final RateLimitGroup group = group(limit(2, 6));
        group.minShare(0);
        assertThrows(IllegalArgumentException.class, () -> group.minShare(-1));
        final List<Connection> all = new ArrayList<>();
        final List<Journal> journals = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            final Connection c = loop.connection(Options.NONE);
            journals.add(Journal.of(c.socket()));
            c.socket().addToRateLimitGroup(group);
            c.socket().enable(Directions.READ);
            c.peer().send(100);
            c.socket().write(bytes(100));
            all.add(c);
        }
        loop.turns(5);
        assertEquals(0, all.stream().mapToInt(c -> c.transport().calls()).sum(), "2 bytes for 5 are 0 for each");
        assertTrue(all.stream().allMatch(c -> restsWithGroup(c.socket(), Directions.READ)), "BEV-33");
        final long callbacks = loop.base().metrics().callbacks();
        loop.turns(50);
        assertEquals(callbacks, loop.base().metrics().callbacks(), "no spin");
        loop.pass(40 * TICK);
        assertTrue(group.totalRead() >= 70, "read " + group.totalRead() + ": it is retried");
        assertTrue(group.totalRead() <= 82 && group.totalWritten() <= 82);
        for (final Journal journal : journals) {
            assertEquals(List.of(), journal.events());
            assertTrue(journal.received.size() >= 10, "each has its share: " + journal.received.size());
        }
    }

    @Test
    @DisplayName("RL-18, 13.7")
    void greedyMembersOfAGroupAreServedAlike() throws IOException {
        final int members = 30;
        final int ticks = 100;
        final RateLimitGroup group = group(limit(3000));
        group.minShare(1000); // three of thirty have a turn in a tick
        final List<Connection> all = new ArrayList<>();
        for (int i = 0; i < members; i++) {
            final Connection c = reading();
            c.socket().addToRateLimitGroup(group);
            c.peer().send(30_000);
            all.add(c);
        }
        loop.turns(3);
        for (int tick = 1; tick < ticks; tick++) {
            loop.pass(TICK);
        }
        assertEquals(3000L * ticks, group.totalRead());
        for (final Connection c : all) {
            final long got = c.socket().input().length();
            assertTrue(
                    got >= 9_000 && got <= 11_000,
                    () -> "of 10000 on average: "
                            + all.stream()
                                    .map(each -> each.socket().input().length())
                                    .toList());
        }
    }

    @Test
    @DisplayName("RL-21, 13.4: free leaves at once")
    void afterItsMemberIsClosedAGroupCanBeClosed() throws IOException {
        final RateLimitGroup group = group(limit(10));
        final SocketBufferEvent s = reading().socket();
        s.retain();
        s.addToRateLimitGroup(group);
        s.setRateLimit(limit(10));
        s.decrementReadLimit(100);
        s.close();
        assertEquals(0, group.members());
        group.close();
        assertThrows(IllegalStateException.class, () -> group.cfg(limit(5)));
        assertThrows(IllegalStateException.class, () -> group.decrementReadLimit(1));
        assertTrue(s.release());
        loop.pass(3 * TICK);
    }

    @Test
    @DisplayName("13.4: members of any base")
    void membersOfAnotherBaseFollowInTheirNextTurn() throws IOException {
        final RateLimitGroup group = group(limit(100));
        try (EventBase other = EventBase.open(
                EventConfig.create().ignoreEnvironment().onlyMethod(method).pool(loop.pool()))) {
            final LoopFixture.Ends ends = loop.ends(other);
            final SocketBufferEvent s = SocketBufferEvent.create(other, ends.transport(), Options.CLOSE_ON_FREE);
            s.enable(Directions.READ);
            s.addToRateLimitGroup(group);
            final SocketBufferEvent here = reading().socket();
            here.addToRateLimitGroup(group);
            loop.base().execute(() -> group.decrementReadLimit(100));
            loop.turns(1);
            assertTrue(restsWithGroup(here, Directions.READ), "at once");
            assertEquals(0, s.maxToRead(), "not one byte too many meanwhile");
            other.loop(EventBase.ONCE | EventBase.NONBLOCK);
            assertTrue(restsWithGroup(s, Directions.READ));
            loop.pass(TICK);
            assertFalse(restsWithGroup(here, Directions.READ));
            other.loop(EventBase.ONCE | EventBase.NONBLOCK);
            assertFalse(restsWithGroup(s, Directions.READ));
            assertEquals(2, group.members());
        }
        assertEquals(1, group.members(), "its base was closed");
    }

    @Test
    @DisplayName("13.4: the group's base goes first")
    void withoutTheBaseOfItsClockAGroupLimitsNothing() throws IOException {
        final SocketBufferEvent s = reading().socket();
        final EventBase other = EventBase.open(
                EventConfig.create().ignoreEnvironment().onlyMethod(method).pool(loop.pool()));
        final RateLimitGroup group = RateLimitGroup.create(other, limit(10));
        s.addToRateLimitGroup(group);
        group.decrementReadLimit(10);
        loop.turns(1);
        assertTrue(restsWithGroup(s, Directions.READ));
        other.close();
        loop.turns(1);
        assertFalse(restsWithGroup(s, Directions.READ));
        assertEquals(16384, s.maxToRead());
        s.removeFromRateLimitGroup();
        group.close();
    }
}
