package io.evbuffer.bufferevent;

import io.evbuffer.event.Event;
import java.util.List;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * Which of the times of a TLS connection count, in which phase.
 *
 * <pre>
 *                  read timer            write timer                       flight timer
 *   WAITING        without a transport   that of the socket, as connect    -
 *                                        timeout
 *   SHAKING_HANDS  READ is wanted        WRITE is wanted                   until the peer's flight is complete; stands
 *                                                                          still while something is computed here
 *   OPEN           READ is wanted, and   WRITE is wanted, and output has   -
 *                  has not ended         yet to leave
 * </pre>
 *
 * <p>Read and write timer watch for progress. The flight timer, for what the peer has to say next, is moved by nothing but
 * what is said here. In a handshake whichever runs out ends both directions, with TIMEOUT alone, and only if the peer has
 * not answered by then (<b>T1</b>).
 */
final class TlsTimers {
    private final TlsBufferEvent owner;
    private final @Nullable SocketBufferEvent socket; // of its own; null over another BufferEvent
    private final IdleTimer flight;
    private boolean answered; // the peer, in a handshake, since this was last cleared

    TlsTimers(final TlsBufferEvent owner, final @Nullable SocketBufferEvent socket) {
        this.owner = owner;
        this.socket = socket;
        this.flight = new IdleTimer(owner, () -> handshakeTimedOut(null));
    }

    /** How long each flight of the peer may take. Counts from now. */
    void flightNanos(final long nanos) {
        flight.timeoutNanos(nanos);
    }

    long flightNanos() {
        return flight.timeoutNanos();
    }

    // ---- what happens -----------------------------------------------------------------------------------------------

    /** A connect attempt is under way below: it has the time that this may write in. */
    void connecting() {
        if (socket != null) {
            socket.setTimeouts(Event.NO_TIMEOUT, owner.writeTimeoutNanos());
        }
    }

    /** The connection stands, and from now on time counts here. */
    void connectionStands() {
        if (socket != null) {
            socket.setTimeouts(Event.NO_TIMEOUT, Event.NO_TIMEOUT);
        }
    }

    /** The peer has said enough of its flight that something has to be done about it. */
    void answered() {
        answered = true;
    }

    /** Something was said to the peer, whose time counts from now. */
    void flightSaid() {
        answered = true;
        flight.progressed();
    }

    /** Bytes came from below. */
    void belowArrived() {
        if (owner.handshake.isUnderWay()) {
            owner.readTimer.progressed();
            owner.writeTimer.progressed();
        } else if (socket != null) {
            owner.readTimer.progressed();
        }
    }

    /** Makes those run that have to, and no others; the read timer has its own occasions. */
    void settle() {
        if (!awaitsFlight()) {
            flight.cancel();
        } else if (owner.tasks.isRunning()) {
            flight.pause();
        } else {
            flight.goOn();
        }
        if (!countsForOutput()) {
            owner.writeTimer.cancel();
        } else if (!owner.writeTimer.isArmed()) {
            owner.writeTimer.resume();
        }
    }

    /** What counts does so from now on. */
    void restart() {
        restartRead();
        restartWrite();
        if (owner.handshake.phase() == TlsPhase.WAITING) {
            connecting();
        }
    }

    void restartRead() {
        if (countsForInput() && owner.wants(Directions.READ)) {
            owner.readTimer.restart();
        }
    }

    void restartWrite() {
        if (countsForOutput()) {
            owner.writeTimer.restart();
        }
    }

    /** Another phase begins, or another connection. */
    void cancelBoth() {
        owner.readTimer.cancel();
        owner.writeTimer.cancel();
    }

    void collectEvents(final List<Event> events) {
        flight.collectEvent(events);
    }

    void close() {
        flight.close();
    }

    // ---- what counts ------------------------------------------------------------------------------------------------

    /** In a handshake a flight of the peer is not complete, or it does not take what was said. */
    private boolean awaitsFlight() {
        return owner.handshake.isUnderWay()
                && owner.isWorking()
                && owner.enabled() != Directions.NONE
                && !owner.news.restsHandshake();
    }

    private boolean countsForInput() {
        return switch (owner.handshake.phase()) {
            case WAITING -> hasNoTransport();
            case SHAKING_HANDS -> true;
            case OPEN -> !owner.news.isInputOver();
            case TELLING, OVER -> false;
        };
    }

    private boolean hasNoTransport() {
        return socket != null && socket.transport() == null && !socket.isLookingUp();
    }

    /** Counts what waits here, and what waits to be given to the system where the socket is this one's own. */
    boolean countsForOutput() {
        return switch (owner.handshake.phase()) {
            case SHAKING_HANDS -> owner.wants(Directions.WRITE);
            case OPEN ->
                owner.wants(Directions.WRITE)
                        && (socket == null ? !owner.output().isEmpty() : owner.pendingOutput() > 0);
            case WAITING, TELLING, OVER -> false;
        };
    }

    // ---- what runs out ----------------------------------------------------------------------------------------------

    /** Whichever it is of the three; {@code watching} for progress, or null for a flight, which has to be complete. */
    void handshakeTimedOut(final @Nullable IdleTimer watching) {
        owner.life.hold();
        try {
            final SSLEngine asked = owner.engine();
            answered = owner.isHeldBelow(Directions.READ) || owner.isHeldBelow(Directions.WRITE);
            owner.below.triesAtLast(Directions.READ); // what has arrived by now counts
            owner.below.triesAtLast(Directions.WRITE);
            if (owner.isWorking()) {
                owner.work(false);
            }
            if (!answered
                    && asked == owner.engine() // what was found may have led to another connection
                    && awaitsFlight()
                    && !owner.tasks.isRunning()
                    && (watching == null || !watching.goesOn())) {
                owner.endDirection(
                        Directions.BOTH, EventFlags.TIMEOUT, new ConnectionException.ConnectTimeout(null, null), false);
            } else if (owner.isWorking()) {
                restart();
            }
        } finally {
            owner.life.letGo();
        }
    }
}
