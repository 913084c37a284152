package io.evbuffer.bufferevent;

import static io.evbuffer.bufferevent.LoopFixture.MS;
import static io.evbuffer.bufferevent.SocketBasicsTest.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.EvBuffer;
import io.evbuffer.FrozenBufferException;
import io.evbuffer.bufferevent.Filters.Watched;
import io.evbuffer.bufferevent.LoopFixture.Below;
import io.evbuffer.bufferevent.LoopFixture.Connection;
import io.evbuffer.event.EachBackend;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Scenarios FLT and the rows of the other tables that speak of filters: bytes, stacks, marks and times. */
@EachBackend
class FilterTest {
    private static final long NEVER = BufferEvent.NO_TIMEOUT;

    @RegisterExtension
    final LoopFixture loop;

    FilterTest(final String method) {
        loop = new LoopFixture(method);
    }

    // ---- bytes ------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(Below.class)
    @DisplayName("FLT-01")
    void whatOneFilterAddsTheOtherStrips(final Below kind) throws IOException {
        final BufferEvent[] ends = loop.couple(kind, Options.NONE);
        final FilterBufferEvent a = loop.filter(ends[0], null, Filters.hex(), Options.NONE);
        final FilterBufferEvent b = loop.filter(ends[1], Filters.unhex(), null, Options.NONE);
        final Journal ja = Journal.of(a);
        final Journal jb = Journal.of(b);
        b.enable(Directions.READ);
        a.write(bytes(8333));
        loop.until(() -> jb.received.size() == 8333);
        loop.turns(2);
        assertArrayEquals(bytes(8333), jb.received.toByteArray());
        assertEquals(List.of("write"), ja.lines);
        assertEquals(List.of(), jb.events());
        loop.staysQuiet(ends[0], ends[1], a, b);
    }

    @ParameterizedTest
    @EnumSource(Below.class)
    @DisplayName("FLT-02, BEV-26")
    void aFilterMayWriteToItsOwnBufferEvent(final Below kind) throws IOException {
        final BufferEvent[] ends = loop.couple(kind, Options.NONE);
        final FilterBufferEvent[] self = new FilterBufferEvent[1];
        final boolean[] done = new boolean[1];
        final Watched watched = new Watched(Directions.WRITE, (source, target, limit, mode) -> {
            if (!done[0]) {
                done[0] = true;
                self[0].write(new byte[] {'!'});
                assertFalse(self[0].flush(Directions.WRITE, FlushMode.FLUSH), "done when this call is over");
            }
            final byte[] first = Filters.take(source, 3);
            target.add(first);
            return FilterResult.NEED_MORE;
        });
        self[0] = loop.filter(ends[0], null, watched, Options.NONE);
        watched.owner(self[0]);
        final Journal b = Journal.of(ends[1]);
        ends[1].enable(Directions.READ);
        self[0].write(new byte[] {'a', 'b'});
        loop.until(() -> b.received.size() == 3);
        assertEquals("ab!", b.text());
        self[0].write(new byte[] {'c', 'd', 'e', 'f'});
        loop.until(() -> b.received.size() == 6);
        loop.turns(5);
        assertEquals("ab!cde", b.text(), "NEED_MORE waits for the source to grow");
    }

    @Test
    @DisplayName("FLT-03, SOC-03")
    void theTransportIsThatOfTheUnderlying() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final Connection other = loop.connection(Options.NONE);
        other.socket().close();
        final FilterBufferEvent filter = loop.filter(c.socket(), null, null, Options.NONE);
        assertSame(c.transport(), filter.transport());
        assertSame(c.socket(), filter.underlying());
        assertNull(filter.partner());
        assertSame(Directions.WRITE, filter.enabled());
        filter.setTransport(other.transport());
        assertSame(other.transport(), c.socket().transport());
        filter.write(bytes(10));
        loop.until(() -> other.peer().received() == 10);
        assertEquals(0, c.transport().closes);
        filter.replaceTransport(null);
        assertEquals(1, other.transport().closes);
        assertNull(filter.transport());
    }

    @Test
    @DisplayName("4.3: the end of the old transport is not told on the new one")
    void anotherTransportIsAnotherStream() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final Connection other = loop.connection(Options.NONE);
        other.socket().close();
        final FilterBufferEvent filter = loop.filter(c.socket(), Filters.xor(0), Filters.xor(0), Options.NONE);
        final Journal journal = Journal.of(filter).onRead(source -> {});
        filter.setWatermark(Directions.READ, 0, 10);
        filter.enable(Directions.READ);
        c.peer().send(10);
        loop.until(() -> journal.has("read"));
        c.socket().triggerEvent(EventFlags.READING.with(EventFlags.EOF), TriggerOptions.NONE);
        loop.turns(3);
        assertTrue(filter.holdsEnd());
        filter.shutdownOutput();
        loop.until(c.peer()::sawEnd);
        filter.setTransport(other.transport());
        filter.write(bytes(5));
        loop.until(() -> other.peer().received() == 5);
        filter.input().drain(10);
        other.peer().send(3);
        loop.until(() -> filter.input().length() == 3);
        assertEquals(List.of(), journal.events());
    }

    @Test
    @DisplayName("FLT-04")
    void aFilterMayStandOnNothingYet() throws IOException {
        final SocketBufferEvent socket = loop.create(null, Options.NONE);
        loop.filter(socket, Filters.xor(1), Filters.xor(1), Options.NONE).close();
        assertFalse(socket.isClosed());
        final FilterBufferEvent filter = loop.filter(socket, Filters.xor(1), Filters.xor(1), Options.NONE);
        assertThrows(IllegalStateException.class, () -> FilterBufferEvent.create(socket, null, null, Options.NONE));
        filter.write(bytes(10));
        filter.enable(Directions.READ);
        loop.turns(3);
        final Connection c = loop.connection(Options.NONE);
        c.socket().close();
        filter.setTransport(c.transport());
        loop.until(() -> c.peer().received() == 10);
        c.peer().send(new byte[] {1, 2, 3});
        loop.until(() -> filter.input().length() == 3);
        assertArrayEquals(new byte[] {0, 3, 2}, filter.input().copyToArray());
        socket.close();
        assertThrows(IllegalStateException.class, () -> FilterBufferEvent.create(socket, null, null, Options.NONE));
    }

    @Test
    @DisplayName("4.1, DEF-03: options that contradict each other leave nothing behind")
    void contradictoryOptionsAreRefused() {
        final SocketBufferEvent socket = loop.create(null, Options.NONE);
        assertThrows(
                IllegalArgumentException.class,
                () -> FilterBufferEvent.create(socket, null, null, Options.UNLOCK_CALLBACKS));
        loop.filter(socket, null, null, Options.UNLOCK_CALLBACKS.with(Options.DEFER_CALLBACKS));
    }

    @ParameterizedTest
    @EnumSource(Below.class)
    @DisplayName("FLT-05")
    void aCompressorAndADecompressorGiveTheBytesBack(final Below kind) throws IOException {
        final BufferEvent[] ends = loop.couple(kind, Options.NONE);
        final Deflater deflater = new Deflater();
        final Inflater inflater = new Inflater();
        final Watched pack = new Watched(Directions.WRITE, deflate(deflater));
        final Watched unpack = new Watched(Directions.READ, inflate(inflater));
        final FilterBufferEvent a =
                loop.track(FilterBufferEvent.create(ends[0], null, pack, Options.NONE, deflater::end));
        final FilterBufferEvent b =
                loop.track(FilterBufferEvent.create(ends[1], unpack, null, Options.NONE, inflater::end));
        pack.owner(a);
        unpack.owner(b);
        final Journal ja = Journal.of(a);
        final Journal jb = Journal.of(b);
        b.enable(Directions.READ);
        a.write(bytes(20_000));
        a.write(bytes(3000));
        assertTrue(a.flush(Directions.WRITE, FlushMode.FINISHED));
        loop.until(() -> jb.received.size() == 23_000);
        loop.turns(3);
        final byte[] all = Arrays.copyOf(bytes(20_000), 23_000);
        System.arraycopy(bytes(3000), 0, all, 20_000, 3000);
        assertArrayEquals(all, jb.received.toByteArray());
        assertTrue(inflater.finished());
        assertEquals(List.of(), ja.events());
        assertEquals(kind == Below.PAIR ? List.of("READING|EOF") : List.of(), jb.events());
    }

    private static BufferFilter deflate(final Deflater deflater) {
        return (source, target, limit, mode) -> {
            final byte[] bytes = Filters.take(source, Integer.MAX_VALUE);
            deflater.setInput(bytes);
            if (mode == FlushMode.FINISHED) {
                deflater.finish();
            }
            final byte[] made = new byte[512];
            for (int n = deflater.deflate(made); n > 0; n = deflater.deflate(made)) {
                target.add(made, 0, n);
            }
            return bytes.length == 0 ? FilterResult.NEED_MORE : FilterResult.OK;
        };
    }

    private static BufferFilter inflate(final Inflater inflater) {
        return (source, target, limit, mode) -> {
            inflater.setInput(Filters.take(source, Integer.MAX_VALUE));
            final byte[] made = new byte[512];
            for (int n = inflater.inflate(made); n > 0; n = inflater.inflate(made)) {
                target.add(made, 0, n);
            }
            return FilterResult.NEED_MORE;
        };
    }

    @Test
    @DisplayName("FLT-06")
    void bytesLeftBelowAtTheMarkAreNotForgotten() {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        ends[1].setWatermark(Directions.READ, 0, 4096);
        final boolean[] begun = new boolean[1];
        final FilterBufferEvent b = loop.filter(
                ends[1],
                (source, target, limit, mode) -> {
                    if (!begun[0]) {
                        begun[0] = true;
                        target.add(new byte[20]);
                    }
                    target.add(Filters.take(source, Filters.room(limit) - target.length()));
                    return FilterResult.OK;
                },
                null,
                Options.NONE);
        b.setWatermark(Directions.READ, 0, 4096);
        final Journal journal = Journal.of(b);
        b.enable(Directions.READ);
        ends[0].write(bytes(4096));
        loop.until(() -> journal.received.size() == 4116);
        assertEquals(List.of(4096L, 20L), journal.inputs);
        loop.staysQuiet(ends[0], ends[1], b);
    }

    @ParameterizedTest
    @EnumSource(Below.class)
    @DisplayName("FLT-07")
    void eachCompleteFrameIsOneCallback(final Below kind) throws IOException {
        final BufferEvent[] ends = loop.couple(kind, Options.NONE);
        final FilterBufferEvent b = loop.filter(ends[1], frames(10), null, Options.NONE);
        final Journal journal = Journal.of(b);
        b.enable(Directions.READ);
        for (int i = 0; i < 100; i++) {
            ends[0].write(bytes(100), i, 1);
            final int sent = i + 1;
            loop.until(() -> journal.received.size() + ends[1].input().length() == sent);
        }
        assertEquals(10, journal.count("read"));
        assertArrayEquals(bytes(100), journal.received.toByteArray());
    }

    private static BufferFilter frames(final int size) {
        return (source, target, limit, mode) -> {
            if (source.length() < size) {
                return FilterResult.NEED_MORE;
            }
            source.removeBuffer(target, size);
            return FilterResult.OK;
        };
    }

    @Test
    @DisplayName("FLT-08")
    void theLimitIsTheRoomBelowTheMark() {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        final Watched watched = new Watched(Directions.READ, Filters.xor(0));
        final FilterBufferEvent b = loop.filter(ends[1], watched, null, Options.NONE);
        watched.owner(b);
        Journal.of(b).onRead(source -> {});
        b.enable(Directions.READ);
        ends[0].write(bytes(40));
        loop.turns(3);
        assertEquals(List.of(-1L), watched.limits);
        b.setWatermark(Directions.READ, 0, 100);
        ends[0].write(bytes(10));
        loop.turns(3);
        assertEquals(60, watched.limits.getLast());
        ends[0].write(bytes(5));
        b.flush(Directions.READ, FlushMode.FLUSH);
        assertEquals(-1, watched.limits.getLast());
        b.flush(Directions.READ, FlushMode.FINISHED);
        assertEquals(-1, watched.limits.getLast());
        assertSame(FlushMode.FINISHED, watched.modes.getLast());
        assertEquals(55, b.input().length());
    }

    @ParameterizedTest
    @EnumSource(Below.class)
    @DisplayName("FLT-09, 10.5")
    void theOutputBelowStaysUnderItsMark(final Below kind) throws IOException {
        final BufferEvent[] ends = loop.couple(kind, Options.NONE);
        ends[0].setWatermark(Directions.WRITE, 200, 1000);
        final long[] most = {0};
        ends[0].output().addListener((buffer, change) -> most[0] = Math.max(most[0], buffer.length()));
        final Watched watched = new Watched(Directions.WRITE, Filters.xor(7));
        final FilterBufferEvent a = loop.filter(ends[0], null, watched, Options.NONE);
        watched.owner(a);
        final FilterBufferEvent b = loop.filter(ends[1], Filters.xor(7), null, Options.NONE);
        final Journal journal = Journal.of(b);
        b.enable(Directions.READ);
        a.write(bytes(100_000));
        loop.until(() -> journal.received.size() == 100_000);
        assertTrue(most[0] <= 1000, "output below: " + most[0]);
        assertArrayEquals(bytes(100_000), journal.received.toByteArray());
        loop.staysQuiet(a, b, ends[0], ends[1]);
    }

    @Test
    @DisplayName("FLT-10, BEV-8")
    void bytesBelowLeaveThoughTheFilterMayNotWrite() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        c.transport().takesNothing = true;
        final FilterBufferEvent a = loop.filter(c.socket(), null, Filters.xor(1), Options.NONE);
        a.write(new byte[10]);
        loop.turns(3);
        assertEquals(10, c.socket().output().length());
        assertEquals(10, a.pendingOutput());
        a.disable(Directions.WRITE);
        a.write(new byte[5]);
        c.transport().takesNothing = false;
        loop.until(() -> c.peer().received() == 10);
        loop.turns(5);
        assertEquals(5, a.output().length());
        assertEquals(5, a.pendingOutput());
        a.enable(Directions.WRITE);
        loop.until(() -> c.peer().received() == 15);
    }

    @ParameterizedTest
    @EnumSource(Below.class)
    @DisplayName("FLT-11, BEV-25")
    void aFilterThatDoesNotReadHoldsTheUnderlyingBack(final Below kind) throws IOException {
        final BufferEvent[] ends = loop.couple(kind, Options.NONE);
        final FilterBufferEvent b = loop.filter(ends[1], Filters.xor(1), null, Options.NONE);
        final Journal journal = Journal.of(b);
        ends[0].write(new byte[100]);
        loop.turns(10);
        assertTrue(ends[1].isReadSuspended(SuspendReason.FILTER));
        assertEquals(0, ends[1].input().length());
        b.enable(Directions.READ);
        loop.until(() -> journal.received.size() == 100);
        b.disable(Directions.READ);
        ends[0].write(new byte[50]);
        loop.turns(10);
        assertEquals(0, ends[1].input().length());
        if (ends[1] instanceof final SocketBufferEvent socket) {
            assertFalse(socket.wire().isWatchingRead());
        }
        b.enable(Directions.READ);
        loop.until(() -> journal.received.size() == 150);
        loop.staysQuiet(b, ends[0], ends[1]);
    }

    @Test
    @DisplayName("10.2: a filter that does nothing is not called again")
    void aFilterThatMovesNothingIsLeftAlone() {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        final Watched lazy = new Watched(Directions.READ, (source, target, limit, mode) -> FilterResult.OK);
        final FilterBufferEvent b = loop.filter(ends[1], lazy, null, Options.NONE);
        lazy.owner(b);
        final Journal journal = Journal.of(b);
        b.enable(Directions.READ);
        ends[0].write(bytes(10));
        loop.turns(10);
        assertEquals(1, lazy.modes.size());
        b.write(bytes(1));
        loop.turns(10);
        assertEquals(1, lazy.modes.size());
        ends[0].write(bytes(10));
        loop.turns(10);
        assertEquals(2, lazy.modes.size());
        assertEquals(List.of("write"), journal.lines);
        loop.staysQuiet(b, ends[0], ends[1]);
    }

    @Test
    @DisplayName("section 7: a filter that keeps its buffers finds them frozen")
    void buffersKeptByAFilterAreFrozen() {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        final EvBuffer[] kept = new EvBuffer[2];
        final FilterBufferEvent a = loop.filter(
                ends[0],
                null,
                (source, target, limit, mode) -> {
                    kept[0] = source;
                    kept[1] = target;
                    return FilterResult.NEED_MORE;
                },
                Options.NONE);
        a.write(bytes(10));
        loop.turns(3);
        assertNotNull(kept[0]);
        assertThrows(FrozenBufferException.class, () -> kept[0].drain(1));
        assertThrows(FrozenBufferException.class, () -> kept[1].add(bytes(1)));
    }

    // ---- stacks, marks, times ---------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(Below.class)
    @DisplayName("FLT-15")
    void layersNest(final Below kind) throws IOException {
        final BufferEvent[] ends = loop.couple(kind, Options.NONE);
        BufferEvent a = ends[0];
        BufferEvent b = ends[1];
        for (final char mark : "abc".toCharArray()) {
            a = loop.filter(a, null, brackets(mark), Options.NONE);
            b = loop.filter(b, unbrackets(mark), null, Options.NONE);
        }
        final Journal journal = Journal.of(b);
        b.enable(Directions.READ);
        a.write("hello".getBytes(StandardCharsets.US_ASCII));
        assertTrue(a.flush(Directions.WRITE, FlushMode.FLUSH));
        if (kind == Below.PAIR) {
            assertEquals("abchellocba", new String(ends[1].input().copyToArray(), StandardCharsets.US_ASCII));
        } else {
            assertEquals(0, ends[0].output().length(), "given to the kernel inside the call");
        }
        loop.until(() -> journal.received.size() == 5);
        assertEquals("hello", journal.text());
        assertSame(ends[0], ((FilterBufferEvent) ((FilterBufferEvent) a.underlying()).underlying()).underlying());
    }

    private static BufferFilter brackets(final char mark) {
        return (source, target, limit, mode) -> {
            if (!source.isEmpty()) {
                target.add(new byte[] {(byte) mark});
                target.addBuffer(source);
                target.add(new byte[] {(byte) mark});
            }
            return FilterResult.OK;
        };
    }

    private static BufferFilter unbrackets(final char mark) {
        return (source, target, limit, mode) -> {
            final long second = source.search(new byte[] {(byte) mark}, 1);
            if (second < 0) {
                return FilterResult.NEED_MORE;
            }
            source.drain(1);
            source.removeBuffer(target, second - 1);
            source.drain(1);
            return FilterResult.OK;
        };
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 100})
    @DisplayName("FLT-16")
    void noFiltersAreTransparent(final long high) throws IOException {
        for (final Below kind : Below.values()) {
            final BufferEvent[] ends = loop.couple(kind, Options.NONE);
            final ByteArrayOutputStream[] got = {new ByteArrayOutputStream(), new ByteArrayOutputStream()};
            for (int i = 0; i < 2; i++) {
                final ByteArrayOutputStream mine = got[i];
                final FilterBufferEvent layer = loop.filter(ends[i], null, null, Options.NONE);
                layer.setWatermark(Directions.READ, 0, high);
                final Journal journal = Journal.of(layer);
                journal.onRead(source -> {
                    assertTrue(high == 0 || source.input().length() <= high);
                    mine.writeBytes(Filters.take(source.input(), Integer.MAX_VALUE));
                });
                layer.enable(Directions.READ);
                layer.write(bytes(20_000));
            }
            loop.until(() -> got[0].size() == 20_000 && got[1].size() == 20_000);
            assertArrayEquals(bytes(20_000), got[0].toByteArray());
            assertArrayEquals(bytes(20_000), got[1].toByteArray());
        }
    }

    @Test
    @DisplayName("WM-07, WM-08: on a filter")
    void marksOfAFilterAreItsOwn() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        c.socket().setWatermark(Directions.WRITE, 0, 100);
        final FilterBufferEvent filter = loop.filter(c.socket(), Filters.xor(0), Filters.xor(0), Options.NONE);
        final Journal journal = Journal.of(filter).onRead(source -> {});
        filter.setWatermark(Directions.WRITE, 250, 0);
        filter.setWatermark(Directions.READ, 5, 0);
        filter.enable(Directions.READ);
        filter.write(bytes(1000));
        loop.until(() -> c.peer().received() == 1000);
        loop.turns(3);
        assertTrue(journal.outputs.stream().allMatch(length -> length <= 250), () -> "" + journal.outputs);
        assertEquals(0L, journal.outputs.getLast());
        c.peer().send(4);
        loop.until(() -> filter.input().length() == 4);
        loop.turns(50);
        assertEquals(0, journal.count("read"));
        c.peer().send(1);
        loop.until(() -> journal.has("read"));
        loop.turns(50);
        assertEquals(1, journal.count("read"));
    }

    @ParameterizedTest
    @EnumSource(Below.class)
    @DisplayName("TMO-07")
    void eachDirectionTimesOutWhereItHasSomethingToDo(final Below kind) throws IOException {
        final BufferEvent[] ends = loop.couple(kind, Options.NONE);
        ends[0].setWatermark(Directions.WRITE, 0, 10);
        if (ends[0] instanceof final SocketBufferEvent socket) {
            ((RecordingTransport) socket.transport()).takesNothing = true;
        }
        final FilterBufferEvent a = loop.filter(ends[0], Filters.xor(0), Filters.xor(0), Options.NONE);
        final FilterBufferEvent b = loop.filter(ends[1], Filters.xor(0), Filters.xor(0), Options.NONE);
        final Journal ja = Journal.of(a);
        final Journal jb = Journal.of(b);
        a.setTimeouts(150 * MS, 100 * MS);
        b.setTimeouts(150 * MS, 100 * MS);
        a.enable(Directions.READ);
        a.write(bytes(100));
        loop.turns(2);
        loop.pass(99);
        assertEquals(List.of(), ja.events());
        loop.pass(1);
        assertEquals(List.of("WRITING|TIMEOUT"), ja.events());
        loop.pass(49);
        assertEquals(1, ja.events().size());
        loop.pass(1);
        assertEquals(List.of("WRITING|TIMEOUT", "READING|TIMEOUT"), ja.events());
        loop.pass(500);
        assertEquals(2, ja.events().size());
        assertEquals(List.of(), jb.lines);
    }

    @ParameterizedTest
    @EnumSource(Below.class)
    @DisplayName("FLT-20, IMP-24")
    void anIdleFilterDoesNotTimeOutWriting(final Below kind) throws IOException {
        final BufferEvent[] ends = loop.couple(kind, Options.NONE);
        final FilterBufferEvent a = loop.filter(ends[0], null, Filters.xor(0), Options.NONE);
        final Journal journal = Journal.of(a);
        a.setTimeouts(NEVER, 100 * MS);
        a.enable(Directions.WRITE);
        loop.pass(300);
        assertEquals(List.of(), journal.lines);
        ends[1].enable(Directions.READ);
        a.write(bytes(10));
        loop.until(() -> ends[1].input().length() == 10);
        loop.pass(300);
        assertEquals(List.of("write"), journal.lines);
    }

    @Test
    @DisplayName("TMO-03, section 6: filtered bytes restart the read timer, also in the turn of its expiry")
    void filteredBytesRestartTheReadTimer() {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        final FilterBufferEvent b = loop.filter(ends[1], frames(2), null, Options.NONE);
        final Journal journal = Journal.of(b);
        b.setTimeouts(100 * MS, NEVER);
        b.enable(Directions.READ);
        for (int i = 1; i <= 4; i++) {
            loop.pass(60);
            ends[0].write(bytes(1));
        }
        loop.turns(3);
        assertEquals(
                List.of("READING|TIMEOUT"), journal.lines.stream().limit(1).toList(), "half a frame is no progress");
        b.enable(Directions.READ);
        loop.turns(3);
        loop.pass(99);
        ends[0].write(bytes(2));
        ends[0].flush(Directions.WRITE, FlushMode.FLUSH);
        loop.pass(1);
        assertEquals(1, journal.count("READING|TIMEOUT"));
        loop.pass(100);
        assertEquals(2, journal.count("READING|TIMEOUT"));
    }

    @Test
    @DisplayName("DEF-01, DEF-06, DEF-13: on a filter")
    void deferredNoticesOfAFilterCollapse() throws IOException {
        final BufferEvent[] ends = loop.couple(Options.NONE);
        final FilterBufferEvent b = loop.filter(ends[1], Filters.xor(0), null, Options.DEFER_CALLBACKS);
        final Journal journal = Journal.of(b);
        b.enable(Directions.READ);
        ends[0].write(bytes(10));
        loop.until(() -> journal.received.size() == 10);
        b.trigger(Directions.READ, TriggerOptions.NONE);
        b.trigger(Directions.READ, TriggerOptions.NONE);
        b.disable(Directions.READ);
        loop.turns(3);
        assertEquals(2, journal.count("read"), "collapsed, and not recalled");
        b.trigger(Directions.READ, TriggerOptions.NONE);
        b.setCallbacks(null, null, null);
        loop.turns(3);
        assertEquals(2, journal.count("read"));
    }

    @Test
    @DisplayName("3.4, BEV-21: no operation of a filter runs a callback")
    void noOperationRunsACallback() throws IOException {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        final FilterBufferEvent a = loop.filter(ends[0], Filters.xor(0), Filters.xor(0), Options.NONE);
        ends[1].write(bytes(100));
        ends[1].flush(Directions.WRITE, FlushMode.FLUSH);
        final Journal journal = Journal.of(a);
        a.write(bytes(10));
        a.enable(Directions.BOTH);
        a.flush(Directions.BOTH, FlushMode.FLUSH);
        a.setWatermark(Directions.READ, 0, 10);
        a.input().drain(95);
        a.setTimeouts(1000 * MS, 1000 * MS);
        assertEquals(List.of(), journal.lines);
        loop.turns(4);
        assertEquals(List.of("read", "write"), journal.lines);
    }

    @Test
    @DisplayName("SOC-20: a filter keeps the middle priority")
    void aFilterHasNoPriorityOfItsOwn() throws IOException {
        loop.base().priorityInit(3);
        final FilterBufferEvent filter = loop.filter(loop.create(null, Options.NONE), null, null, Options.NONE);
        assertThrows(IllegalStateException.class, () -> filter.priority(0));
        assertThrows(IllegalArgumentException.class, () -> filter.priority(3));
        assertEquals(1, filter.priority());
        filter.underlying().priority(0);
    }

    @Test
    @DisplayName("CON-01 over a filter: a listener and the first bytes")
    void aConnectionThroughFiltersGreets() throws IOException {
        final ServerSocketChannel listener = loop.listen();
        final SocketBufferEvent socket = loop.create(null, Options.CLOSE_ON_FREE);
        final FilterBufferEvent client = loop.filter(socket, Filters.unhex(), null, Options.CLOSE_ON_FREE);
        final Journal journal = Journal.of(client);
        client.enable(Directions.READ);
        socket.connect(new InetSocketAddress("127.0.0.1", ((InetSocketAddress) listener.getLocalAddress()).getPort()));
        final Peer peer = new Peer(loop.closeLater(listener.accept()));
        peer.send("6869".getBytes(StandardCharsets.US_ASCII));
        peer.close();
        loop.until(() -> journal.has("READING|EOF"));
        assertEquals("hi", journal.text());
        assertEquals("CONNECTED", journal.lines.getFirst());
        assertEquals("READING|EOF", journal.lines.getLast());
    }
}
