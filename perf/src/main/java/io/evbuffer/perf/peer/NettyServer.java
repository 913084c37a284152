package io.evbuffer.perf.peer;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
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
import java.util.function.Supplier;

/**
 * A server on Netty with one loop, whatever its connections do: listens on a free port of the loopback interface, prints {@code
 * listening on PORT}, serves until it is killed.
 *
 * <p>Its words are {@code nio|epoll|io_uring [tuned]}. Without {@code tuned} all is as Netty has it. With it: reads as large as
 * ours from the beginning; with io_uring a ring of buffers that the kernel fills. The JVM's flags do the rest: leak detection
 * off, {@code Unsafe} allowed. No more is written to a connection whose output stands above the same marks as ours.
 */
final class NettyServer {
    private static final int HIGH = 256 * 1024;
    private static final int LOW = 64 * 1024;
    private static final int LEAST_READ = 512;
    private static final int FIRST_READ = 16 * 1024;
    private static final int MOST_READ = 64 * 1024;
    private static final int BACKLOG = 4096;
    private static final short BUFFER_GROUP = 0;
    private static final short BUFFERS = 1024;
    private static final int RING_BUFFER = 8 * 1024;

    private NettyServer() {}

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
     * Runs a server whose reads are at most 64 KiB.
     *
     * @param words as above; more may follow.
     * @param handlers makes the handler of each connection.
     * @throws IOException if it cannot listen.
     * @throws InterruptedException if its thread is interrupted.
     */
    static void serve(final List<String> words, final Supplier<ChannelHandler> handlers)
            throws IOException, InterruptedException {
        serve(words, MOST_READ, handlers);
    }

    /**
     * Runs the server.
     *
     * @param words as above; more may follow.
     * @param mostRead the largest read if it is tuned, in bytes.
     * @param handlers makes the handler of each connection.
     * @throws IOException if it cannot listen.
     * @throws InterruptedException if its thread is interrupted.
     */
    static void serve(final List<String> words, final int mostRead, final Supplier<ChannelHandler> handlers)
            throws IOException, InterruptedException {
        final boolean tuned = words.contains("tuned");
        final Waiting waiting = Waiting.of(words.isEmpty() ? "" : words.getFirst(), tuned);
        final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, waiting.factory());
        final ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loop)
                .channel(waiting.type())
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(LOW, HIGH))
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(final Channel channel) {
                        channel.pipeline().addLast(handlers.get());
                    }
                });
        if (ringsOfBuffers(tuned) && waiting.type() == IoUringServerSocketChannel.class) {
            bootstrap.childOption(IoUringChannelOption.IO_URING_BUFFER_GROUP_ID, BUFFER_GROUP);
        } else if (tuned) {
            bootstrap.childOption(
                    ChannelOption.RECVBUF_ALLOCATOR,
                    new AdaptiveRecvByteBufAllocator(LEAST_READ, FIRST_READ, mostRead));
        }
        final Channel listener = bootstrap
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sync()
                .channel();
        System.out.println("listening on " + ((InetSocketAddress) listener.localAddress()).getPort());
        System.out.flush();
        listener.closeFuture().sync();
    }
}
