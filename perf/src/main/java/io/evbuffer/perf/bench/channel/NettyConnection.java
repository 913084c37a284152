package io.evbuffer.perf.bench.channel;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ServerSocketChannel;
import java.util.concurrent.TimeUnit;

/**
 * A connection one end of which is Netty's channel, on an event loop that the benchmark's own thread runs: a flush is done
 * where it is called, without a change of threads.
 */
final class NettyConnection implements AutoCloseable {
    final Channel near;
    final FarEnd far;
    private final ManualIoEventLoop loop;
    private boolean flushing;

    /** Connects; the channel belongs to the calling thread. */
    NettyConnection(final ByteBufAllocator allocator) {
        loop = new ManualIoEventLoop(Thread.currentThread(), NioIoHandler.newFactory());
        try (ServerSocketChannel server = Connection.listen()) {
            final ChannelFuture connected = new Bootstrap()
                    .group(loop)
                    .channel(NioSocketChannel.class)
                    .option(ChannelOption.ALLOCATOR, allocator)
                    .option(ChannelOption.SO_SNDBUF, FarEnd.SOCKET_BUFFER)
                    .option(ChannelOption.SO_RCVBUF, FarEnd.SOCKET_BUFFER)
                    .option(ChannelOption.TCP_NODELAY, true)
                    .option(ChannelOption.AUTO_READ, false)
                    .handler(new ChannelInboundHandlerAdapter())
                    .connect(server.getLocalAddress());
            await(connected);
            near = connected.channel();
            far = new FarEnd(server.accept());
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Puts a message into the channel's outbound buffer, which owns it from now on. */
    @SuppressWarnings("FutureReturnValueIgnored") // it is the void promise, which says nothing
    void write(final Object message) {
        near.write(message, near.voidPromise());
    }

    /** Sends what the kernel takes; whether that is all there was. */
    boolean flush() {
        final ChannelOutboundBuffer output = near.unsafe().outboundBuffer();
        if (output == null) throw new IllegalStateException("the channel is closed");
        if (flushing) {
            loop.runNow(); // the channel waits for the kernel to take more
        } else {
            near.flush();
        }
        flushing = !output.isEmpty();
        return !flushing;
    }

    private void await(final ChannelFuture future) throws IOException {
        while (!future.isDone()) loop.runNow();
        if (!future.isSuccess()) throw new IOException(future.cause());
    }

    @Override
    public void close() {
        far.close();
        try {
            await(near.close());
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        final Future<?> end = loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
        while (!end.isDone()) loop.runNow();
    }
}
