package io.evbuffer.bufferevent;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Why a connection was not made, or ended: the cause that an event callback gets with ERROR and TIMEOUT.
 *
 * <p>The kinds are told apart by type, so that a {@code switch} covers them all. What the platform does not name clearly is
 * {@link Io}; the exception of the channel, where there is one, is {@link #getCause()}. They carry no stack trace of their
 * own, as it would show the loop and nothing of the program.
 */
public abstract sealed class ConnectionException extends IOException {
    private static final long serialVersionUID = 1;

    private ConnectionException(final String message, final @Nullable Throwable cause) {
        super(message, cause);
    }

    /** Leaves the stack trace empty. */
    @Override
    public final Throwable fillInStackTrace() {
        return this;
    }

    /** Finds the kind of what went wrong while connecting. The JDK tells it by type and text alone. */
    static ConnectionException whileConnecting(final Throwable cause, final @Nullable SocketAddress peer) {
        final String text = textOf(cause);
        if (text.contains("refused")) {
            return new ConnectRefused(peer, cause);
        }
        if (cause instanceof ConnectException && text.contains("timed out")) {
            return new ConnectTimeout(peer, cause);
        }
        return transferring(cause);
    }

    /** Finds the kind of what went wrong while reading or writing. */
    static ConnectionException transferring(final Throwable cause) {
        final String text = textOf(cause);
        if (text.contains("connection reset")) {
            return new PeerReset(cause);
        }
        if (text.contains("broken pipe")) {
            return new BrokenPipe(cause);
        }
        return new Io(cause);
    }

    private static String textOf(final Throwable cause) {
        final String message = cause.getMessage();
        return message == null ? "" : message.toLowerCase(Locale.ROOT);
    }

    private static String to(final @Nullable SocketAddress peer) {
        return peer == null ? "" : " to " + peer;
    }

    /** The peer's system answered that nobody listens there. */
    public static final class ConnectRefused extends ConnectionException {
        private static final long serialVersionUID = 1;

        ConnectRefused(final @Nullable SocketAddress peer, final Throwable cause) {
            super("connection" + to(peer) + " refused", cause);
        }
    }

    /** The connection did not stand in time: the write timeout ran out, or the system's own patience. */
    public static final class ConnectTimeout extends ConnectionException {
        private static final long serialVersionUID = 1;

        ConnectTimeout(final @Nullable SocketAddress peer, final @Nullable Throwable cause) {
            super("connection" + to(peer) + " did not stand in time", cause);
        }
    }

    /** The name of the host led to no address. */
    public static final class LookupFailed extends ConnectionException {
        private static final long serialVersionUID = 1;

        /** Why the host's name led to no address. */
        private final DnsError error;

        LookupFailed(final String host, final DnsError error, final @Nullable Throwable cause) {
            super("lookup of " + host + " failed: " + error, cause);
            this.error = error;
        }

        /**
         * Tells what went wrong.
         *
         * @return never {@link DnsError#NONE}.
         */
        public DnsError error() {
            return error;
        }
    }

    /** The peer broke the connection off. */
    public static final class PeerReset extends ConnectionException {
        private static final long serialVersionUID = 1;

        PeerReset(final Throwable cause) {
            super("connection reset by peer", cause);
        }
    }

    /** The peer no longer takes what we send. */
    public static final class BrokenPipe extends ConnectionException {
        private static final long serialVersionUID = 1;

        BrokenPipe(final @Nullable Throwable cause) {
            super("broken pipe", cause);
        }
    }

    /** Nothing moved in one direction for the time set by {@link BufferEvent#setTimeouts}. */
    public static final class IdleTimeout extends ConnectionException {
        private static final long serialVersionUID = 1;

        private final transient Directions direction;

        IdleTimeout(final Directions direction, final long timeoutNanos) {
            super("no progress in direction " + direction + " for " + timeoutNanos + " ns", null);
            this.direction = direction;
        }

        /**
         * Tells the direction in which nothing moved.
         *
         * @return {@link Directions#READ} or {@link Directions#WRITE}.
         */
        public Directions direction() {
            return direction;
        }
    }

    /** A {@link BufferFilter} answered ERROR, or threw what {@link #getCause()} says. */
    public static final class FilterFailure extends ConnectionException {
        private static final long serialVersionUID = 1;

        FilterFailure(final @Nullable Throwable cause) {
            super(cause == null ? "the filter refused its bytes" : "the filter threw " + cause, cause);
        }
    }

    /**
     * TLS failed: a record or a message was wrong, a certificate was not trusted, or the stream ended without the peer having
     * said so.
     */
    public static final class TlsFailure extends ConnectionException {
        private static final long serialVersionUID = 1;
        private static final Pattern ALERT =
                Pattern.compile("^(?:\\(([a-z_0-9]+)\\)|Received fatal alert: ([a-z_0-9]+))");
        private static final Pattern OPENSSL_ALERT = Pattern.compile(":(?:SSLV3_ALERT|TLSV1_ALERT|TLSV1)_([A-Z_0-9]+)");

        /** The alert's name as RFC 8446 section 6 gives it; null if the failure carried none. */
        private final @Nullable String alert;

        TlsFailure(final SSLException cause) {
            super(String.valueOf(cause.getMessage()), cause);
            this.alert = alertIn(cause.getMessage());
        }

        /**
         * Names the alert that was sent or received, as far as the engine tells: the JDK's does, in the text of its exceptions;
         * those of the family of OpenSSL do so for what was received.
         *
         * @return for example {@code certificate_unknown}, or null.
         */
        public @Nullable String alert() {
            return alert;
        }

        private static @Nullable String alertIn(final @Nullable String text) {
            final String said = text == null ? "" : text;
            final Matcher matcher = ALERT.matcher(said);
            if (matcher.find()) {
                return matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
            }
            final Matcher other = OPENSSL_ALERT.matcher(said);
            return other.find() ? other.group(1).toLowerCase(Locale.ROOT) : null;
        }
    }

    /** Any other failure; {@link #getCause()} says which. */
    public static final class Io extends ConnectionException {
        private static final long serialVersionUID = 1;

        Io(final Throwable cause) {
            super(String.valueOf(cause.getMessage()), cause);
        }
    }
}
