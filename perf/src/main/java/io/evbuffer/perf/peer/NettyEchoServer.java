package io.evbuffer.perf.peer;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.util.List;

/**
 * An echo server on Netty, a peer of our {@code EchoServer}: one loop, what is read is written and flushed when the reads of a
 * turn are over, and no connection is read whose output stands above the same marks as ours.
 *
 * <p>{@code NettyEchoServer nio|epoll|io_uring [tuned]}: see {@link NettyServer}.
 */
public final class NettyEchoServer {
    private NettyEchoServer() {}

    /**
     * Runs the program.
     *
     * @param args as above.
     * @throws IOException if it cannot listen.
     * @throws InterruptedException if its thread is interrupted.
     */
    public static void main(final String[] args) throws IOException, InterruptedException {
        NettyServer.serve(List.of(args), Echo::new);
    }

    /** One for each connection. */
    private static final class Echo extends ChannelInboundHandlerAdapter {
        @Override
        @SuppressWarnings("FutureReturnValueIgnored") // it is the void promise, which says nothing
        public void channelRead(final ChannelHandlerContext context, final Object message) {
            context.write(message, context.voidPromise());
        }

        @Override
        public void channelReadComplete(final ChannelHandlerContext context) {
            context.flush();
        }

        @Override
        public void channelWritabilityChanged(final ChannelHandlerContext context) {
            if (!context.channel().isWritable()) context.flush();
            context.channel().config().setAutoRead(context.channel().isWritable());
        }

        @Override
        @SuppressWarnings("FutureReturnValueIgnored") // the end of it is nobody's concern
        public void exceptionCaught(final ChannelHandlerContext context, final Throwable cause) {
            context.close();
        }
    }
}
