package io.evbuffer.event.backend.posix;

import java.io.IOException;
import java.net.SocketOption;
import org.jspecify.annotations.Nullable;

/**
 * The options of a socket by their Java names, the extended ones included. Values are int or boolean, as the option says;
 * SO_LINGER is negative if it is off.
 */
final class SocketOptions {
    private static final int SOL_SOCKET = 1;
    private static final int SO_ERROR = 4;
    private static final int SO_SNDBUF = 7;
    private static final int SO_RCVBUF = 8;
    private static final int SO_LINGER = 13;
    private static final int IPPROTO_IP = 0;
    private static final int IPPROTO_TCP = 6;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IP_TOS = 1;
    private static final int IPV6_V6ONLY = 26;
    private static final int IPV6_TCLASS = 67;

    private SocketOptions() {}

    /** Sets an option. */
    static <T> void set(final int fd, final int family, final SocketOption<T> name, final T value) throws IOException {
        final PosixNative system = PosixNative.get();
        final int option = number(name);
        final int level = level(name);
        final int number = value instanceof final Boolean on ? (on ? 1 : 0) : (Integer) value;
        if (isLinger(name)) {
            ensure(system.option(fd, level, option, number < 0 ? 0 : 1, Math.max(0, number), 2));
        } else if (level == IPPROTO_IP && family == PosixNative.AF_INET6) {
            ensure(system.option(fd, IPPROTO_IPV6, IPV6_TCLASS, number, 0, 1));
            system.option(fd, level, option, number, 0, 1); // for mapped addresses
        } else {
            ensure(system.option(fd, level, option, number, 0, 1));
        }
    }

    /** Asks for an option. */
    static <T> @Nullable T get(final int fd, final int family, final SocketOption<T> name) throws IOException {
        final PosixNative system = PosixNative.get();
        final int option = number(name);
        final int level = level(name);
        if (level == IPPROTO_IP && family == PosixNative.AF_INET6) {
            ensure(system.option(fd, IPPROTO_IPV6, IPV6_TCLASS));
        } else {
            ensure(system.option(fd, level, option));
        }
        int value = system.value(0);
        if (isLinger(name)) value = value == 0 ? -1 : system.value(1);
        if (level == SOL_SOCKET && (option == SO_SNDBUF || option == SO_RCVBUF))
            value /= 2; // the system doubles what is set
        return name.type() == Boolean.class
                ? name.type().cast(value != 0)
                : name.type().cast(value);
    }

    /** What went wrong with a socket since this was asked last. */
    static int error(final int fd) {
        final PosixNative system = PosixNative.get();
        final int result = system.option(fd, SOL_SOCKET, SO_ERROR);
        return result < 0 ? -result : system.value(0);
    }

    /** Chooses whether a socket of IPv6 takes IPv4 as well. Returns 0 or the error. */
    static int onlySix(final int fd, final boolean on) {
        return PosixNative.get().option(fd, IPPROTO_IPV6, IPV6_V6ONLY, on ? 1 : 0, 0, 1);
    }

    private static void ensure(final int result) throws IOException {
        if (result < 0) throw Errno.ofSocket(-result);
    }

    private static boolean isLinger(final SocketOption<?> name) {
        return name.name().equals("SO_LINGER");
    }

    private static int level(final SocketOption<?> name) {
        final String family = name.name();
        if (family.startsWith("IPV6_")) return IPPROTO_IPV6;
        return family.startsWith("SO_") ? SOL_SOCKET : family.startsWith("TCP_") ? IPPROTO_TCP : IPPROTO_IP;
    }

    private static int number(final SocketOption<?> name) {
        return switch (name.name()) {
            case "SO_REUSEADDR" -> 2;
            case "SO_SNDBUF" -> SO_SNDBUF;
            case "SO_RCVBUF" -> SO_RCVBUF;
            case "SO_KEEPALIVE" -> 9;
            case "SO_LINGER" -> SO_LINGER;
            case "SO_REUSEPORT" -> 15;
            case "SO_INCOMING_NAPI_ID" -> 56;
            case "TCP_NODELAY" -> 1;
            case "TCP_KEEPIDLE" -> 4;
            case "TCP_KEEPINTERVAL" -> 5;
            case "TCP_KEEPCOUNT" -> 6;
            case "TCP_DEFER_ACCEPT" -> 9;
            case "TCP_QUICKACK" -> 12;
            case "IP_TOS" -> IP_TOS;
            case "IPV6_V6ONLY" -> IPV6_V6ONLY;
            default -> throw new UnsupportedOperationException("no such option here: " + name);
        };
    }
}
