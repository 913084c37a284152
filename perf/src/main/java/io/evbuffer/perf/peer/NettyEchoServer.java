package io.evbuffer.perf.peer;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringBufferRingConfig;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringFixedBufferRingAllocator;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoHandlerConfig;
import io.netty.channel.uring.IoUringServerSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * An echo server on Netty, a peer of our {@code EchoServer}: one loop, what is read is written and flushed when the reads of a
 * turn are over, and no connection is read whose output stands above the same marks as ours.
 *
 * <p>{@code NettyEchoServer nio|epoll|io_uring [tuned]}: listens on a free port of the loopback interface, prints
 * {@code listening on PORT}, serves until it is killed. Without {@code tuned} all is as Netty has it. With it: reads of up to
 * 64 KiB from the beginning, as ours; with io_uring a ring of buffers that the kernel fills. The JVM's flags do the rest: leak
 * detection off, {@code Unsafe} allowed.
 */
public final class NettyEchoServer {
    private static final int HIGH = 256 * 1024;
    private static final int LOW = 64 * 1024;
    private static final int LEAST_READ = 512;
    private static final int FIRST_READ = 16 * 1024;
    private static final int MOST_READ = 64 * 1024;
    private static final int BACKLOG = 4096;
    private static final short BUFFER_GROUP = 0;
    private static final short BUFFERS = 1024;
    private static final int RING_BUFFER = 8 * 1024;

    private NettyEchoServer() {}

    /** What a loop waits with. */
    private record Waiting(IoHandlerFactory factory, Class<? extends ServerChannel> type) {
        static Waiting of(final String name, final boolean tuned) {
            return switch (name) {
                case "nio" -> new Waiting(NioIoHandler.newFactory(), NioServerSocketChannel.class);
                case "epoll" -> new Waiting(EpollIoHandler.newFactory(), EpollServerSocketChannel.class);
                case "io_uring" -> new Waiting(ioUring(tuned), IoUringServerSocketChannel.class);
                default -> throw new IllegalArgumentException("no transport '" + name + "'");
            };
        }

        private static IoHandlerFactory ioUring(final boolean tuned) {
            IoUring.ensureAvailability();
            if (!ringsOfBuffers(tuned)) return IoUringIoHandler.newFactory();
            final IoUringBufferRingConfig buffers = IoUringBufferRingConfig.builder()
                    .bufferGroupId(BUFFER_GROUP)
                    .bufferRingSize(BUFFERS)
                    .batchSize(BUFFERS / 2)
                    .allocator(new IoUringFixedBufferRingAllocator(RING_BUFFER))
                    .build();
            return IoUringIoHandler.newFactory(new IoUringIoHandlerConfig().setBufferRingConfig(buffers));
        }
    }

    private static boolean ringsOfBuffers(final boolean tuned) {
        return tuned && IoUring.isRegisterBufferRingSupported();
    }

    /**
     * Runs the program.
     *
     * @param args as above.
     * @throws IOException if it cannot listen.
     * @throws InterruptedException if its thread is interrupted.
     */
    public static void main(final String[] args) throws IOException, InterruptedException {
        final boolean tuned = List.of(args).contains("tuned");
        final Waiting waiting = Waiting.of(args.length == 0 ? "" : args[0], tuned);
        final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, waiting.factory());
        final ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loop)
                .channel(waiting.type())
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(LOW, HIGH))
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(final Channel channel) {
                        channel.pipeline().addLast(new Echo());
                    }
                });
        if (ringsOfBuffers(tuned) && waiting.type() == IoUringServerSocketChannel.class) {
            bootstrap.childOption(IoUringChannelOption.IO_URING_BUFFER_GROUP_ID, BUFFER_GROUP);
        } else if (tuned) {
            bootstrap.childOption(
                    ChannelOption.RECVBUF_ALLOCATOR,
                    new AdaptiveRecvByteBufAllocator(LEAST_READ, FIRST_READ, MOST_READ));
        }
        final Channel listener = bootstrap
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sync()
                .channel();
        System.out.println("listening on " + ((InetSocketAddress) listener.localAddress()).getPort());
        System.out.flush();
        listener.closeFuture().sync();
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
