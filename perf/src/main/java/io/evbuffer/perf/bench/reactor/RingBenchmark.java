package io.evbuffer.perf.bench.reactor;

import io.evbuffer.EvBuffer;
import io.evbuffer.EvIovec;
import io.evbuffer.event.Event;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.Transport;
import io.evbuffer.perf.bench.NettyJvm;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Cost of an event with its byte, when 100 of many connections are active: the classic benchmark of event loops, after
 * libevent's {@code bench.c}.
 *
 * <pre>
 *   pair 0 ──1 byte──► callback reads it, writes 1 byte to pair 1 ──► callback ... around the ring, 100 bytes at a time
 * </pre>
 *
 * <p>Measured: {@value #EVENTS} events, mean ns per event: one wait shared with those ready at the same time, one read and
 * one write of a byte on a Unix socket. RS-153. All use Unix sockets on one thread, which runs the loop itself.
 * <p>Not measured: setting up, interest that changes. libevent reads and writes without a buffer; ours reads into memory of
 * a buffer and writes from one; Netty's pipeline gives and takes its buffers.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(RingBenchmark.EVENTS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class RingBenchmark {
    /** Bytes under way at a time. */
    public static final int ACTIVE = 100;

    /** How often bytes are passed on. */
    public static final int WRITES = 10_000;

    /** Callbacks of a pass: for each byte put in and each passed on. */
    public static final int EVENTS = ACTIVE + WRITES;

    @Benchmark
    public int evbuffer(final EpollRing ring) {
        return ring.pass();
    }

    @Benchmark
    public int evbufferPoll(final PollRing ring) {
        return ring.pass();
    }

    @Benchmark
    public int evbufferNio(final NioRing ring) {
        return ring.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public int nettyEpoll(final NettyEpollRing ring) {
        return ring.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public int nettyNio(final NettyNioRing ring) {
        return ring.pass();
    }

    /** The work, the same for all. */
    @State(Scope.Thread)
    public abstract static class Ring {
        @Param({"100", "1000", "9000"})
        public int pairs;

        private int writes;
        private int events;

        /** All events of one pass; how many there were. */
        public final int pass() {
            writes = WRITES;
            events = 0;
            for (int i = 0; i < ACTIVE; i++) send(i * (pairs / ACTIVE));
            while (events < EVENTS) turn();
            return events;
        }

        /** A byte has come and was read. */
        final void arrived(final int pair) {
            events++;
            if (writes == 0) return;
            writes--;
            send(pair + 1 < pairs ? pair + 1 : 0);
        }

        @Setup
        public abstract void open() throws IOException;

        /** Writes a byte to a pair. */
        abstract void send(int pair);

        /** Runs the loop once, waiting if nothing is ready. */
        abstract void turn();

        @TearDown
        public abstract void close() throws IOException;
    }

    /** Ours, on one of its methods. */
    public abstract static class OurRing extends Ring {
        private final EventBase base;
        private final EvBuffer input;
        private final EvBuffer output;
        private final EvIovec space = new EvIovec(1);
        private final EvIovec bytes = new EvIovec(1);
        private final List<Transport> ends = new ArrayList<>();
        private Transport[] writers = {};

        OurRing(final String method) {
            base = Reactors.base(method);
            input = new EvBuffer(base.pool());
            output = new EvBuffer(base.pool());
            output.add(new byte[1]);
        }

        @Override
        public void open() throws IOException {
            final Path path = Reactors.socketPath();
            final SocketAddress address = UnixDomainSocketAddress.of(path);
            writers = new Transport[pairs];
            try (Transport listener = base.openListener(address)) {
                listener.bind(address, 1);
                for (int i = 0; i < pairs; i++) open(i, listener, address);
            } finally {
                Files.deleteIfExists(path);
            }
        }

        private void open(final int pair, final Transport listener, final SocketAddress address) throws IOException {
            final Transport writer = base.openStream(address);
            ends.add(writer);
            if (!writer.connect(address)) throw new IOException("a Unix socket connects at once");
            final Transport reader = listener.accept();
            if (reader == null) throw new IOException("the connection is not there");
            ends.add(reader);
            writers[pair] = writer;
            new Event(base, reader, Event.READ | Event.PERSIST, (event, what) -> read(pair, reader), null).add();
        }

        private void read(final int pair, final Transport reader) throws IOException {
            input.reserveSpace(1, space);
            if (reader.read(space.limit(1)) == 1) arrived(pair);
        }

        @Override
        void send(final int pair) {
            output.peek(1, bytes);
            try {
                if (writers[pair].write(bytes) != 1) throw new IllegalStateException("no room for a byte");
            } catch (final IOException e) {
                throw new IllegalStateException("a byte was not written", e);
            }
        }

        @Override
        void turn() {
            base.loop(EventBase.ONCE);
        }

        @Override
        public void close() throws IOException {
            input.close();
            output.close();
            base.close();
            for (final Transport end : ends) end.close();
        }
    }

    public static class EpollRing extends OurRing {
        public EpollRing() {
            super("epoll");
        }
    }

    public static class PollRing extends OurRing {
        public PollRing() {
            super("poll");
        }
    }

    public static class NioRing extends OurRing {
        public NioRing() {
            super("nio");
        }
    }

    /** Netty, on one of its transports. */
    public abstract static class NettyRing extends Ring {
        private static final ByteBuf BYTE = Unpooled.unreleasableBuffer(
                Unpooled.directBuffer(1, 1).writeByte(1).asReadOnly());
        private static final long WAIT = TimeUnit.SECONDS.toNanos(10);

        private final ManualIoEventLoop loop;
        private final Class<? extends ServerChannel> serverType;
        private final Class<? extends Channel> streamType;
        private final boolean plainAddress;
        private Channel[] writers = {};
        private int accepted;

        NettyRing(
                final IoHandlerFactory factory,
                final Class<? extends ServerChannel> serverType,
                final Class<? extends Channel> streamType,
                final boolean plainAddress) {
            loop = Reactors.nettyLoop(factory);
            this.serverType = serverType;
            this.streamType = streamType;
            this.plainAddress = plainAddress;
        }

        @Override
        public void open() throws IOException {
            final Path path = Reactors.socketPath();
            final SocketAddress address =
                    plainAddress ? UnixDomainSocketAddress.of(path) : new DomainSocketAddress(path.toFile());
            writers = new Channel[pairs];
            final Channel listener = opened(new ServerBootstrap()
                    .group(loop)
                    .channel(serverType)
                    .childHandler(new Acceptor())
                    .bind(address));
            for (int i = 0; i < pairs; i++) {
                writers[i] = opened(new Bootstrap()
                        .group(loop)
                        .channel(streamType)
                        .handler(new ChannelInboundHandlerAdapter())
                        .connect(address));
                while (accepted <= i) loop.run(WAIT);
            }
            await(listener.close());
            Files.deleteIfExists(path);
        }

        private Channel opened(final ChannelFuture future) {
            await(future);
            return future.channel();
        }

        private void await(final Future<?> future) {
            while (!future.isDone()) loop.run(WAIT);
            if (!future.isSuccess()) throw new IllegalStateException("Netty failed", future.cause());
        }

        /** Gives each connection, in their order, the handler of its pair. */
        private final class Acceptor extends ChannelInboundHandlerAdapter {
            @Override
            public boolean isSharable() {
                return true;
            }

            @Override
            public void handlerAdded(final ChannelHandlerContext context) {
                context.pipeline().addLast(new Reader(accepted++));
            }
        }

        private final class Reader extends ChannelInboundHandlerAdapter {
            private final int pair;

            Reader(final int pair) {
                this.pair = pair;
            }

            @Override
            public void channelRead(final ChannelHandlerContext context, final Object message) {
                final int bytes = ((ByteBuf) message).readableBytes();
                ReferenceCountUtil.release(message);
                for (int i = 0; i < bytes; i++) arrived(pair);
            }
        }

        @Override
        @SuppressWarnings("FutureReturnValueIgnored") // it is the void promise, which says nothing
        void send(final int pair) {
            final Channel writer = writers[pair];
            writer.writeAndFlush(BYTE.duplicate(), writer.voidPromise());
        }

        @Override
        void turn() {
            loop.run(WAIT);
        }

        @Override
        public void close() {
            await(loop.shutdownGracefully(0, 0, TimeUnit.SECONDS));
        }
    }

    public static class NettyEpollRing extends NettyRing {
        public NettyEpollRing() {
            super(Reactors.nettyEpoll(), EpollServerDomainSocketChannel.class, EpollDomainSocketChannel.class, false);
        }
    }

    public static class NettyNioRing extends NettyRing {
        public NettyNioRing() {
            super(Reactors.nettyNio(), NioServerDomainSocketChannel.class, NioDomainSocketChannel.class, true);
        }
    }
}
