package io.evbuffer.bufferevent;

import io.evbuffer.event.DeferredCallback;
import io.evbuffer.event.EventBase;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One question to a resolver, and the way of its answer to the loop.
 *
 * <p>The first answer counts. It is told in a turn of the loop after the question, and never after {@link #cancel}. While it
 * is under way it keeps the loop alive.
 *
 * <p>Threads: those of its BufferEvent, but for the answer, which may come from any.
 */
final class HostLookup implements HostResolver.Answer {
    private final BufferEvent owner;
    private final EventBase base;
    private final Consumer<Outcome> told;
    private final AtomicReference<@Nullable Outcome> outcome = new AtomicReference<>();
    private final DeferredCallback tell = new DeferredCallback(this::tell);
    private HostResolver.@Nullable Lookup request;
    private volatile boolean over; // told or cancelled

    HostLookup(final BufferEvent owner, final Consumer<Outcome> told) {
        this.owner = owner;
        this.base = owner.base();
        this.told = told;
    }

    /** Asks the resolver, unless the host is an address already. */
    void begin(final HostResolver resolver, final String host, final HostHints hints) {
        base.addVirtual();
        final InetAddress literal = literal(host);
        if (literal != null) {
            found(List.of(literal));
        } else if (hints.isNumeric()) {
            failed(DnsError.NO_NAME, null);
        } else {
            try {
                request = resolver.resolve(host, hints, this);
            } catch (final RuntimeException e) {
                failed(DnsError.FAILED, e);
            }
        }
    }

    private static @Nullable InetAddress literal(final String host) {
        try {
            return InetAddress.ofLiteral(host);
        } catch (final IllegalArgumentException e) {
            return null; // a name
        }
    }

    @Override
    public void found(final List<InetAddress> addresses) {
        answer(new Outcome(List.copyOf(addresses), DnsError.NONE, null));
    }

    @Override
    public void failed(final DnsError error, final @Nullable Throwable cause) {
        answer(new Outcome(List.of(), error == DnsError.NONE ? DnsError.FAILED : error, cause));
    }

    private void answer(final Outcome answer) {
        if (outcome.compareAndSet(null, answer) && !over) {
            try {
                tell.schedule(base);
            } catch (final IllegalStateException closed) {
                assert base.isClosed() : closed; // nobody is left to tell
            }
        }
    }

    private void tell() {
        final SharedLock held = owner.life.enter();
        try {
            final Outcome answer = outcome.get();
            if (!over && answer != null) {
                end();
                told.accept(answer);
            }
        } finally {
            owner.life.exit(held);
        }
    }

    /** Nobody wants to know any more. */
    void cancel() {
        if (!over) {
            end();
            tell.cancel(base);
            final HostResolver.Lookup asked = request;
            if (asked != null) {
                asked.cancel();
            }
        }
    }

    private void end() {
        over = true;
        base.delVirtual();
    }

    /**
     * How a lookup ended.
     *
     * @param addresses what was found.
     * @param error     NONE if something was.
     * @param cause     what is known of a failure.
     */
    record Outcome(
            List<InetAddress> addresses,
            DnsError error,
            @Nullable Throwable cause) {}
}
