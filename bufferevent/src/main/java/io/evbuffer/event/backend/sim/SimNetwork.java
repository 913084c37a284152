package io.evbuffer.event.backend.sim;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Who listens where. Every internet address is in this network; an address of all zeroes stands for each. */
final class SimNetwork {
    private static final int FIRST_EPHEMERAL = 49_152;
    private static final int PORTS = 65_536;

    private final Map<InetSocketAddress, SimListener> listeners = new HashMap<>();
    private int nextPort = FIRST_EPHEMERAL;

    /** An internet address whose host is known. */
    static InetSocketAddress resolved(final SocketAddress address) throws UnknownHostException {
        if (!(address instanceof final InetSocketAddress internet)) throw new UnsupportedAddressTypeException();
        if (internet.isUnresolved()) throw new UnknownHostException(internet.getHostString());
        return internet;
    }

    /**
     * Finds an address to be bound to.
     *
     * @param wanted null, or with port 0, to have it chosen.
     * @param listener who listens there, null if nobody does.
     */
    InetSocketAddress bind(final @Nullable SocketAddress wanted, final @Nullable SimListener listener)
            throws IOException {
        final InetSocketAddress address =
                wanted == null ? new InetSocketAddress(InetAddress.getLoopbackAddress(), 0) : resolved(wanted);
        final InetSocketAddress bound =
                address.getPort() != 0 ? address : new InetSocketAddress(address.getAddress(), freePort());
        if (listener != null) {
            if (find(bound) != null) throw new BindException("Address already in use");
            listeners.put(bound, listener);
        }
        return bound;
    }

    private int freePort() {
        final int port = nextPort++;
        if (nextPort == PORTS) nextPort = FIRST_EPHEMERAL;
        return port;
    }

    void unbind(final SimListener listener) {
        listeners.values().remove(listener);
    }

    @Nullable
    SimListener find(final InetSocketAddress address) {
        final SimListener own = listeners.get(address);
        if (own != null) return own;
        for (final Map.Entry<InetSocketAddress, SimListener> entry : listeners.entrySet()) {
            final InetSocketAddress bound = entry.getKey();
            if (bound.getPort() != address.getPort()) continue;
            if (bound.getAddress().isAnyLocalAddress() || address.getAddress().isAnyLocalAddress()) {
                return entry.getValue();
            }
        }
        return null;
    }
}
