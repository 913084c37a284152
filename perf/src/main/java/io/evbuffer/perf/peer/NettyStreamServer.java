package io.evbuffer.perf.peer;

import io.evbuffer.perf.server.StreamServer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.util.List;

/**
 * Takes or makes a stream on Netty, a peer of our {@link StreamServer} with the same protocol: what is sent are slices of one
 * buffer, as long as the channel is writable.
 *
 * <p>{@code NettyStreamServer nio|epoll|io_uring [tuned] up|down}: see {@link NettyServer}.
 */
public final class NettyStreamServer {
    private NettyStreamServer() {}

    /**
     * Runs the program.
     *
     * @param args as above.
     * @throws IOException if it cannot listen.
     * @throws InterruptedException if its thread is interrupted.
     */
    public static void main(final String[] args) throws IOException, InterruptedException {
        final List<String> words = List.of(args);
        final ByteBuf piece = Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(StreamServer.piece()));
        final boolean up = words.contains("up");
        NettyServer.serve(words, () -> up ? new Taker() : new Maker(piece));
    }

    /** Counts what a connection sends. */
    private static final class Taker extends ChannelInboundHandlerAdapter {
        private long taken;

        @Override
        @SuppressWarnings("FutureReturnValueIgnored") // it is the void promise, which says nothing
        public void channelRead(final ChannelHandlerContext context, final Object message) {
            final ByteBuf bytes = (ByteBuf) message;
            final boolean fits = bytes.getByte(bytes.readerIndex()) == (byte) (taken % StreamServer.PERIOD);
            final long before = taken;
            taken += bytes.readableBytes();
            bytes.release();
            if (!fits) {
                context.close(context.voidPromise());
            } else if (before / StreamServer.BLOCK < taken / StreamServer.BLOCK) {
                context.writeAndFlush(context.alloc().buffer(Long.BYTES).writeLong(taken), context.voidPromise());
            }
        }

        @Override
        @SuppressWarnings("FutureReturnValueIgnored") // the end of it is nobody's concern
        public void exceptionCaught(final ChannelHandlerContext context, final Throwable cause) {
            context.close();
        }
    }

    /** Sends what a connection asks for. */
    private static final class Maker extends ChannelInboundHandlerAdapter {
        private final ByteBuf piece;
        private long request;
        private int requestBytes;
        private long wanted;
        private int sent; // position within a piece

        Maker(final ByteBuf piece) {
            this.piece = piece;
        }

        @Override
        public void channelRead(final ChannelHandlerContext context, final Object message) {
            final ByteBuf bytes = (ByteBuf) message;
            while (bytes.isReadable()) {
                request = request << Byte.SIZE | bytes.readUnsignedByte();
                if (++requestBytes % Long.BYTES == 0) wanted += request;
            }
            bytes.release();
            fill(context);
        }

        @Override
        public void channelWritabilityChanged(final ChannelHandlerContext context) {
            if (context.channel().isWritable()) fill(context);
        }

        @SuppressWarnings("FutureReturnValueIgnored") // it is the void promise, which says nothing
        private void fill(final ChannelHandlerContext context) {
            while (wanted > 0 && context.channel().isWritable()) {
                final int length = (int) Math.min(StreamServer.PIECE - sent, wanted);
                wanted -= length;
                final int from = sent;
                sent = (sent + length) % StreamServer.PIECE;
                context.write(piece.retainedSlice(from, length), context.voidPromise());
            }
            context.flush();
        }

        @Override
        @SuppressWarnings("FutureReturnValueIgnored") // the end of it is nobody's concern
        public void exceptionCaught(final ChannelHandlerContext context, final Throwable cause) {
            context.close();
        }
    }
}
