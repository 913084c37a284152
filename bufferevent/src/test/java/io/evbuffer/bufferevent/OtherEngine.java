package io.evbuffer.bufferevent;

import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * An engine that keeps to what {@link SSLEngine} promises and to no habit of the JDK's, as others do.
 *
 * <ul>
 *   <li>Once its handshake is over it never again says that it has to wrap: an alert or a farewell that is due shows in {@link
 *       #isOutboundDone} and in the result of the step that made it due.
 *   <li>It reads the length of a record as a buffer gives it that nobody has told an order of bytes.
 *   <li>It looks at every element of an array of targets.
 *   <li>It gives no more than {@link #PIECE} bytes of a record at a time, with BUFFER_OVERFLOW although it has consumed the record.
 *   <li>It consumes what is to be sent with BUFFER_OVERFLOW, and gives the record at the next step.
 *   <li>It knows no second handshake, and says nothing if asked for one.
 * </ul>
 */
final class OtherEngine extends SSLEngine {
    /** The most bytes that leave it at once. */
    static final int PIECE = 700;

    private static final int HEADER = 5;
    private static final int VERSION = 3; // the first byte of it, as of SSL 3.0 and ever since
    private static final int LENGTH = 3; // where it stands in the header

    private final SSLEngine real;
    private final ByteBuffer opened = ByteBuffer.allocate(32 * 1024).flip();
    private final ByteBuffer sealed = ByteBuffer.allocate(32 * 1024).flip();
    private boolean over; // the handshake has succeeded, or failed

    OtherEngine(final SSLEngine real) {
        this.real = real;
    }

    @Override
    public HandshakeStatus getHandshakeStatus() {
        return over ? HandshakeStatus.NOT_HANDSHAKING : real.getHandshakeStatus();
    }

    @Override
    public void beginHandshake() throws SSLException {
        if (!over) {
            real.beginHandshake();
        }
    }

    @Override
    public boolean isInboundDone() {
        return real.isInboundDone() && !opened.hasRemaining();
    }

    @Override
    public boolean isOutboundDone() {
        return real.isOutboundDone() && !sealed.hasRemaining();
    }

    @Override
    public SSLEngineResult unwrap(
            final ByteBuffer source, final ByteBuffer[] targets, final int offset, final int length)
            throws SSLException {
        for (final ByteBuffer each : targets) {
            if (each == null || each.isReadOnly()) {
                throw new IllegalArgumentException("a target that cannot be written to");
            }
        }
        if (isCut(source)) {
            return new SSLEngineResult(Status.BUFFER_UNDERFLOW, getHandshakeStatus(), 0, 0);
        }
        if (opened.hasRemaining()) {
            return give(0, targets, offset, length);
        }
        opened.clear();
        final SSLEngineResult result;
        try {
            result = real.unwrap(source, opened);
        } catch (final SSLException failed) {
            over = true;
            throw failed;
        } finally {
            opened.flip();
        }
        note(result);
        return opened.hasRemaining() ? give(result.bytesConsumed(), targets, offset, length) : result;
    }

    /** A record that is not whole. */
    private static boolean isCut(final ByteBuffer source) {
        final int start = source.position();
        return source.remaining() >= HEADER
                && source.get(start + 1) == VERSION
                && HEADER + Short.toUnsignedInt(source.getShort(start + LENGTH)) > source.remaining();
    }

    private SSLEngineResult give(final int consumed, final ByteBuffer[] targets, final int offset, final int length) {
        int given = 0;
        for (int i = offset; i < offset + length; i++) {
            while (given < PIECE && targets[i].hasRemaining() && opened.hasRemaining()) {
                targets[i].put(opened.get());
                given++;
            }
        }
        return new SSLEngineResult(
                opened.hasRemaining() ? Status.BUFFER_OVERFLOW : Status.OK, getHandshakeStatus(), consumed, given);
    }

    @Override
    public SSLEngineResult wrap(final ByteBuffer[] sources, final int offset, final int length, final ByteBuffer target)
            throws SSLException {
        if (sealed.hasRemaining()) {
            final int due = sealed.remaining();
            target.put(sealed);
            return new SSLEngineResult(status(), getHandshakeStatus(), 0, due);
        }
        if (!over) {
            try {
                final SSLEngineResult result = real.wrap(sources, offset, length, target);
                note(result);
                return result;
            } catch (final SSLException failed) {
                over = true;
                throw failed;
            }
        }
        if (real.getHandshakeStatus() != HandshakeStatus.NEED_WRAP && !hasRemaining(sources, offset, length)) {
            return new SSLEngineResult(status(), getHandshakeStatus(), 0, 0);
        }
        sealed.clear();
        final SSLEngineResult result;
        try {
            result = real.wrap(sources, offset, length, sealed);
        } finally {
            sealed.flip();
        }
        if (result.bytesConsumed() == 0) {
            target.put(sealed);
            return new SSLEngineResult(status(), getHandshakeStatus(), 0, result.bytesProduced());
        }
        return new SSLEngineResult(Status.BUFFER_OVERFLOW, getHandshakeStatus(), result.bytesConsumed(), 0);
    }

    private static boolean hasRemaining(final ByteBuffer[] sources, final int offset, final int length) {
        for (int i = offset; i < offset + length; i++) {
            if (sources[i].hasRemaining()) {
                return true;
            }
        }
        return false;
    }

    private Status status() {
        return real.isOutboundDone() ? Status.CLOSED : Status.OK;
    }

    private void note(final SSLEngineResult result) {
        over |= result.getHandshakeStatus() == HandshakeStatus.FINISHED;
    }

    @Override
    public @Nullable String getApplicationProtocol() {
        return real.getApplicationProtocol();
    }

    @Override
    public @Nullable Runnable getDelegatedTask() {
        return real.getDelegatedTask();
    }

    @Override
    public void closeInbound() throws SSLException {
        real.closeInbound();
    }

    @Override
    public void closeOutbound() {
        real.closeOutbound();
    }

    @Override
    public SSLSession getSession() {
        return real.getSession();
    }

    @Override
    public SSLParameters getSSLParameters() {
        return real.getSSLParameters();
    }

    @Override
    public void setSSLParameters(final SSLParameters parameters) {
        real.setSSLParameters(parameters);
    }

    @Override
    public String[] getSupportedCipherSuites() {
        return real.getSupportedCipherSuites();
    }

    @Override
    public String[] getEnabledCipherSuites() {
        return real.getEnabledCipherSuites();
    }

    @Override
    public void setEnabledCipherSuites(final String[] suites) {
        real.setEnabledCipherSuites(suites);
    }

    @Override
    public String[] getSupportedProtocols() {
        return real.getSupportedProtocols();
    }

    @Override
    public String[] getEnabledProtocols() {
        return real.getEnabledProtocols();
    }

    @Override
    public void setEnabledProtocols(final String[] protocols) {
        real.setEnabledProtocols(protocols);
    }

    @Override
    public void setUseClientMode(final boolean mode) {
        real.setUseClientMode(mode);
    }

    @Override
    public boolean getUseClientMode() {
        return real.getUseClientMode();
    }

    @Override
    public void setNeedClientAuth(final boolean need) {
        real.setNeedClientAuth(need);
    }

    @Override
    public boolean getNeedClientAuth() {
        return real.getNeedClientAuth();
    }

    @Override
    public void setWantClientAuth(final boolean want) {
        real.setWantClientAuth(want);
    }

    @Override
    public boolean getWantClientAuth() {
        return real.getWantClientAuth();
    }

    @Override
    public void setEnableSessionCreation(final boolean flag) {
        real.setEnableSessionCreation(flag);
    }

    @Override
    public boolean getEnableSessionCreation() {
        return real.getEnableSessionCreation();
    }
}
