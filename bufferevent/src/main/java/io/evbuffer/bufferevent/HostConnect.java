package io.evbuffer.bufferevent;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Connecting a {@link SocketBufferEvent} to a host by its name, from the call to its one outcome.
 *
 * <pre>
 *   IDLE --call--&gt; LOOKUP --found--&gt; one address after the other --stands--&gt; IDLE, CONNECTED told
 *                     '--failed--&gt; IDLE, ERROR      '--none left--&gt; IDLE, ERROR
 * </pre>
 *
 * <p>While the lookup goes on both directions are suspended for it, and it holds one reference (<b>BEV-37</b>). The addresses
 * are tried by the {@link Connector}; the write timeout counts for all of them together.
 */
final class HostConnect {
    private final SocketBufferEvent owner;
    private final Deque<InetAddress> left = new ArrayDeque<>(); // addresses that were not tried yet
    private @Nullable HostLookup lookup;
    private HostHints hints = HostHints.ANY;
    private String host = "";
    private int port;
    private boolean isTimed; // an attempt has begun, and with it the time allowed
    private DnsError dnsError = DnsError.NONE;
    private @Nullable ConnectionException failure; // of the addresses tried so far

    HostConnect(final SocketBufferEvent owner) {
        this.owner = owner;
    }

    DnsError dnsError() {
        return dnsError;
    }

    boolean isLookingUp() {
        return lookup != null;
    }

    void connect(final HostResolver resolver, final HostHints newHints, final String newHost, final int newPort) {
        forget();
        dnsError = DnsError.NONE;
        hints = newHints;
        host = newHost;
        port = newPort;
        isTimed = false;
        final HostLookup begun = new HostLookup(owner, this::answered);
        lookup = begun;
        owner.life.hold();
        owner.suspend(Directions.READ, SuspendReason.LOOKUP);
        owner.suspend(Directions.WRITE, SuspendReason.LOOKUP);
        begun.begin(resolver, newHost, newHints);
    }

    private void answered(final HostLookup.Outcome outcome) {
        lookup = null;
        DnsError error = outcome.error();
        if (error == DnsError.NONE) {
            for (final InetAddress each : outcome.addresses()) {
                if (hints.allow(each)) {
                    left.add(each);
                }
            }
            error = left.isEmpty() ? DnsError.NO_ADDRESS : DnsError.NONE;
        }
        dnsError = error;
        try {
            final boolean begun = tryNext(); // first: resumed while connecting, neither direction starts
            resume();
            if (error != DnsError.NONE) {
                tell(new ConnectionException.LookupFailed(host, error, outcome.cause()));
            } else if (!begun) {
                tellFailure();
            }
        } finally {
            owner.life.letGo();
        }
    }

    /** An attempt has failed. Returns whether that is no outcome yet, as the next address is tried. The cause knows the others. */
    boolean goesOnAfter(final ConnectionException cause, final boolean openedChannel) {
        note(cause);
        if (!openedChannel) {
            left.clear(); // the channel is the user's, and one attempt is all that it can make
        }
        final boolean goesOn = tryNext();
        if (!goesOn) {
            failure = null;
        }
        return goesOn;
    }

    /** Begins an attempt with the next address that lets one begin. Returns false if none is left. */
    private boolean tryNext() {
        while (!left.isEmpty()) {
            final InetSocketAddress peer = new InetSocketAddress(left.remove(), port);
            try {
                owner.connectToNext(peer, !isTimed);
                isTimed = true;
                return true;
            } catch (final IOException | RuntimeException e) { // no descriptor, no route, another family
                note(ConnectionException.whileConnecting(e, peer));
                if (owner.transport() != null) {
                    left.clear(); // the user's channel, as above
                }
            }
        }
        return false;
    }

    private void note(final ConnectionException cause) {
        if (failure != null && failure != cause) {
            cause.addSuppressed(failure);
        }
        failure = cause;
    }

    private void tellFailure() {
        final ConnectionException all = failure;
        failure = null;
        tell(all);
    }

    private void tell(final @Nullable ConnectionException cause) {
        owner.raiseEvent(EventFlags.ERROR, cause, false);
    }

    /** Another transport, or the end: no answer is wanted any more, and no further address tried. */
    void cancel() {
        forget();
        final HostLookup asked = lookup;
        if (asked != null) {
            lookup = null;
            dnsError = DnsError.CANCELLED;
            asked.cancel();
            resume();
            owner.life.letGo();
        }
    }

    /** The outcome is there. */
    void forget() {
        left.clear();
        failure = null;
    }

    private void resume() {
        owner.resume(Directions.READ, SuspendReason.LOOKUP);
        owner.resume(Directions.WRITE, SuspendReason.LOOKUP);
    }
}
