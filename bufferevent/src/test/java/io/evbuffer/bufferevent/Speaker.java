package io.evbuffer.bufferevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.memory.BufferLimitException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One end of a connection: sends its stream in pieces, checks the one that comes, and meddles with its BufferEvent in every
 * callback.
 */
final class Speaker {
    private static final long MS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(30);
    private static final int PIECE = 4000;

    private final ConnectionsRun run;
    private final SplittableRandom plan;
    private final BufferEvent socket;
    private final boolean client;
    private final Stream out;
    private @Nullable Stream in; // known once its header came
    private int epoch; // of the callbacks that are set
    private boolean connected;
    private boolean readEnded; // and not enabled since
    private boolean halfClosed;
    private boolean triggered; // the callback that runs is not due to an arrival
    private boolean waiting; // a timer will go on with sending
    private boolean closed;

    /** With {@code isTold} it is told CONNECTED; else it is connected from the beginning. */
    Speaker(final ConnectionsRun run, final BufferEvent socket, final boolean client, final boolean isTold) {
        this.run = run;
        this.plan = run.plan;
        this.socket = socket;
        this.client = client;
        this.connected = !isTold;
        this.out = run.newStream();
    }

    void begin() {
        setCallbacks();
        socket.setTimeouts(PATIENCE, PATIENCE);
        socket.enable(Directions.READ.with(Directions.WRITE));
        send();
    }

    boolean isClosed() {
        return closed;
    }

    // ---- callbacks --------------------------------------------------------------------------------------------------

    private void setCallbacks() {
        final int mine = ++epoch;
        socket.setCallbacks(
                source -> checked(mine, () -> read()),
                source -> checked(mine, () -> written()),
                (source, what, cause) -> checked(mine, () -> event(what, cause)));
    }

    private void checked(final int mine, final Runnable callback) {
        try {
            assertFalse(closed, "BEV-2: callback after close");
            assertEquals(epoch, mine, "BEV-2: callback of a slot that was cleared");
            callback.run();
        } catch (final AssertionError e) {
            run.fail(e);
        }
    }

    private void read() {
        check();
        assertTrue(connected, "BEV-14: read before connected");
        assertFalse(readEnded, "BEV-28: read after the end");
        if (isToldAtOnce() && !triggered) {
            assertTrue(socket.input().length() >= socket.lowWatermark(Directions.READ), "BEV-3");
        }
        take(plan.nextInt(4) == 0 ? 1 + plan.nextInt(3000) : Integer.MAX_VALUE);
        meddle();
    }

    /** A pair's notices are always deferred: what they tell of may have changed. */
    private boolean isToldAtOnce() {
        return !socket.options().has(Options.DEFER_CALLBACKS) && !(socket instanceof PairBufferEvent);
    }

    private void written() {
        check();
        // a layer says that the underlying took the bytes, which it does before it is connected
        assertTrue(connected || socket.underlying() != null, "BEV-14: write before connected");
        if (isToldAtOnce() && !(socket instanceof TlsBufferEvent)) {
            assertTrue(socket.output().length() <= socket.lowWatermark(Directions.WRITE), "BEV-4");
        }
        send();
        meddle();
    }

    private void event(final EventFlags what, final @Nullable Throwable cause) {
        BufferEventInvariants.atEvent(socket, true, what);
        if (what.has(EventFlags.CONNECTED)) {
            assertFalse(connected, "BEV-14: connected twice");
            assertTrue(what == EventFlags.CONNECTED, () -> "BEV-18: with " + what);
            connected = true;
            send();
            meddle();
            return;
        }
        final boolean gentle = run.manner != ConnectionsRun.Manner.ROUGH;
        if (what.has(EventFlags.ERROR) || what.has(EventFlags.TIMEOUT)) {
            assertFalse(gentle, () -> what + " because of " + cause);
            assertTrue(cause != null, () -> "IMP-10: no cause of " + what);
            if (!connected) {
                run.unconnected++;
                final boolean handshake = socket instanceof TlsBufferEvent; // can fail when the connection stands
                assertFalse(
                        what.has(EventFlags.READING) && socket.underlying() == null && !handshake,
                        () -> "BEV-14: " + what);
            }
            abandon();
            return;
        }
        assertTrue(connected, () -> "BEV-14: " + what + " before connected");
        assertTrue(what == EventFlags.READING.with(EventFlags.EOF), what::toString);
        assertFalse(readEnded, "BEV-28: two ends");
        readEnded = true;
        take(Integer.MAX_VALUE);
        if (in != null) {
            in.endReceived();
        }
        if (out.unsent() == 0) {
            leave();
        }
    }

    private void check() {
        BufferEventInvariants.atCallback(socket, true);
    }

    // ---- bytes ------------------------------------------------------------------------------------------------------

    private void take(final int most) {
        if (in == null) {
            if (socket.input().length() < Stream.HEADER) {
                return;
            }
            final byte[] header = new byte[Stream.HEADER];
            socket.input().copyOut(header, 0, header.length);
            in = run.stream(ByteBuffer.wrap(header).getInt());
        }
        final byte[] bytes = new byte[(int) Math.min(most, socket.input().length())];
        assertEquals(bytes.length, socket.read(bytes, 0, bytes.length));
        in.receive(bytes);
    }

    /** Appends the next piece or two; later pieces come with write callbacks and timers. */
    private void send() {
        if (closed || halfClosed) {
            return;
        }
        try {
            int pieces = 1 + plan.nextInt(3);
            while (pieces-- > 0 && out.unsent() > 0) {
                final int count = Math.min(out.unsent(), 1 + plan.nextInt(PIECE));
                socket.write(out.next(count));
                out.sent(count);
            }
        } catch (final BufferLimitException e) {
            sendLater(); // nothing was appended
            return;
        }
        if (out.unsent() == 0) {
            out.end();
            if (readEnded) {
                leave();
            } else {
                halfClosed = true;
                socket.shutdownOutput();
            }
        } else if (plan.nextInt(4) == 0) {
            sendLater();
        }
    }

    private void sendLater() {
        if (!waiting) {
            waiting = true;
            run.base.once(
                    (event, bits) -> checkedLater(() -> {
                        waiting = false;
                        send();
                    }),
                    null,
                    1 + plan.nextLong(200 * MS));
        }
    }

    /** Work of a timer, if the connection is still there. */
    private void checkedLater(final Runnable work) {
        if (!closed) {
            try {
                work.run();
            } catch (final AssertionError e) {
                run.fail(e);
            }
        }
    }

    // ---- meddling ---------------------------------------------------------------------------------------------------

    private void meddle() {
        if (closed) {
            return;
        }
        run.meddled++;
        switch (plan.nextInt(run.manner == ConnectionsRun.Manner.CALM ? 20 : 14)) {
            case 0 -> pauseReading();
            case 1 -> pauseWriting();
            case 2 -> {
                final int low = plan.nextInt(2000);
                socket.setWatermark(
                        Directions.READ, low, plan.nextBoolean() ? 0 : Math.max(1, low + plan.nextInt(4000)));
                triggerLater(); // marks raise no notice, and the input may be at the new one already
            }
            case 3 -> socket.setWatermark(Directions.WRITE, plan.nextInt(3000), 0);
            case 4 -> setCallbacks();
            case 5 -> {
                socket.maxSingleRead(1 + plan.nextInt(5000));
                socket.maxSingleWrite(1 + plan.nextInt(5000));
            }
            case 6 -> {
                if (!run.standsOnPairs()) {
                    socket.flush(Directions.WRITE, FlushMode.FLUSH);
                }
            }
            case 7 -> socket.setTimeouts(PATIENCE + plan.nextLong(PATIENCE), PATIENCE + plan.nextLong(PATIENCE));
            case 8 -> triggerLater();
            case 9 -> {
                socket.retain();
                run.base.once((event, bits) -> socket.release(), null, plan.nextLong(500 * MS));
            }
            case 10 -> {
                if (run.manner == ConnectionsRun.Manner.ROUGH && plan.nextInt(8) == 0) {
                    misbehave();
                }
            }
            default -> assertFalse(closed);
        }
    }

    private void misbehave() {
        switch (plan.nextInt(4)) {
            case 0 -> abandon();
            case 1 -> {
                final Speaker other = run.anyone();
                if (other != null) {
                    other.abandon();
                }
            }
            case 2 -> leaveEarly();
            default -> throw new Tantrum();
        }
    }

    private void pauseReading() {
        if (!readEnded) {
            socket.disable(Directions.READ);
            run.base.once(
                    (event, bits) -> checkedLater(() -> {
                        if (!readEnded) {
                            socket.enable(Directions.READ);
                        }
                    }),
                    null,
                    plan.nextLong(300 * MS));
        }
    }

    private void pauseWriting() {
        socket.disable(Directions.WRITE);
        run.base.once(
                (event, bits) -> checkedLater(() -> socket.enable(Directions.WRITE)), null, plan.nextLong(300 * MS));
    }

    private void triggerLater() {
        run.base.once((event, bits) -> checkedLater(this::triggerRead), null, plan.nextLong(20 * MS));
    }

    private void triggerRead() {
        if (connected && !readEnded) {
            triggered = true;
            try {
                socket.trigger(Directions.READ, TriggerOptions.IGNORE_WATERMARKS);
            } finally {
                triggered = false;
            }
        }
    }

    // ---- the end ----------------------------------------------------------------------------------------------------

    /** All was appended and all has come. */
    private void leave() {
        closed();
        socket.closeAfterFlush(PATIENCE);
    }

    /** Goes as soon as what was appended has left, whatever else was to come. */
    private void leaveEarly() {
        out.abandon();
        closed();
        socket.closeAfterFlush(1 + plan.nextLong(PATIENCE));
    }

    /** Goes at once; what did not leave is lost. */
    void abandon() {
        if (!closed) {
            out.abandon();
            closed();
            socket.close();
        }
    }

    private void closed() {
        closed = true;
        if (client) {
            run.clientClosed();
        }
    }

    void atEnd() {
        if (!closed) {
            throw new AssertionError("left open: " + socket + ", " + out);
        }
        assertTrue(socket.isClosed());
    }

    /** What a callback throws that has no good reason to. */
    static final class Tantrum extends RuntimeException {
        private static final long serialVersionUID = 1;
    }
}
