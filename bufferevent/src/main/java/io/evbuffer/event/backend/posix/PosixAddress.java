package io.evbuffer.event.backend.posix;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.charset.Charset;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The address of a socket, as Java and as the system writes it.
 *
 * <pre>
 *   IPv4   family 2 | port 2 | address 4 | zero 8
 *   IPv6   family 2 | port 2 | flow 4    | address 16 | scope 4
 *   local  family 2 | path, up to 107, and a 0
 * </pre>
 *
 * The family is in the machine's order, the port in the network's. A socket of IPv6 reaches IPv4 by mapped addresses, which
 * Java takes for IPv4 by itself.
 */
final class PosixAddress {
    private static final int PORT = 2;
    private static final int IPV4 = 4;
    private static final int IPV4_LENGTH = 16;
    private static final int IPV6 = 8;
    private static final int IPV6_LENGTH = 28;
    private static final int SCOPE = 24;
    private static final int PATH = 2;
    private static final int LONGEST_PATH = 107;
    private static final Charset PATHS = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

    private PosixAddress() {}

    /** Writes an address for a socket of a family. Returns its length. */
    static int put(final SocketAddress address, final int family, final UnsafeBuffer to) throws IOException {
        if (address instanceof final UnixDomainSocketAddress local) {
            if (family == PosixNative.AF_UNIX) return putPath(local.getPath().toString(), to);
            throw new UnsupportedAddressTypeException();
        }
        if (!(address instanceof final InetSocketAddress inet)) throw new UnsupportedAddressTypeException();
        final InetAddress host = inet.getAddress();
        if (host == null) throw new UnknownHostException(inet.getHostString());
        to.setMemory(0, IPV6_LENGTH, (byte) 0);
        to.putShort(0, (short) family);
        to.putShort(PORT, (short) inet.getPort(), ByteOrder.BIG_ENDIAN);
        if (family == PosixNative.AF_INET && host instanceof Inet4Address) {
            to.putBytes(IPV4, host.getAddress());
            return IPV4_LENGTH;
        }
        if (family != PosixNative.AF_INET6) throw new UnsupportedAddressTypeException();
        putHost(host, to);
        return IPV6_LENGTH;
    }

    private static void putHost(final InetAddress host, final UnsafeBuffer to) {
        if (host instanceof final Inet6Address six) {
            to.putBytes(IPV6, six.getAddress());
            to.putInt(SCOPE, six.getScopeId());
        } else if (!host.isAnyLocalAddress()) {
            to.putShort(IPV6 + 10, (short) -1); // ::ffff:a.b.c.d
            to.putBytes(IPV6 + 12, host.getAddress());
        }
    }

    private static int putPath(final String path, final UnsafeBuffer to) throws SocketException {
        final byte[] bytes = path.getBytes(PATHS);
        if (bytes.length > LONGEST_PATH) throw new SocketException("the path of a local socket is too long: " + path);
        to.putShort(0, (short) PosixNative.AF_UNIX);
        to.putBytes(PATH, bytes);
        to.putByte(PATH + bytes.length, (byte) 0);
        return PATH + bytes.length + 1;
    }

    /** Reads an address. Returns null if there is none, or its socket is not bound. */
    static @Nullable SocketAddress get(final UnsafeBuffer from, final int length) throws UnknownHostException {
        final int family = length < PATH ? 0 : from.getShort(0);
        return switch (family) {
            case PosixNative.AF_UNIX -> UnixDomainSocketAddress.of(path(from, length));
            case PosixNative.AF_INET -> host(from, bytes(from, IPV4, 4), 0);
            case PosixNative.AF_INET6 -> host(from, bytes(from, IPV6, 16), from.getInt(SCOPE));
            default -> null;
        };
    }

    private static @Nullable SocketAddress host(final UnsafeBuffer from, final byte[] bytes, final int scope)
            throws UnknownHostException {
        final int port = from.getShort(PORT, ByteOrder.BIG_ENDIAN) & 0xffff;
        if (port == 0) return null;
        return new InetSocketAddress(
                scope == 0 ? InetAddress.getByAddress(bytes) : Inet6Address.getByAddress(null, bytes, scope), port);
    }

    private static String path(final UnsafeBuffer from, final int length) {
        int end = PATH;
        while (end < length && from.getByte(end) != 0) end++;
        return new String(bytes(from, PATH, end - PATH), PATHS);
    }

    private static byte[] bytes(final UnsafeBuffer from, final int start, final int length) {
        final byte[] bytes = new byte[length];
        from.getBytes(start, bytes);
        return bytes;
    }

    /** A path as the system takes it. */
    static byte[] pathBytes(final String path) {
        return path.getBytes(PATHS);
    }
}
