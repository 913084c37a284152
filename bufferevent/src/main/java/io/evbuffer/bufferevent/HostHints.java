package io.evbuffer.bufferevent;

import java.net.InetAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import org.jspecify.annotations.Nullable;

/**
 * What narrows the lookup of a host name.
 *
 * @param family {@link StandardProtocolFamily#INET} or {@link StandardProtocolFamily#INET6} for addresses of this kind alone;
 *               null for both.
 * @param flags  {@link #NUMERIC_HOST}, and bits of the user's own for a resolver of the user's own.
 */
public record HostHints(@Nullable ProtocolFamily family, int flags) {
    /** The host is an address in text form; nobody is asked for a name. */
    public static final int NUMERIC_HOST = 0x4;

    /** Any address. */
    public static final HostHints ANY = new HostHints(null, 0);

    /**
     * Hints.
     *
     * @throws IllegalArgumentException if the family is neither of IP nor null.
     */
    public HostHints {
        if (family != null && family != StandardProtocolFamily.INET && family != StandardProtocolFamily.INET6) {
            throw new IllegalArgumentException("hosts have addresses of IPv4 and IPv6, not of family " + family);
        }
    }

    /**
     * Hints for one family.
     *
     * @param family {@link StandardProtocolFamily#INET}, {@link StandardProtocolFamily#INET6}, or null for both.
     * @return hints without flags.
     * @throws IllegalArgumentException if it is another one.
     */
    public static HostHints family(final @Nullable ProtocolFamily family) {
        return family == null ? ANY : new HostHints(family, 0);
    }

    boolean isNumeric() {
        return (flags & NUMERIC_HOST) != 0;
    }

    /** Says whether an address is of the family asked for. */
    boolean allow(final InetAddress address) {
        final int length = address.getAddress().length;
        return family == null || (length == 4) == (family == StandardProtocolFamily.INET);
    }
}
