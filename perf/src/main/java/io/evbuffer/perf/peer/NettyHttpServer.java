package io.evbuffer.perf.peer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.DefaultMessageSizeEstimator;
import io.netty.channel.FileRegion;
import io.netty.channel.MessageSizeEstimator;
import io.netty.handler.codec.DateFormatter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Serves the files below a folder by HTTP/1.1 on Netty, a peer of our {@code HttpServer}: GET and HEAD, connections that stay,
 * pipelined requests, {@code If-Modified-Since}, no ranges.
 *
 * <p>As ours, it keeps small files in memory, which leave with their head in one gathering write, and lets the system send large ones
 * ({@code sendfile}); {@link NettyFiles} tells. A connection that has been idle for a minute is closed within the next one; {@code
 * IdleStateHandler} would be more exact, but takes a tenth of the time of a small file. What its requests make wait counts, files
 * too: above the mark it is read no more.
 *
 * <p>{@code NettyHttpServer nio|epoll|io_uring [tuned] FOLDER}: see {@link NettyServer}.
 */
public final class NettyHttpServer {
    private static final int IDLE_SECONDS = 60;

    /** A region counts as nothing otherwise. */
    private static final MessageSizeEstimator SIZES = () -> {
        final MessageSizeEstimator.Handle others = DefaultMessageSizeEstimator.DEFAULT.newHandle();
        return message -> message instanceof final FileRegion region
                ? (int) Math.min(region.count(), Integer.MAX_VALUE)
                : others.size(message);
    };

    private NettyHttpServer() {}

    /**
     * Runs the program.
     *
     * @param args as above.
     * @throws IOException if it cannot listen, or there is no such folder.
     * @throws InterruptedException if its thread is interrupted.
     */
    public static void main(final String[] args) throws IOException, InterruptedException {
        final List<String> words = List.of(args);
        final NettyFiles files = new NettyFiles(Path.of(words.getLast()));
        final Clock clock = new Clock();
        NettyServer.serve(words, () -> new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(final Channel channel) {
                channel.config().setMessageSizeEstimator(SIZES);
                channel.pipeline().addLast(new HttpServerCodec(), new Connection(files, clock));
            }
        });
    }

    /** The value of {@code Date}, made once a second. */
    private static final class Clock {
        private long second;
        private AsciiString text = AsciiString.EMPTY_STRING;

        AsciiString date() {
            final long millis = System.currentTimeMillis();
            if (TimeUnit.MILLISECONDS.toSeconds(millis) != second) {
                second = TimeUnit.MILLISECONDS.toSeconds(millis);
                text = AsciiString.cached(DateFormatter.format(Date.from(Instant.ofEpochMilli(millis))));
            }
            return text;
        }
    }

    /** One for each client. */
    private static final class Connection extends ChannelInboundHandlerAdapter {
        /** All fields are ours: there is nothing to be checked. */
        private static final DefaultHttpHeadersFactory FIELDS =
                DefaultHttpHeadersFactory.headersFactory().withValidation(false);

        private static final AsciiString NO_RANGES = AsciiString.cached("none");

        private final NettyFiles files;
        private final Clock clock;
        private @Nullable ScheduledFuture<?> check;
        private boolean active; // since the last check
        private boolean ending; // the last response is on its way

        Connection(final NettyFiles files, final Clock clock) {
            this.files = files;
            this.clock = clock;
        }

        @Override
        public void channelActive(final ChannelHandlerContext context) {
            check = context.executor()
                    .scheduleAtFixedRate(() -> check(context), IDLE_SECONDS, IDLE_SECONDS, TimeUnit.SECONDS);
        }

        @SuppressWarnings("FutureReturnValueIgnored") // the end of it is nobody's concern
        private void check(final ChannelHandlerContext context) {
            if (!active) context.close();
            active = false;
        }

        @Override
        public void channelInactive(final ChannelHandlerContext context) {
            if (check != null) check.cancel(false);
        }

        @Override
        public void channelRead(final ChannelHandlerContext context, final Object message) {
            try {
                if (message instanceof final HttpRequest request && !ending) {
                    if (!context.channel().isWritable())
                        context.channel().config().setAutoRead(false);
                    respond(context, request);
                }
            } finally {
                ReferenceCountUtil.release(message); // of a body
            }
        }

        @Override
        public void channelReadComplete(final ChannelHandlerContext context) {
            active = true;
            context.flush();
        }

        @Override
        public void channelWritabilityChanged(final ChannelHandlerContext context) {
            active = true;
            if (context.channel().isWritable()) context.channel().config().setAutoRead(true);
        }

        private void respond(final ChannelHandlerContext context, final HttpRequest request) {
            if (request.decoderResult().isFailure()) {
                ending = true;
                explain(context, request, HttpResponseStatus.BAD_REQUEST);
                return;
            }
            ending = !HttpUtil.isKeepAlive(request);
            final boolean headOnly = request.method().equals(HttpMethod.HEAD);
            if (!headOnly && !request.method().equals(HttpMethod.GET)) {
                explain(context, request, HttpResponseStatus.METHOD_NOT_ALLOWED);
                return;
            }
            final NettyFiles.OpenFile file;
            try {
                file = files.find(new QueryStringDecoder(request.uri()).path());
            } catch (final AccessDeniedException e) {
                explain(context, request, HttpResponseStatus.FORBIDDEN);
                return;
            } catch (final IOException e) {
                explain(context, request, HttpResponseStatus.NOT_FOUND);
                return;
            } catch (final IllegalArgumentException e) { // no path
                explain(context, request, HttpResponseStatus.BAD_REQUEST);
                return;
            }
            final HttpHeaders fields = fields(request)
                    .add(HttpHeaderNames.ACCEPT_RANGES, NO_RANGES)
                    .add(HttpHeaderNames.LAST_MODIFIED, file.modified())
                    .add(HttpHeaderNames.CONTENT_TYPE, file.type());
            if (isNotModified(request, file)) {
                send(context, HttpResponseStatus.NOT_MODIFIED, fields, Unpooled.EMPTY_BUFFER);
                return;
            }
            fields.add(HttpHeaderNames.CONTENT_LENGTH, file.length());
            final ByteBuf content = headOnly ? Unpooled.EMPTY_BUFFER : file.content();
            if (content == null) send(context, fields, file.region());
            else send(context, HttpResponseStatus.OK, fields, content);
        }

        private static boolean isNotModified(final HttpRequest request, final NettyFiles.OpenFile file) {
            final String since = request.headers().get(HttpHeaderNames.IF_MODIFIED_SINCE);
            if (since == null) return false;
            final Date date = DateFormatter.parseHttpDate(since);
            return date != null && file.modifiedSecond() <= date.toInstant().getEpochSecond();
        }

        private HttpHeaders fields(final HttpRequest request) {
            final HttpHeaders fields = FIELDS.newHeaders().add(HttpHeaderNames.DATE, clock.date());
            if (ending) fields.add(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
            else if (!request.protocolVersion().isKeepAliveDefault()) {
                fields.add(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
            }
            return fields;
        }

        private void explain(
                final ChannelHandlerContext context, final HttpRequest request, final HttpResponseStatus status) {
            final ByteBuf text = ByteBufUtil.writeAscii(context.alloc(), status + "\n");
            final HttpHeaders fields = fields(request)
                    .add(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.TEXT_PLAIN)
                    .add(HttpHeaderNames.CONTENT_LENGTH, text.readableBytes());
            if (request.method().equals(HttpMethod.HEAD)) text.clear();
            send(context, status, fields, text);
        }

        private void send(
                final ChannelHandlerContext context,
                final HttpResponseStatus status,
                final HttpHeaders fields,
                final ByteBuf content) {
            end(
                    context,
                    new DefaultFullHttpResponse(
                            HttpVersion.HTTP_1_1, status, content, fields, EmptyHttpHeaders.INSTANCE));
        }

        @SuppressWarnings("FutureReturnValueIgnored") // it is the void promise, which says nothing
        private void send(final ChannelHandlerContext context, final HttpHeaders fields, final FileRegion region) {
            context.write(
                    new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, fields),
                    context.voidPromise());
            context.write(region, context.voidPromise());
            end(context, LastHttpContent.EMPTY_LAST_CONTENT);
        }

        /** Writes the last part of a response. */
        @SuppressWarnings("FutureReturnValueIgnored") // the end of it is nobody's concern
        private void end(final ChannelHandlerContext context, final Object last) {
            if (ending) context.write(last).addListener(ChannelFutureListener.CLOSE);
            else context.write(last, context.voidPromise());
        }

        @Override
        @SuppressWarnings("FutureReturnValueIgnored") // the end of it is nobody's concern
        public void exceptionCaught(final ChannelHandlerContext context, final Throwable cause) {
            context.close();
        }
    }
}
