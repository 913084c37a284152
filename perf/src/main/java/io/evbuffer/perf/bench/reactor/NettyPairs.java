package io.evbuffer.perf.bench.reactor;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/** Pairs of connected Unix sockets on a loop of Netty's, which the calling thread runs. */
final class NettyPairs {
    private static final ByteBuf BYTE =
            Unpooled.unreleasableBuffer(Unpooled.directBuffer(1, 1).writeByte(1).asReadOnly());
    private static final long WAIT = TimeUnit.SECONDS.toNanos(10);

    private final ManualIoEventLoop loop;
    private final Class<? extends ServerChannel> serverType;
    private final Class<? extends Channel> streamType;
    private final boolean plainAddress;
    private Channel[] writers = {};
    private Channel[] readers = {};
    private int accepted;

    private NettyPairs(
            final IoHandlerFactory factory,
            final Class<? extends ServerChannel> serverType,
            final Class<? extends Channel> streamType,
            final boolean plainAddress) {
        loop = Reactors.nettyLoop(factory);
        this.serverType = serverType;
        this.streamType = streamType;
        this.plainAddress = plainAddress;
    }

    static NettyPairs onEpoll() {
        return new NettyPairs(
                Reactors.nettyEpoll(), EpollServerDomainSocketChannel.class, EpollDomainSocketChannel.class, false);
    }

    static NettyPairs onNio() {
        return new NettyPairs(
                Reactors.nettyNio(), NioServerDomainSocketChannel.class, NioDomainSocketChannel.class, true);
    }

    ManualIoEventLoop loop() {
        return loop;
    }

    /** The reading ends call {@code arrived} with the number of their pair; without {@code autoRead} once for each read. */
    void open(final int pairs, final boolean autoRead, final IntConsumer arrived) throws IOException {
        final Path path = Reactors.socketPath();
        final SocketAddress address =
                plainAddress ? UnixDomainSocketAddress.of(path) : new DomainSocketAddress(path.toFile());
        writers = new Channel[pairs];
        readers = new Channel[pairs];
        final Channel listener = opened(new ServerBootstrap()
                .group(loop)
                .channel(serverType)
                .childOption(ChannelOption.AUTO_READ, autoRead)
                .childHandler(new Acceptor(arrived))
                .bind(address));
        for (int i = 0; i < pairs; i++) {
            writers[i] = opened(new Bootstrap()
                    .group(loop)
                    .channel(streamType)
                    .handler(new ChannelInboundHandlerAdapter())
                    .connect(address));
            while (accepted <= i) turn();
        }
        await(listener.close());
        Files.deleteIfExists(path);
    }

    private Channel opened(final ChannelFuture future) {
        await(future);
        return future.channel();
    }

    private void await(final Future<?> future) {
        while (!future.isDone()) turn();
        if (!future.isSuccess()) throw new IllegalStateException("Netty failed", future.cause());
    }

    Channel reader(final int pair) {
        return readers[pair];
    }

    @SuppressWarnings("FutureReturnValueIgnored") // it is the void promise, which says nothing
    void send(final int pair) {
        final Channel writer = writers[pair];
        writer.writeAndFlush(BYTE.duplicate(), writer.voidPromise());
    }

    /** Runs the loop once, waiting if nothing is ready. */
    void turn() {
        loop.run(WAIT);
    }

    void close() {
        await(loop.shutdownGracefully(0, 0, TimeUnit.SECONDS));
    }

    /** Gives each connection, in their order, the handler of its pair. */
    private final class Acceptor extends ChannelInboundHandlerAdapter {
        private final IntConsumer arrived;

        Acceptor(final IntConsumer arrived) {
            this.arrived = arrived;
        }

        @Override
        public boolean isSharable() {
            return true;
        }

        @Override
        public void handlerAdded(final ChannelHandlerContext context) {
            readers[accepted] = context.channel();
            context.pipeline().addLast(new Reader(accepted++, arrived));
        }
    }

    private static final class Reader extends ChannelInboundHandlerAdapter {
        private final int pair;
        private final IntConsumer arrived;

        Reader(final int pair, final IntConsumer arrived) {
            this.pair = pair;
            this.arrived = arrived;
        }

        @Override
        public void channelRead(final ChannelHandlerContext context, final Object message) {
            final int bytes = ((ByteBuf) message).readableBytes();
            ReferenceCountUtil.release(message);
            for (int i = 0; i < bytes; i++) arrived.accept(pair);
        }
    }
}
