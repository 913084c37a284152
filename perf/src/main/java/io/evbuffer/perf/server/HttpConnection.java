package io.evbuffer.perf.server;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.evbuffer.EvBuffer;
import io.evbuffer.bufferevent.BufferEvent;
import io.evbuffer.bufferevent.BufferEventCallback;
import io.evbuffer.bufferevent.BufferEventNotice;
import io.evbuffer.bufferevent.Directions;
import io.evbuffer.bufferevent.EventFlags;
import io.evbuffer.bufferevent.TlsBufferEvent;
import io.evbuffer.event.Event;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One client of an {@link HttpServer}: reads requests as long as its responses leave, and ends when its time is up.
 *
 * <pre>
 *   TLS shakes hands first; the client may take as long as for a head, each time that it is its turn
 *
 *             requests                          OPEN ---------- last response queued ---------&gt; ENDING
 *   input  -------------&gt; responses               |                                             |
 *   at most               output                  | end of stream, timeout                      | all is sent
 *   {@link #INPUT_LIMIT}  no request is           v                                             v
 *   bytes                 read from HIGH on     closed &lt;--- end of stream, or 2 seconds --- LINGERING
 * </pre>
 *
 * <p>What a client can make the server hold: {@link #INPUT_LIMIT} bytes of requests, and responses up to {@link #HIGH} bytes and
 * one more. Bytes of large files count, though they stand in no memory, so there is one such response at a time. A client that
 * reads nothing is cut off when the idle time is over; one whose head or body takes too long gets 408.
 *
 * <p>After a refusal the connection lingers: it is shut down, and what still comes is thrown away for a moment, since a system
 * that closes a connection with unread bytes destroys the response that is on its way.
 *
 * <p><b>Cost:</b> for a file in the cache nothing on the heap, once compiled. Threads: of the base's loop.
 */
final class HttpConnection {
    /** Output at which no request is read any more. */
    static final long HIGH = 64 * 1024;

    /** Output at which requests are read again. */
    static final long LOW = 16 * 1024;

    /** The most bytes of requests that wait. */
    static final long INPUT_LIMIT = 16 * 1024;

    /** The most bytes of a body, all of which are thrown away. */
    static final long BODY_LIMIT = 64 * 1024;

    private static final int MAX_WRITE = 256 * 1024;
    private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final byte[] OK = HttpText.bytes("HTTP/1.1 200 OK");
    private static final byte[] PARTIAL = HttpText.bytes("HTTP/1.1 206 Partial Content");
    private static final byte[] NOT_MODIFIED = HttpText.bytes("HTTP/1.1 304 Not Modified");
    private static final byte[] ALLOW = HttpText.bytes("Allow: GET, HEAD\r\n");
    private static final byte[] TEXT = HttpText.bytes("Content-Type: text/plain; charset=us-ascii\r\n");

    private enum State {
        SHAKING_HANDS,
        OPEN,
        ENDING,
        LINGERING,
        CLOSED
    }

    private final HttpServer server;
    private final RequestHead request;
    private final BufferEvent connection;
    private final BufferEventCallback proceeding = source -> proceed();
    private final BufferEventNotice happening = (source, what, cause) -> event(what);
    private State state;
    private boolean waitsForOutput; // to leave
    private boolean lingers; // when all is sent
    private boolean inputEnded;
    private boolean skippedEmptyLine;
    private long searched; // bytes of the input that do not hold the end of a head
    private long body; // bytes still to be thrown away
    private @Nullable Event deadline; // for a head, a body or lingering; made when first needed

    HttpConnection(final HttpServer server, final BufferEvent connection) {
        this.server = server;
        this.connection = connection;
        request = server.request;
        state = server.keys == null ? State.OPEN : State.SHAKING_HANDS;
    }

    void start() {
        final long idle = TimeUnit.SECONDS.toNanos(server.limits.idleSeconds());
        connection.output().drainsToFd(true); // by TLS too: then no file is read in whole, but piece by piece
        connection.maxSingleWrite(MAX_WRITE);
        connection.setWatermark(Directions.READ, 0, INPUT_LIMIT);
        connection.setWatermark(Directions.WRITE, LOW, 0);
        connection.setTimeouts(idle, idle);
        if (connection instanceof final TlsBufferEvent secure) {
            secure.handshakeTimeout(
                    TimeUnit.SECONDS.toNanos(server.limits.headSeconds())); // counts while it is their turn
        }
        listen(false);
        connection.enable(Directions.READ);
    }

    /** Has the callbacks called: the one for output that has left only when it is waited for, as telling it is a pass of the loop. */
    private void listen(final boolean toOutput) {
        waitsForOutput = toOutput;
        connection.setCallbacks(proceeding, toOutput ? proceeding : null, happening);
    }

    /** Bytes came or left, or there is another reason to look. */
    private void proceed() {
        while (state == State.OPEN && connection.output().length() < HIGH && takeRequest()) {
            // each has queued its response
        }
        if (state == State.OPEN && inputEnded && connection.output().length() < HIGH) endAfterThis(false);
        if (state == State.ENDING || state == State.LINGERING) {
            connection.input().drain(connection.input().length()); // nobody reads it any more
        }
        if (state == State.ENDING && connection.output().isEmpty()) end();
        if (state == State.CLOSED) return;
        final boolean mustWait = state == State.ENDING || connection.output().length() >= HIGH;
        if (mustWait != waitsForOutput) listen(mustWait);
    }

    private void event(final EventFlags what) {
        if (what.has(EventFlags.CONNECTED)) {
            state = State.OPEN;
        } else if (state == State.SHAKING_HANDS) {
            close();
        } else if (what.has(EventFlags.EOF) && state != State.LINGERING) {
            inputEnded = true; // responses may still leave
            proceed();
        } else if (what.has(EventFlags.TIMEOUT.with(EventFlags.READING))
                && !connection.output().isEmpty()) {
            connection.enable(Directions.READ); // it listens to a long response, which has a time limit of its own
        } else {
            close();
        }
    }

    // ---- requests ---------------------------------------------------------------------------------------------------

    /** Takes and answers one request. Returns false if there is none yet. */
    private boolean takeRequest() {
        final EvBuffer input = connection.input();
        if (body > 0 && !skipBody(input)) return false;
        if (input.isEmpty()) return false;
        final int answer = request.read(input, searched);
        if (answer == RequestHead.MORE) {
            if (searched == 0) startDeadline(TimeUnit.SECONDS.toNanos(server.limits.headSeconds()));
            searched = input.length();
            return false;
        }
        if (searched > 0) stopDeadline();
        searched = 0;
        if (answer == RequestHead.COMPLETE) {
            respond();
        } else if (answer == RequestHead.EMPTY_LINE && !skippedEmptyLine) {
            skippedEmptyLine = true; // some clients end a body with one that nobody counts
            input.drain(RequestHead.EMPTY_LINE_LENGTH);
        } else {
            refuse(answer == RequestHead.EMPTY_LINE ? RequestHead.BAD_REQUEST : answer, true);
        }
        return true;
    }

    private void respond() {
        skippedEmptyLine = false;
        final long length = request.bodyLength();
        if (length > BODY_LIMIT) {
            refuse(413, true);
            return;
        }
        if (!request.keepsAlive() || (request.expects() && length > 0)) { // its body may come or not: nobody can tell
            endAfterThis(length > 0);
        }
        if (request.method() == RequestHead.Method.OTHER) {
            refuse(405, false);
        } else {
            final int answer = server.path.decode(request.view(), request.targetStart(), request.targetEnd());
            if (answer == TargetPath.OK) sendFile();
            else refuse(answer, answer == TargetPath.BAD_REQUEST);
        }
        connection.input().drain(request.length()); // only now: the head was read where it lies
        body = length;
    }

    private boolean skipBody(final EvBuffer input) {
        final long count = Math.min(body, input.length());
        input.drain(count);
        final boolean waited = searched > 0;
        body -= count;
        if (body > 0) {
            if (!waited) startDeadline(TimeUnit.SECONDS.toNanos(server.limits.headSeconds()));
            searched = 1; // the deadline runs
            return false;
        }
        if (waited) stopDeadline();
        searched = 0;
        return true;
    }

    // ---- responses --------------------------------------------------------------------------------------------------

    private void sendFile() {
        final CachedFile file;
        try {
            file = server.files.find(server.path.bytes(), server.path.length());
        } catch (final IOException e) {
            refuse(statusOf(e), false);
            return;
        }
        if (isNotModified(file)) {
            begin(NOT_MODIFIED, file).endTo(connection);
            return;
        }
        switch (asked(file)) {
            case ByteRange.WHOLE -> {
                begin(OK, file).contentLength(file.size()).endTo(connection);
                send(file, 0, file.size());
            }
            case ByteRange.PART -> {
                final long first = server.range.first();
                final long count = server.range.last() - first + 1;
                begin(PARTIAL, file)
                        .contentRange(first, server.range.last(), file.size())
                        .contentLength(count)
                        .endTo(connection);
                send(file, first, count);
            }
            default -> explain(416, false, head -> head.noContentRange(file.size()));
        }
    }

    private ResponseHead begin(final byte[] statusLine, final CachedFile file) {
        return server.response.begin(statusLine).text(file.fields()).connection(state != State.OPEN, request.isOld());
    }

    private void send(final CachedFile file, final long first, final long count) {
        if (request.method() == RequestHead.Method.HEAD) return;
        try {
            file.segment().addTo(connection.output(), first, count);
        } catch (final IOException e) {
            close(); // its head has promised bytes that are not there
        }
    }

    private int asked(final CachedFile file) {
        if (request.method() == RequestHead.Method.HEAD || !request.range().isGiven()) return ByteRange.WHOLE;
        if (request.ifRange().isGiven() && !isText(request.ifRange(), file.modified())) return ByteRange.WHOLE;
        return server.range.resolve(request, request.range(), file.size());
    }

    private boolean isNotModified(final CachedFile file) {
        final RequestHead.FieldValue since = request.ifModifiedSince();
        if (since.count != 1) return false;
        if (isText(since, file.modified())) return true;
        final byte[] text = new byte[since.end - since.start];
        request.view().getBytes(since.start, text);
        return file.modifiedSecond() <= HttpDate.parse(new String(text, US_ASCII));
    }

    private boolean isText(final RequestHead.FieldValue value, final byte[] text) {
        return value.end - value.start == text.length && request.isExactly(value.start, text);
    }

    /** What the client is told of a failure to open a file. */
    private static int statusOf(final IOException failure) {
        if (failure instanceof AccessDeniedException) return 403;
        if (failure instanceof NoSuchFileException || failure instanceof NotDirectoryException) return 404;
        final String reason = failure instanceof final FileSystemException told ? told.getReason() : null;
        if (reason == null) return 500;
        return reason.startsWith("Not a dir") ? 404 : reason.startsWith("Too many open files") ? 503 : 500;
    }

    /** Answers that a request is not served; what makes it unclear where the next one begins is fatal. */
    private void refuse(final int status, final boolean fatal) {
        if (fatal) endAfterThis(true);
        final boolean headOnly = !fatal && request.method() == RequestHead.Method.HEAD;
        explain(status, headOnly, head -> status == 405 ? head.text(ALLOW) : head);
    }

    private void explain(final int status, final boolean headOnly, final UnaryOperator<ResponseHead> fields) {
        final byte[] text = HttpText.bytes(status + " " + HttpText.reason(status) + "\n");
        final byte[] line = HttpText.bytes("HTTP/1.1 " + status + " " + HttpText.reason(status));
        fields.apply(server.response.begin(line))
                .text(TEXT)
                .contentLength(text.length)
                .connection(state != State.OPEN, false)
                .endTo(connection);
        if (!headOnly) connection.write(text);
    }

    // ---- the end ----------------------------------------------------------------------------------------------------

    /** The response that is queued now, or was last, is the last one. */
    private void endAfterThis(final boolean peerMaySend) {
        state = State.ENDING;
        lingers = peerMaySend;
        stopDeadline();
    }

    /** All is sent. */
    private void end() {
        if (!lingers || inputEnded) {
            leave();
            return;
        }
        state = State.LINGERING;
        connection.shutdownOutput();
        startDeadline(LINGER_NANOS);
    }

    private void startDeadline(final long nanos) {
        if (deadline == null) deadline = Event.newTimer(server.base, (event, result) -> timeIsUp(), null);
        deadline.add(nanos);
    }

    private void stopDeadline() {
        if (deadline != null) deadline.del();
    }

    private void timeIsUp() {
        if (state != State.OPEN || connection.isClosed()) {
            close();
            return;
        }
        refuse(408, true);
        proceed();
    }

    /** Closes in peace: TLS still has to say that nothing more will come. */
    private void leave() {
        state = State.CLOSED;
        if (deadline != null) deadline.close();
        connection.closeAfterFlush(LINGER_NANOS);
    }

    private void close() {
        state = State.CLOSED;
        if (deadline != null) deadline.close();
        connection.close();
    }
}
