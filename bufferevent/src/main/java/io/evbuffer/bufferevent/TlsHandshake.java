package io.evbuffer.bufferevent;

import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The handshake of a TLS connection, and so the phase in which the connection is.
 *
 * <pre>
 *   WAITING --connected below, a direction enabled--&gt; SHAKING_HANDS --done--&gt; TELLING --told--&gt; OPEN
 *      |                                                 |   ^                                   |
 *      |                                            failed   '----------- renegotiate -----------'
 *      |                                                 v
 *      |------------ transport taken away -----------&gt; OVER        (another transport: WAITING again)
 *      '--connected, and the engine was given with its handshake done--&gt; OPEN
 * </pre>
 *
 * <p>It uses both directions, whichever is enabled, and is told to go on ({@link #goOn}) whenever something may have come or
 * gone. <b>Invariants:</b> <b>H1</b> it rests while its failure, or a want of memory, waits to be told. <b>H2</b> no data
 * moves but in OPEN, which begins when CONNECTED was told (BEV-29).
 */
final class TlsHandshake {
    private final TlsBufferEvent owner;
    private final TlsEngines engines;
    private final TlsState role;
    private TlsPhase phase = TlsPhase.WAITING;
    private boolean connected; // the underlying said so

    TlsHandshake(final TlsBufferEvent owner, final TlsEngines engines, final TlsState role) {
        this.owner = owner;
        this.engines = engines;
        this.role = role;
    }

    TlsPhase phase() {
        return phase;
    }

    boolean isUnderWay() {
        return phase == TlsPhase.SHAKING_HANDS;
    }

    /** Data may flow. */
    boolean isOpen() {
        return phase == TlsPhase.OPEN;
    }

    /** The underlying is connected. */
    void belowConnected() {
        connected = true;
    }

    /** Another transport; null if there is none any more. */
    void restart(final boolean withTransport) {
        phase = withTransport ? TlsPhase.WAITING : TlsPhase.OVER;
        connected = false;
    }

    /** Does what can be done of it by now. */
    void goOn() {
        if (phase == TlsPhase.WAITING) {
            begin();
        }
        if (phase == TlsPhase.SHAKING_HANDS) {
            shakeHands();
        }
    }

    private void begin() {
        if (owner.enabled() == Directions.NONE || !(connected || owner.below.isConnected())) {
            return;
        }
        engines.begun();
        owner.timers.connectionStands();
        if (role == TlsState.OPEN) {
            phase = TlsPhase.OPEN;
            owner.timers.restart();
            return;
        }
        try {
            owner.engine().beginHandshake();
            begun();
        } catch (final SSLException e) {
            fail(e);
        }
    }

    /**
     * Begins another one.
     *
     * @throws IllegalStateException if there can be none; nothing has changed.
     */
    void renegotiate() {
        if (phase != TlsPhase.OPEN || owner.news.isInputOver() || owner.news.isOutputOver()) {
            throw owner.refused("renegotiate", "it is " + phase);
        }
        final String protocol = owner.engine().getSession().getProtocol();
        if ("TLSv1.3".equals(protocol)) {
            throw owner.refused("renegotiate", protocol + " has no renegotiation");
        }
        try {
            owner.engine().beginHandshake();
        } catch (final SSLException e) {
            throw new IllegalStateException("renegotiate refused on " + owner, e);
        }
        if (!tls().isShakingHands()) {
            throw owner.refused("renegotiate", "its engine knows no second handshake");
        }
        begun();
    }

    private void begun() {
        phase = TlsPhase.SHAKING_HANDS;
        owner.timers.cancelBoth();
        owner.timers.restart();
    }

    private void shakeHands() {
        try {
            boolean goesOn = true;
            while (goesOn && mayGoOn()) {
                if (tls().needsTask()) {
                    owner.tasks.start(tls().engine());
                    return;
                }
                goesOn = tls().needsWrap() ? owner.writer.wrap(0) || !tls().needsWrap() : owner.reader.unwrap();
                if (tls().engine().isInboundDone()) {
                    throw new SSLException("the peer closed during the handshake");
                }
                if (goesOn && (tls().hasFinished() || !tls().isShakingHands())) {
                    succeed();
                }
            }
        } catch (final SSLException e) {
            fail(e);
            return;
        }
        if (owner.reader.hasEndedBelow() && mayGoOn()) {
            final Throwable why = owner.reader.failureBelow();
            if (why == null) {
                fail(new SSLException("the peer ended the stream during the handshake"));
            } else {
                end(why);
            }
        }
    }

    private boolean mayGoOn() {
        return phase == TlsPhase.SHAKING_HANDS && !owner.news.restsHandshake() && owner.enabled() != Directions.NONE;
    }

    private void succeed() {
        phase = TlsPhase.TELLING;
        owner.news.connected();
        owner.timers.cancelBoth();
    }

    private void fail(final SSLException why) {
        owner.errors.add(why);
        owner.writer.sayFarewell();
        end(new ConnectionException.TlsFailure(why));
    }

    /** It has failed, and the connection with it. */
    void end(final @Nullable Throwable why) {
        phase = TlsPhase.OVER;
        owner.news.handshakeFailed(why);
    }

    /** CONNECTED was told, or nobody wanted to know: data may flow. */
    void told() {
        if (phase == TlsPhase.TELLING) {
            phase = TlsPhase.OPEN;
            owner.timers.restart();
            if (owner.access.isForeign()) {
                owner.request(); // its closer is another thread; the work is the loop's
            } else {
                owner.work(true);
            }
        }
    }

    /** Not to be kept across a step: a listener of a buffer may set another transport. */
    private TlsEngine tls() {
        return owner.tls();
    }
}
