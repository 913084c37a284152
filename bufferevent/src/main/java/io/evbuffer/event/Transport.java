package io.evbuffer.event;

import io.evbuffer.channel.GatherSink;
import io.evbuffer.channel.ScatterSource;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * A non-blocking stream or listening socket of one backend. Opened through an {@link EventBase}, so that one program runs
 * on every backend.
 *
 * <p>While a connect goes on, reading and writing would block. Who waits for {@link Event#READ} then may be told when it has
 * ended; the read says what came of it.
 *
 * <p>Ownership: whoever opened or was given it closes it; events on it do not.
 *
 * <p><b>Threads:</b> used by one thread at a time; {@link #close()} may come from any.
 */
public interface Transport extends ScatterSource, GatherSink, AutoCloseable {
    /** Option of a socket of IPv6: whether it leaves IPv4 to others. To be set before it is bound; nio has no such option. */
    SocketOption<Boolean> IPV6_ONLY = new SocketOption<>() {
        @Override
        public String name() {
            return "IPV6_V6ONLY";
        }

        @Override
        public Class<Boolean> type() {
            return Boolean.class;
        }

        @Override
        public String toString() {
            return name();
        }
    };

    /**
     * Option of a listening socket: for how many seconds a connection without data may be kept back. Not with nio, and not in a
     * simulated network.
     */
    SocketOption<Integer> DEFER_ACCEPT = new SocketOption<>() {
        @Override
        public String name() {
            return "TCP_DEFER_ACCEPT";
        }

        @Override
        public Class<Integer> type() {
            return Integer.class;
        }

        @Override
        public String toString() {
            return name();
        }
    };

    /**
     * Tells whether it was not closed yet.
     *
     * @return false from {@link #close()} on.
     */
    boolean isOpen();

    /**
     * Begins to connect.
     *
     * @param peer where to.
     * @return true if the connection is there at once; otherwise wait for {@link Event#WRITE}, then call {@link #finishConnect()}.
     * @throws IOException if it is refused at once; the transport is then to be closed.
     */
    boolean connect(SocketAddress peer) throws IOException;

    /**
     * Ends a connect that has begun.
     *
     * @return true if it is connected now, false if it still goes on.
     * @throws IOException why there is no connection; the transport is then to be closed.
     */
    boolean finishConnect() throws IOException;

    /**
     * Tells whether there is a connection.
     *
     * @return true from the end of the connect on, or if it was accepted.
     */
    boolean isConnected();

    /**
     * Binds the socket; a listening one starts to listen.
     *
     * @param local the address; port 0 lets the system choose, null the whole address.
     * @param backlog how many connections may wait, 0 or less for the system's default; for a stream it has no meaning.
     * @throws IOException what the system says, the address being in use for example.
     */
    void bind(@Nullable SocketAddress local, int backlog) throws IOException;

    /**
     * Accepts a connection that waits.
     *
     * @return a connected, non-blocking transport, the caller's from now on; null if none waits.
     * @throws IOException what the system says, or that this is no listening socket.
     */
    @Nullable
    Transport accept() throws IOException;

    /**
     * Tells whether it is a socket to listen with, which is no stream.
     *
     * @return true if it was opened as one, bound or not.
     */
    default boolean isListener() {
        return channel() instanceof ServerSocketChannel;
    }

    /**
     * Ends the stream in the direction out: the peer sees its end after all bytes written before.
     *
     * @throws IOException what the system says.
     */
    void shutdownOutput() throws IOException;

    /**
     * Sets an option of the socket.
     *
     * @param <T> the type of its value.
     * @param name a standard or extended option.
     * @param value as the option wants it.
     * @throws IOException what the system says.
     * @throws UnsupportedOperationException if this socket has no such option.
     */
    <T> void option(SocketOption<T> name, T value) throws IOException;

    /**
     * Asks for an option of the socket.
     *
     * @param <T> the type of its value.
     * @param name a standard or extended option.
     * @return its value.
     * @throws IOException what the system says.
     * @throws UnsupportedOperationException if this socket has no such option.
     */
    <T> @Nullable T option(SocketOption<T> name) throws IOException;

    /**
     * Chooses whether calls wait. A new transport's do not, and a loop needs it so: this is for sockets that are handed to other
     * code, by their channel or their number.
     *
     * @param on true if calls are to wait.
     * @throws IOException what the system says.
     * @throws UnsupportedOperationException if there is no such choice.
     */
    default void blocking(final boolean on) throws IOException {
        final SelectableChannel channel = channel();
        if (channel == null) throw new UnsupportedOperationException("this transport never blocks: " + this);
        channel.configureBlocking(on);
    }

    /**
     * Tells whether calls wait, as {@link #blocking(boolean)} chooses.
     *
     * @return false unless that was chosen.
     */
    default boolean isBlocking() {
        final SelectableChannel channel = channel();
        return channel != null && channel.isBlocking();
    }

    /**
     * The address it is bound to.
     *
     * @return null if none.
     * @throws IOException if it is closed.
     */
    @Nullable
    SocketAddress localAddress() throws IOException;

    /**
     * The address of the other end.
     *
     * @return null if there is no connection.
     * @throws IOException if it is closed.
     */
    @Nullable
    SocketAddress remoteAddress() throws IOException;

    /**
     * The NIO channel behind it.
     *
     * @return null where the backend has none.
     */
    @Nullable
    SelectableChannel channel();

    /**
     * The descriptor number behind it.
     *
     * @return {@link Event#NO_DESCRIPTOR} where the backend has none, as with NIO channels.
     */
    default int descriptor() {
        return Event.NO_DESCRIPTOR;
    }

    /**
     * Closes the socket. Events on it are to be deleted before. A second call does nothing.
     *
     * @throws IOException what the system says; it is closed all the same.
     */
    @Override
    void close() throws IOException;
}
