package io.evbuffer.event.backend.posix;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.ProtocolException;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** The system's errors: their numbers on Linux, names, texts, and the exceptions that NIO has for them. */
public final class Errno {
    /** Not permitted; of epoll: no such file can be waited for. */
    public static final int EPERM = 1;

    /** Not there. */
    public static final int ENOENT = 2;

    /** A signal came first. */
    public static final int EINTR = 4;

    /** The number is no open descriptor. */
    public static final int EBADF = 9;

    /** Nothing there now, or no room. */
    public static final int EAGAIN = 11;

    /** Denied. */
    public static final int EACCES = 13;

    /** There already. */
    public static final int EEXIST = 17;

    /** An argument makes no sense. */
    public static final int EINVAL = 22;

    /** The system does not know the call. */
    public static final int ENOSYS = 38;

    static final int EPROTO = 71;
    static final int EADDRINUSE = 98;
    static final int EADDRNOTAVAIL = 99;
    static final int ECONNABORTED = 103;
    static final int ENOTCONN = 107;
    static final int ETIMEDOUT = 110;
    static final int ECONNREFUSED = 111;
    static final int EHOSTUNREACH = 113;
    static final int EINPROGRESS = 115;

    private static final int EMFILE = 24;

    private Errno() {}

    /**
     * Loads what an exception takes: when it is about exhausted descriptors, no class can be loaded any more, and one that
     * could not stays unusable.
     */
    static boolean prepare() {
        return ofSocket(EMFILE) instanceof SocketException
                && of("accept4", EMFILE).getMessage() != null;
    }

    /**
     * The text and the name of an error.
     *
     * @param errno its number.
     * @return for example {@code Connection refused (ECONNREFUSED)}.
     */
    public static String text(final int errno) {
        return switch (errno) {
            case EPERM -> "Operation not permitted (EPERM)";
            case ENOENT -> "No such file or directory (ENOENT)";
            case EINTR -> "Interrupted system call (EINTR)";
            case 5 -> "Input/output error (EIO)";
            case EBADF -> "Bad file descriptor (EBADF)";
            case EAGAIN -> "Resource temporarily unavailable (EAGAIN)";
            case 12 -> "Cannot allocate memory (ENOMEM)";
            case EACCES -> "Permission denied (EACCES)";
            case 14 -> "Bad address (EFAULT)";
            case EEXIST -> "File exists (EEXIST)";
            case 20 -> "Not a directory (ENOTDIR)";
            case 21 -> "Is a directory (EISDIR)";
            case EINVAL -> "Invalid argument (EINVAL)";
            case 23 -> "Too many open files in system (ENFILE)";
            case EMFILE -> "Too many open files (EMFILE)";
            case 27 -> "File too large (EFBIG)";
            case 28 -> "No space left on device (ENOSPC)";
            case 29 -> "Illegal seek (ESPIPE)";
            case 32 -> "Broken pipe (EPIPE)";
            case 36 -> "File name too long (ENAMETOOLONG)";
            case ENOSYS -> "Function not implemented (ENOSYS)";
            case 40 -> "Too many levels of symbolic links (ELOOP)";
            case EPROTO -> "Protocol error (EPROTO)";
            case 75 -> "Value too large for defined data type (EOVERFLOW)";
            case 88 -> "Socket operation on non-socket (ENOTSOCK)";
            case 90 -> "Message too long (EMSGSIZE)";
            case 92 -> "Protocol not available (ENOPROTOOPT)";
            case 93 -> "Protocol not supported (EPROTONOSUPPORT)";
            case 95 -> "Operation not supported (EOPNOTSUPP)";
            case 97 -> "Address family not supported by protocol (EAFNOSUPPORT)";
            case EADDRINUSE -> "Address already in use (EADDRINUSE)";
            case EADDRNOTAVAIL -> "Cannot assign requested address (EADDRNOTAVAIL)";
            case 100 -> "Network is down (ENETDOWN)";
            case 101 -> "Network is unreachable (ENETUNREACH)";
            case ECONNABORTED -> "Software caused connection abort (ECONNABORTED)";
            case 104 -> "Connection reset by peer (ECONNRESET)";
            case 105 -> "No buffer space available (ENOBUFS)";
            case 106 -> "Transport endpoint is already connected (EISCONN)";
            case ENOTCONN -> "Transport endpoint is not connected (ENOTCONN)";
            case 108 -> "Cannot send after transport endpoint shutdown (ESHUTDOWN)";
            case ETIMEDOUT -> "Connection timed out (ETIMEDOUT)";
            case ECONNREFUSED -> "Connection refused (ECONNREFUSED)";
            case 112 -> "Host is down (EHOSTDOWN)";
            case EHOSTUNREACH -> "No route to host (EHOSTUNREACH)";
            case 114 -> "Operation already in progress (EALREADY)";
            case EINPROGRESS -> "Operation now in progress (EINPROGRESS)";
            default -> "Error " + errno;
        };
    }

    /**
     * The exception for an error of a socket, of the type that NIO has for it.
     *
     * @param errno the error's number.
     * @return a new exception.
     */
    public static IOException ofSocket(final int errno) {
        final String text = text(errno);
        return switch (errno) {
            case EBADF -> new ClosedChannelException();
            case ECONNREFUSED, ETIMEDOUT, ENOTCONN -> new ConnectException(text);
            case EHOSTUNREACH -> new NoRouteToHostException(text);
            case EADDRINUSE, EADDRNOTAVAIL, EACCES -> new BindException(text);
            case EPROTO -> new ProtocolException(text);
            default -> new SocketException(text);
        };
    }

    /** The exception for an error of opening a file. */
    static IOException ofFile(final int errno, final String path) {
        return switch (errno) {
            case ENOENT -> new NoSuchFileException(path);
            case EACCES -> new AccessDeniedException(path);
            default -> new FileSystemException(path, null, text(errno));
        };
    }

    /**
     * The exception for an error of any other call.
     *
     * @param call what was called.
     * @param errno the error's number.
     * @return a new exception.
     */
    public static IOException of(final String call, final int errno) {
        return new IOException(call + ": " + text(errno));
    }
}
