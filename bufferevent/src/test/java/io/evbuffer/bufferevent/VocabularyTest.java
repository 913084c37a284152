package io.evbuffer.bufferevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import org.junit.jupiter.api.Test;

/** The four vocabularies, the suspend reasons, and the kinds of causes. */
class VocabularyTest {
    @Test
    void everySetOfDirectionsExistsOnce() {
        assertSame(Directions.BOTH, Directions.READ.with(Directions.WRITE));
        assertSame(Directions.READ, Directions.BOTH.without(Directions.WRITE));
        assertSame(Directions.NONE, Directions.READ.without(Directions.BOTH));
        assertTrue(Directions.BOTH.has(Directions.READ));
        assertTrue(Directions.READ.has(Directions.NONE));
        assertFalse(Directions.READ.has(Directions.BOTH));
        assertEquals("READ|WRITE", Directions.BOTH.toString());
        assertEquals("NONE", Directions.NONE.toString());
    }

    @Test
    void everySetOfFlagsExistsOnce() {
        final EventFlags end = EventFlags.EOF.with(EventFlags.READING);
        assertSame(end, EventFlags.READING.with(EventFlags.EOF));
        assertSame(EventFlags.EOF, end.without(EventFlags.READING));
        assertTrue(end.has(EventFlags.EOF));
        assertFalse(end.has(EventFlags.ERROR.with(EventFlags.EOF)));
        assertEquals("READING|EOF", end.toString());
        assertEquals("CONNECTED", EventFlags.CONNECTED.toString());
    }

    @Test
    void everySetOfOptionsExistsOnce() {
        final Options both = Options.CLOSE_ON_FREE.with(Options.DEFER_CALLBACKS);
        assertSame(both, Options.DEFER_CALLBACKS.with(Options.CLOSE_ON_FREE));
        assertTrue(both.has(Options.CLOSE_ON_FREE));
        assertFalse(both.has(Options.UNLOCK_CALLBACKS));
        assertEquals("CLOSE_ON_FREE|DEFER_CALLBACKS", both.toString());
        final TriggerOptions all = TriggerOptions.DEFER.with(TriggerOptions.IGNORE_WATERMARKS);
        assertSame(all, TriggerOptions.IGNORE_WATERMARKS.with(TriggerOptions.DEFER));
        assertTrue(all.has(TriggerOptions.DEFER));
        assertFalse(TriggerOptions.NONE.has(TriggerOptions.DEFER));
        assertEquals("IGNORE_WATERMARKS|DEFER", all.toString());
    }

    @Test
    void aDirectionGoesOnOnlyWhenItsLastReasonIsGone() {
        final SuspendReasons reasons = new SuspendReasons();
        assertTrue(reasons.isEmpty());
        assertTrue(reasons.add(SuspendReason.WATERMARK), "the first stops it");
        assertFalse(reasons.add(SuspendReason.WATERMARK));
        assertFalse(reasons.add(SuspendReason.BANDWIDTH));
        assertFalse(reasons.remove(SuspendReason.WATERMARK), "another one still holds");
        assertFalse(reasons.remove(SuspendReason.WATERMARK), "it is not set");
        assertTrue(reasons.has(SuspendReason.BANDWIDTH));
        assertFalse(reasons.isEmpty());
        assertTrue(reasons.remove(SuspendReason.BANDWIDTH), "the last lets it go on");
        assertFalse(reasons.remove(SuspendReason.BANDWIDTH), "clearing what is not set is no resume");
    }

    @Test
    void causesAreToldApartByTypeAndText() {
        assertInstanceOf(
                ConnectionException.ConnectRefused.class,
                ConnectionException.whileConnecting(new ConnectException("Connection refused"), null));
        assertInstanceOf(
                ConnectionException.ConnectTimeout.class,
                ConnectionException.whileConnecting(new ConnectException("Connection timed out"), null));
        assertInstanceOf(
                ConnectionException.PeerReset.class,
                ConnectionException.whileConnecting(new SocketException("Connection reset"), null));
        assertInstanceOf(
                ConnectionException.PeerReset.class,
                ConnectionException.transferring(new IOException("Connection reset by peer")));
        assertInstanceOf(
                ConnectionException.BrokenPipe.class, ConnectionException.transferring(new IOException("Broken pipe")));
        final IOException other = new IOException((String) null);
        final ConnectionException io = ConnectionException.transferring(other);
        assertInstanceOf(ConnectionException.Io.class, io);
        assertSame(other, io.getCause());
        assertEquals(0, io.getStackTrace().length);
    }
}
