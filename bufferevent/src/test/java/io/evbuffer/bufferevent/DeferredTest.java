package io.evbuffer.bufferevent;

import static io.evbuffer.bufferevent.SocketBasicsTest.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.BufferEnd;
import io.evbuffer.bufferevent.LoopFixture.Connection;
import io.evbuffer.event.DeferredCallback;
import io.evbuffer.event.EachBackend;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scenarios DEF: notices that wait, triggers, and what user code may throw. */
@EachBackend
class DeferredTest {
    private static final EventFlags EVERY_FLAG = EventFlags.READING
            .with(EventFlags.WRITING)
            .with(EventFlags.EOF)
            .with(EventFlags.ERROR)
            .with(EventFlags.TIMEOUT)
            .with(EventFlags.CONNECTED);

    @RegisterExtension
    final LoopFixture loop;

    DeferredTest(final String method) {
        loop = new LoopFixture(method);
    }

    @Test
    @DisplayName("DEF-01, BEV-17")
    void manyNoticesBecomeOneCall() throws IOException {
        final Connection c = loop.connection(Options.DEFER_CALLBACKS);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s).onRead(source -> {});
        inLoop(() -> {
            for (int i = 0; i < 3; i++) {
                s.inputArrived(false);
                s.trigger(Directions.READ, TriggerOptions.NONE);
            }
            assertEquals(List.of(), journal.lines);
            assertEquals(2, s.references(), "BEV-19: the creator's and the pass's");
        });
        assertEquals(List.of("read"), journal.lines);
        assertEquals(1, s.references());
    }

    @Test
    @DisplayName("DEF-02, BEV-18")
    void aPassHasOneOrder() throws IOException {
        final Connection c = loop.connection(Options.DEFER_CALLBACKS);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s);
        inLoop(() -> {
            s.triggerEvent(EventFlags.ERROR.with(EventFlags.WRITING), TriggerOptions.NONE);
            s.trigger(Directions.WRITE, TriggerOptions.NONE);
            s.trigger(Directions.READ, TriggerOptions.NONE);
            s.triggerEvent(EventFlags.CONNECTED, TriggerOptions.NONE);
        });
        assertEquals(List.of("CONNECTED", "read", "write", "WRITING|ERROR"), journal.lines);
    }

    @Test
    @DisplayName("3.3: raised by a step of the pass")
    void whatAStepRaisesIsToldInThisPassIfItsTurnIsStillToCome() throws IOException {
        final Connection c = loop.connection(Options.DEFER_CALLBACKS);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s);
        journal.onWrite(source -> {
            if (journal.count("write") == 1) {
                source.trigger(Directions.READ, TriggerOptions.NONE);
                source.triggerEvent(EventFlags.EOF, TriggerOptions.NONE);
                loop.base().execute(() -> journal.lines.add("between"));
            }
        });
        inLoop(() -> s.trigger(Directions.WRITE, TriggerOptions.NONE));
        assertEquals(List.of("write", "EOF", "between", "read"), journal.lines);
    }

    @Test
    @DisplayName("DEF-03")
    void unlockingNeedsDeferring() {
        assertThrows(IllegalArgumentException.class, () -> loop.create(null, Options.UNLOCK_CALLBACKS));
        loop.create(null, Options.UNLOCK_CALLBACKS.with(Options.DEFER_CALLBACKS));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    @DisplayName("DEF-04")
    void triggersFollowMarksAndOptions(final int variant) throws IOException {
        final boolean deferObject = (variant & 1) != 0;
        final boolean deferCall = (variant & 2) != 0;
        final Connection c = loop.connection(deferObject ? Options.DEFER_CALLBACKS : Options.NONE);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s);
        final TriggerOptions how = deferCall ? TriggerOptions.DEFER : TriggerOptions.NONE;
        final int[] atOnce = new int[3];
        final List<String> told = new ArrayList<>();
        s.setCallbacks(
                source -> {
                    told.add("read");
                    if (told.size() == 1) {
                        source.setWatermark(Directions.READ, source.input().length() + 1, 0);
                        source.trigger(Directions.READ, how);
                        atOnce[0] = told.size();
                        source.trigger(Directions.READ, how.with(TriggerOptions.IGNORE_WATERMARKS));
                        atOnce[1] = told.size();
                        source.triggerEvent(EVERY_FLAG, how);
                        atOnce[2] = told.size();
                    }
                },
                null,
                (source, what, cause) -> told.add(what.toString()));
        s.enable(Directions.READ);
        c.peer().send(5);
        final boolean later = deferObject || deferCall;
        final String all = "READING|WRITING|EOF|ERROR|TIMEOUT";
        final List<String> expected = later
                ? deferObject
                        ? List.of("read", all, "CONNECTED", "read") // CONNECTED's and read's steps were over
                        : List.of("read", "CONNECTED", "read", all)
                : List.of("read", "read", all + "|CONNECTED");
        loop.until(() -> told.size() == expected.size());
        loop.turns(5);
        assertEquals(expected, told);
        assertEquals(1, atOnce[0], "below the low mark");
        assertEquals(later ? 1 : 2, atOnce[1]);
        assertEquals(later ? 1 : 3, atOnce[2]);
        assertEquals(List.of(), journal.lines);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("DEF-05, IMP-17")
    void emptySlotsSwallowTheirNotices(final boolean deferred) throws IOException {
        final Connection c = loop.connection(deferred ? Options.DEFER_CALLBACKS : Options.NONE);
        final SocketBufferEvent s = c.socket();
        inLoop(() -> {
            s.trigger(Directions.BOTH, TriggerOptions.DEFER);
            s.triggerEvent(EventFlags.ERROR, TriggerOptions.DEFER);
            assertTrue(!s.notices.isQueued(), "no pass is queued for nobody");
        });
        s.enable(Directions.READ);
        c.peer().send(10);
        loop.until(() -> s.input().length() == 10);
        final Journal journal = Journal.of(s);
        loop.turns(5);
        assertEquals(List.of(), journal.lines, "nothing stale for slots filled later");
    }

    @Test
    @DisplayName("DEF-06, BEV-2")
    void clearingTheSlotsRecallsWhatIsPending() throws IOException {
        final Connection c = loop.connection(Options.DEFER_CALLBACKS);
        final SocketBufferEvent s = c.socket();
        final Journal[] journal = {Journal.of(s)};
        inLoop(() -> {
            s.trigger(Directions.BOTH, TriggerOptions.NONE);
            s.triggerEvent(EventFlags.ERROR, TriggerOptions.NONE);
            s.setCallbacks(null, null, null);
        });
        assertEquals(List.of(), journal[0].lines);
        journal[0] = Journal.of(s);
        loop.turns(5);
        assertEquals(List.of(), journal[0].lines, "dropped, not kept");
    }

    @Test
    @DisplayName("DEF-07")
    void passesOfOneTurnAreCappedAndSocketsServedBetween() throws IOException {
        final List<Connection> all = new ArrayList<>();
        final List<String> told = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            final Connection c = loop.connection(Options.DEFER_CALLBACKS);
            c.socket().setCallbacks(source -> told.add("pass"), null, null);
            all.add(c);
        }
        final Connection plain = loop.connection(Options.NONE);
        plain.socket().setCallbacks(source -> told.add("plain"), null, null);
        plain.socket().enable(Directions.READ);
        plain.peer().send(1);
        final List<Integer> passesByTurn = new ArrayList<>();
        loop.base().execute(() -> {
            for (final Connection c : all) {
                c.socket().trigger(Directions.READ, TriggerOptions.NONE);
            }
            loop.base().atTurnEnd(() -> passesByTurn.add(told.size() - (told.contains("plain") ? 1 : 0)));
        });
        loop.until(() -> told.size() == 201);
        assertEquals(List.of(DeferredCallback.QUOTA), passesByTurn, "passes in the turn that raised 200 notices");
        assertTrue(told.indexOf("plain") <= DeferredCallback.QUOTA, "the socket waited for no more than that");
    }

    @Test
    @DisplayName("DEF-10")
    void aReferenceKeepsItAlive() throws IOException {
        final Connection c = loop.connection(Options.CLOSE_ON_FREE);
        final SocketBufferEvent s = c.socket();
        s.retain();
        s.close();
        assertEquals(1, s.references());
        assertTrue(c.transport().isOpen());
        assertTrue(s.release());
        assertTrue(!c.transport().isOpen());
        assertThrows(IllegalStateException.class, s::release);
        assertThrows(IllegalStateException.class, s::retain);
    }

    @Test
    @DisplayName("DEF-11")
    void aTriggerMayCallItself() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final int[] depth = {0, 0};
        final Journal journal = Journal.of(s);
        journal.onRead(source -> {
            depth[1] = Math.max(depth[1], ++depth[0]);
            if (journal.count("read") < 5) {
                source.trigger(Directions.READ, TriggerOptions.NONE);
            }
            depth[0]--;
        });
        inLoop(() -> s.trigger(Directions.READ, TriggerOptions.NONE));
        assertEquals(5, depth[1]);
        assertEquals(5, journal.count("read"));
        assertEquals(1, s.references());
    }

    @Test
    @DisplayName("DEF-12")
    void errorsOfBothDirectionsBecomeOneEventWithTheLaterCause() throws IOException {
        final Connection c = loop.connection(Options.DEFER_CALLBACKS);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s);
        c.transport().readScript.add(new IOException("Connection reset by peer"));
        c.transport().writeScript.add(new IOException("Broken pipe"));
        s.enable(Directions.READ);
        s.write(bytes(1));
        inLoop(() -> {
            s.readable(s.wire());
            s.flush(Directions.WRITE, FlushMode.FLUSH);
        });
        assertEquals(List.of("READING|WRITING|ERROR"), journal.lines);
        assertInstanceOf(ConnectionException.BrokenPipe.class, journal.lastCause());
    }

    @Test
    @DisplayName("DEF-13")
    void disablingDoesNotRecallAPendingNotice() throws IOException {
        final Connection c = loop.connection(Options.DEFER_CALLBACKS);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s);
        s.enable(Directions.READ);
        inLoop(() -> {
            s.inputArrived(false);
            s.disable(Directions.READ);
        });
        c.peer().send(10);
        loop.turns(20);
        assertEquals(List.of("read"), journal.lines);
    }

    @Test
    @DisplayName("4.3: notices of the old transport")
    void anotherTransportDropsPendingEventsAndKeepsPendingReads() throws IOException {
        final Connection c = loop.connection(Options.DEFER_CALLBACKS);
        final Connection next = loop.connection(Options.NONE);
        next.socket().close();
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s);
        journal.endsFrozen = false;
        inLoop(() -> {
            s.trigger(Directions.READ, TriggerOptions.NONE);
            s.triggerEvent(EventFlags.EOF.with(EventFlags.READING), TriggerOptions.NONE);
            s.setTransport(next.transport());
        });
        assertEquals("read", journal.lines.getFirst());
        assertEquals(List.of(), journal.events());
    }

    @Test
    @DisplayName("4.4: arguments")
    void anEventNeedsAFlag() {
        final SocketBufferEvent s = loop.create(null, Options.NONE);
        assertThrows(IllegalArgumentException.class, () -> s.triggerEvent(EventFlags.NONE, TriggerOptions.NONE));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("3.4: a throwing callback")
    void whatACallbackThrowsGoesToTheBaseAndTheRestIsStillTold(final boolean deferred) throws IOException {
        final Connection c = loop.connection(deferred ? Options.DEFER_CALLBACKS : Options.NONE);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s);
        final Exception first = new Exception("from read");
        final RuntimeException second = new RuntimeException("from write");
        final Error third = new AssertionError("from event");
        journal.onRead(source -> {
            throw first;
        });
        journal.onWrite(source -> {
            throw second;
        });
        journal.onEvent((source, what, cause) -> {
            throw third;
        });
        inLoop(() -> {
            s.trigger(Directions.BOTH, TriggerOptions.NONE);
            s.triggerEvent(EventFlags.ERROR, TriggerOptions.NONE);
        });
        assertEquals(List.of("read", "write", "ERROR"), journal.lines);
        assertEquals(List.of(first, second, third), loop.takeFailures());
        assertEquals(1, s.references());
        journal.onRead(source -> journal.take());
        s.enable(Directions.READ);
        c.peer().send(3);
        loop.until(() -> journal.received.size() == 3);
    }

    @Test
    @DisplayName("3.4: a throwing listener")
    void whatAListenerThrowsLosesNoByteAndIsNoNetworkError() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final RuntimeException thrown = new RuntimeException("listener");
        s.input().addListener((buffer, change) -> {
            if (change.added() > 0) {
                throw thrown;
            }
        });
        s.output().addListener((buffer, change) -> {
            if (change.deleted() > 0) {
                throw thrown;
            }
        });
        final Journal journal = Journal.of(s);
        s.enable(Directions.READ);
        c.peer().send(bytes(100));
        s.write(bytes(50));
        loop.until(() -> journal.received.size() == 100 && c.peer().received() == 50);
        loop.turns(5);
        assertEquals(List.of(), journal.events());
        assertEquals(2, loop.takeFailures().size());
        assertSame(Directions.BOTH, s.enabled());
    }

    @ParameterizedTest
    @ValueSource(strings = {"close", "disable", "setTransport"})
    @DisplayName("3.4: a listener that turns away from the connection")
    void whatAListenerEndsEndsWithTheTransferThatToldIt(final String how) throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final Runnable turnAway = () -> {
            switch (how) {
                case "close" -> s.close();
                case "disable" -> s.disable(Directions.BOTH);
                default -> s.setTransport(null);
            }
        };
        final boolean[] done = new boolean[1];
        s.output().addListener((buffer, change) -> {
            if (change.deleted() > 0 && !done[0]) {
                done[0] = true;
                turnAway.run();
            }
        });
        c.transport().writeScript.add(1000L); // refused in part: what comes next must not wait for this transport
        s.write(bytes(40_000));
        loop.turns(5);
        assertEquals(1, c.transport().writes.size());
        assertEquals(1000, c.peer().received());
        if (!s.isClosed()) {
            if (how.equals("setTransport")) {
                assertFalse(s.output().isFrozen(BufferEnd.START), "open until the first transfer (BEV-12)");
                s.setTransport(c.transport());
            }
            s.enable(Directions.WRITE);
            loop.until(() -> c.peer().received() == 40_000);
            assertArrayEquals(bytes(40_000), c.peer().bytes());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"close", "disable", "setTransport"})
    @DisplayName("3.4: a listener that turns away from what arrives")
    void whatAListenerEndsIsReadNoMore(final String how) throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s);
        journal.endsFrozen = false;
        s.maxSingleRead(1000);
        s.input().addListener((buffer, change) -> {
            if (change.added() > 0 && journal.lines.isEmpty()) {
                switch (how) {
                    case "close" -> s.close();
                    case "disable" -> s.disable(Directions.BOTH);
                    default -> s.setTransport(null);
                }
            }
        });
        s.enable(Directions.READ);
        c.peer().send(bytes(4000));
        loop.until(() -> !c.transport().reads.isEmpty());
        loop.turns(5);
        assertEquals(1, c.transport().reads.size());
        assertEquals(how.equals("close") ? 0 : 1, journal.count("read"));
        if (!s.isClosed()) {
            if (how.equals("setTransport")) {
                assertFalse(s.input().isFrozen(BufferEnd.END), "open until the first transfer (BEV-12)");
                s.setTransport(c.transport());
            }
            s.enable(Directions.READ);
            loop.until(() -> journal.received.size() == 4000);
            assertArrayEquals(bytes(4000), journal.received.toByteArray());
        }
    }

    private void inLoop(final Runnable task) {
        loop.base().execute(task);
        loop.turns(1);
    }
}
