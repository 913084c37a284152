package io.evbuffer.bufferevent;

import io.evbuffer.BufferEnd;
import io.evbuffer.EvBuffer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The way in of a TLS connection: from the records below to plain bytes in the input, and to the end of the stream.
 *
 * <p>A turn decrypts as much as a socket reads in one. An engine may have something to do or to say before it decrypts more:
 * a computation, an answer of a handshake. Then this waits for that, and the underlying does not read meanwhile, as nobody
 * has a use for what it would bring (BEV-25).
 *
 * <p>The end of the stream below is found at once but counts only behind the last record that came before it.
 * <b>Invariants:</b> <b>R1</b> the tail of the input is open while a record is being decrypted only. <b>R2</b> a record is
 * decrypted only while READ is wanted, or a handshake cannot go on without it.
 */
final class TlsReader {
    private static final int TRANSFERS_PER_TURN = SocketReader.TRANSFERS_PER_TURN;

    private final TlsBufferEvent owner;
    private final BufferEvent below;
    private boolean endedBelow; // nothing more will come from there
    private @Nullable Throwable failureBelow; // why, if it did not end well

    TlsReader(final TlsBufferEvent owner) {
        this.owner = owner;
        this.below = owner.below;
    }

    /** Nothing more will come from below; {@code failure} if it did not end well. */
    void endBelow(final @Nullable Throwable failure) {
        endedBelow = true;
        failureBelow = failure;
    }

    boolean hasEndedBelow() {
        return endedBelow;
    }

    @Nullable
    Throwable failureBelow() {
        return failureBelow;
    }

    /** Another transport: its end has not come yet. */
    void restart() {
        endedBelow = false;
        failureBelow = null;
    }

    /** Records of another connection mean nothing to this one. */
    void discardBelow() {
        final EvBuffer in = below.input();
        in.drain(in.length());
    }

    /** Says whether this has a use for what the underlying may read. */
    boolean wantsMoreBelow() {
        if (!owner.isWorking() || owner.tasks.isRunning()) {
            return false;
        }
        return switch (owner.handshake.phase()) {
            case WAITING, SHAKING_HANDS -> owner.enabled() != Directions.NONE;
            case OPEN -> !owner.news.isInputOver() && !owner.writer.mustWriteToRead() && wants();
            case TELLING, OVER -> false;
        };
    }

    private boolean wants() {
        return owner.wants(Directions.READ) || mustReadToWrite();
    }

    /** A handshake that the peer began, or that was begun again, waits for it: no matter who wants to read. */
    private boolean mustReadToWrite() {
        return tls().needsUnwrap() && !owner.isReadSuspended(SuspendReason.WATERMARK);
    }

    private boolean mayRead() {
        return owner.handshake.isOpen()
                && !owner.news.isInputOver()
                && !owner.news.hasInputEnd()
                && !owner.tasks.isRunning()
                && wants();
    }

    /** Decrypts what a turn may. */
    void pump() {
        long budget = (long) TRANSFERS_PER_TURN * owner.maxSingleRead();
        try {
            while (mayRead()) {
                if (budget <= 0) {
                    owner.request();
                    return;
                }
                if (tls().needsTask()) {
                    owner.tasks.start(tls().engine());
                    return;
                }
                if (tls().needsWrap()) {
                    if (!owner.writer.sayFirst()) {
                        return;
                    }
                } else if (!unwrap()) {
                    break;
                }
                budget -= tls().consumed();
                if (tls().engine().isInboundDone()) {
                    owner.writer.peerIsDone();
                    owner.news.inputEnded();
                }
            }
            if (endedBelow && mayRead()) {
                endTruncated();
            }
        } catch (final SSLException e) {
            owner.errors.add(e);
            owner.news.inputFailed(new ConnectionException.TlsFailure(e));
            owner.writer.sayFarewell();
        }
    }

    private void endTruncated() {
        final Throwable why = failureBelow;
        final boolean within = !below.input().isEmpty();
        if (why != null) {
            owner.news.inputFailed(why);
        } else if (within || !owner.flags().has(TlsFlags.DIRTY_SHUTDOWN)) {
            final SSLException cut = new SSLException(
                    within ? "the stream ended within a record" : "the stream ended without close_notify");
            owner.errors.add(cut);
            owner.news.inputFailed(new ConnectionException.TlsFailure(cut));
        } else {
            owner.news.inputEnded();
        }
    }

    /** Decrypts one record. Returns false if there is none. */
    boolean unwrap() throws SSLException {
        final TlsEngine tls = tls();
        final EvBuffer target = owner.input();
        target.unfreeze(BufferEnd.END);
        try {
            return tls.unwrap(below.input(), target);
        } catch (final RuntimeException | LinkageError e) {
            if (tls.consumed() > 0 || tls.produced() > 0) {
                owner.report(e); // a listener of a buffer threw it; the bytes have moved all the same
                return true;
            }
            owner.news.lacksMemory(EventFlags.READING, new ConnectionException.Io(e));
            return false;
        } finally {
            target.freeze(BufferEnd.END);
            if (tls.produced() > 0) {
                owner.news.arrived();
            }
        }
    }

    /** Not to be kept across a step: a listener of a buffer may set another transport. */
    private TlsEngine tls() {
        return owner.tls();
    }
}
