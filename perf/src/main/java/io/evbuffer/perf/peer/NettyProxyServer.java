package io.evbuffer.perf.peer;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A TCP proxy on Netty, a peer of our {@code Proxy}: one loop has both connections of a pair, so that buffers are handed over as they
 * were read; they are flushed when the reads of a turn are over.
 *
 * <p>Nothing is read for a connection whose output stands above the same marks as ours. The end of a stream is passed on behind its
 * last byte, a failure closes the other connection when all is sent.
 *
 * <p>On epoll, not on NIO, Netty 4.2.18 closes a connection whose client has ended its stream if the system takes no more bytes for it at
 * the moment: it takes a descriptor for which nothing is awaited out of the epoll set (its pull request 16689) and later changes what is
 * no longer there, which is refused with ENOENT.
 *
 * <p>{@code NettyProxyServer nio|epoll [tuned] PORT}, with the port of the server behind it on the loopback interface: see {@link
 * NettyServer}. Tuned it reads up to 256 KiB at once, as ours does.
 */
public final class NettyProxyServer {
    private static final int MOST_READ = 256 * 1024;

    private NettyProxyServer() {}

    /**
     * Runs the program.
     *
     * @param args as above.
     * @throws IOException if it cannot listen.
     * @throws InterruptedException if its thread is interrupted.
     */
    public static void main(final String[] args) throws IOException, InterruptedException {
        final List<String> words = List.of(args);
        final InetSocketAddress origin =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(words.getLast()));
        NettyServer.serve(words, MOST_READ, () -> new ClientSide(origin));
    }

    /** One of the two connections: what it receives, the other one sends. */
    private static class Side extends ChannelInboundHandlerAdapter {
        private @Nullable DuplexChannel other;
        private boolean ended; // its stream

        Side(final @Nullable DuplexChannel other) {
            this.other = other;
        }

        final void connect(final DuplexChannel channel) {
            other = channel;
        }

        @Override
        public final void handlerAdded(final ChannelHandlerContext context) {
            context.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        }

        @Override
        @SuppressWarnings("FutureReturnValueIgnored") // it is the void promise, which says nothing
        public final void channelRead(final ChannelHandlerContext context, final Object message) {
            final Channel to = other();
            to.write(message, to.voidPromise());
        }

        @Override
        public final void channelReadComplete(final ChannelHandlerContext context) {
            if (other().isActive()) other().flush(); // otherwise when it is connected
        }

        /** Its own output has risen above the high mark, or fallen below the low one. */
        @Override
        public final void channelWritabilityChanged(final ChannelHandlerContext context) {
            final Channel channel = context.channel();
            if (!channel.isWritable() && channel.isActive()) channel.flush();
            final DuplexChannel from = other();
            if (!from.isInputShutdown()) from.config().setAutoRead(channel.isWritable());
        }

        @Override
        public final void userEventTriggered(final ChannelHandlerContext context, final Object event) {
            if (event != ChannelInputShutdownEvent.INSTANCE) return;
            ended = true;
            if (other().isActive()) passEndOn();
        }

        /** Behind all that is to be sent: Netty forgets that if it is shut down. */
        @SuppressWarnings("FutureReturnValueIgnored") // the end of it is nobody's concern
        private void passEndOn() {
            final DuplexChannel to = other();
            to.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(sent -> {
                to.shutdownOutput();
                if (to.isInputShutdown()) to.close(); // and with it this one, when all is sent
            });
        }

        /** What came while the other one was being connected. */
        final void connected() {
            other().flush();
            if (ended) passEndOn();
        }

        @Override
        public final void channelInactive(final ChannelHandlerContext context) {
            final DuplexChannel to = other;
            if (to == null) return;
            if (to.isActive()) to.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
            else close(to);
        }

        @Override
        public final void exceptionCaught(final ChannelHandlerContext context, final Throwable cause) {
            close(context.channel());
        }

        private DuplexChannel other() {
            if (other == null) throw new IllegalStateException("a connection without another");
            return other;
        }

        @SuppressWarnings("FutureReturnValueIgnored") // the end of it is nobody's concern
        static void close(final Channel channel) {
            channel.close();
        }
    }

    /** The one that was accepted, and connects the other. */
    private static final class ClientSide extends Side {
        private final InetSocketAddress origin;

        ClientSide(final InetSocketAddress origin) {
            super(null);
            this.origin = origin;
        }

        @Override
        public void channelActive(final ChannelHandlerContext context) {
            final DuplexChannel client = (DuplexChannel) context.channel();
            final ChannelConfig config = client.config();
            config.setAutoRead(false);
            final var connecting = new Bootstrap()
                    .group(client.eventLoop())
                    .channel(client.getClass())
                    .option(ChannelOption.RECVBUF_ALLOCATOR, config.getRecvByteBufAllocator())
                    .option(ChannelOption.WRITE_BUFFER_WATER_MARK, config.getWriteBufferWaterMark())
                    .handler(new Side(client))
                    .connect(origin);
            connect((DuplexChannel) connecting.channel());
            connecting.addListener(done -> {
                if (!done.isSuccess()) {
                    close(client);
                } else if (!client.isActive()) {
                    close(connecting.channel());
                } else {
                    connected();
                    if (!client.isInputShutdown()) config.setAutoRead(true);
                }
            });
        }
    }
}
