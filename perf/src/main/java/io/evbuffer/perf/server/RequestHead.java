package io.evbuffer.perf.server;

import io.evbuffer.EolMatch;
import io.evbuffer.EolStyle;
import io.evbuffer.EvBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The head of an HTTP/1.x request: found in a buffer and parsed where it lies.
 *
 * <pre>
 *   GET /a%20b?c HTTP/1.1 CR LF          method, target, version: one space between them
 *   Name: value CR LF                    a token, a colon at once, visible bytes and blanks
 *   CR LF                                the end
 * </pre>
 *
 * <p>Strict, so that nobody in front of this server reads another request than it does: a line ends with CR LF and nothing
 * else, no line is folded, no blank stands before a colon, no control byte anywhere, {@code Host} comes exactly once,
 * {@code Content-Length} at most once and in digits alone, and never beside {@code Transfer-Encoding}. A body in a transfer
 * coding is refused, a counted one is {@link #bodyLength()} bytes behind the head. Every refusal ends the connection, so what
 * follows is never taken for a request.
 *
 * <p><b>Cost:</b> one search for the end, one pass over the bytes, nothing on the heap. Heads that come in pieces are searched
 * from where the last search ended.
 *
 * <p>Ownership: {@link #view()} shows the buffer's own memory, until the buffer changes. One object serves all connections of a
 * reactor, as it keeps nothing from one request to the next. Threads: one.
 */
final class RequestHead {
    /** The most bytes of a head. */
    static final int MAX_LENGTH = 8 * 1024;

    /** The most bytes of a target. */
    static final int MAX_TARGET = 4 * 1024;

    static final int MAX_FIELDS = 100;

    /** Answer of {@link #read}: parsed. */
    static final int COMPLETE = 0;

    /** Answer of {@link #read}: the end of the head has not come yet. */
    static final int MORE = -1;

    /** Answer of {@link #read}: nothing but the end of a line stands before the head. */
    static final int EMPTY_LINE = -2;

    static final int EMPTY_LINE_LENGTH = 2;
    static final int BAD_REQUEST = 400;
    static final int TARGET_TOO_LONG = 414;
    static final int HEAD_TOO_LARGE = 431;
    static final int NOT_IMPLEMENTED = 501;
    static final int VERSION_NOT_SUPPORTED = 505;

    /** How bytes of a head may be used. */
    private static final byte[] USES = new byte[256];

    private static final int IN_TOKEN = 1;
    private static final int IN_TARGET = 2;
    private static final int IN_VALUE = 4;

    private static final byte[] END = {'\r', '\n', '\r', '\n'};
    private static final int VERSION_LENGTH = "HTTP/1.1\r\n".length();
    private static final int MAX_DIGITS = 18;

    static {
        for (int b = 0x21; b < 0x7f; b++) USES[b] = IN_TARGET | IN_VALUE;
        for (int b = 0x80; b < 0x100; b++) USES[b] = IN_VALUE;
        USES[' '] = USES['\t'] = IN_VALUE;
        for (int b = 0; b < 0x80; b++) if (Character.isLetterOrDigit(b)) USES[b] |= IN_TOKEN;
        for (final char c : "!#$%&'*+-.^_`|~".toCharArray()) USES[c] |= IN_TOKEN;
        USES['#'] &= ~IN_TARGET; // a fragment stays with the client
    }

    /** What is asked for. */
    enum Method {
        GET,
        HEAD,
        OTHER
    }

    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
    private final EolMatch lineEnd = new EolMatch();
    private final byte[] single = new byte[1];
    private int length;
    private Method method = Method.OTHER;
    private int minor;
    private int targetStart;
    private int targetEnd;
    private boolean close;
    private boolean keepAlive;
    private boolean expects;
    private int hosts;
    private int codings;
    private long bodyLength; // -1: not told
    private final FieldValue range = new FieldValue();
    private final FieldValue ifRange = new FieldValue();
    private final FieldValue ifModifiedSince = new FieldValue();

    /** Where the value of a field lies in the head; of repeated fields the last one. */
    static final class FieldValue {
        int start;
        int end;
        int count; // how often it came

        private void clear() {
            count = 0;
        }

        private void set(final int from, final int to) {
            start = from;
            end = to;
            count++;
        }

        boolean isGiven() {
            return count > 0;
        }
    }

    // ---- find -------------------------------------------------------------------------------------------------------

    /**
     * Reads the head at the front of a buffer, which stays as it is.
     *
     * @param input what has come.
     * @param searched how many of these bytes an earlier call has answered MORE for.
     * @return COMPLETE, MORE, EMPTY_LINE, or the status that refuses the request.
     */
    int read(final EvBuffer input, final long searched) {
        final long end = input.search(END, Math.max(0, searched - END.length + 1));
        if (end < 0 || end + END.length > MAX_LENGTH) return incomplete(input, searched);
        length = (int) end + END.length;
        input.pullUp(length, view);
        return byteAt(0) == '\r' && byteAt(1) == '\n' ? EMPTY_LINE : parse();
    }

    /** No end in sight: what is too long, or can become no head, is refused before its sender's time is up. */
    private int incomplete(final EvBuffer input, final long searched) {
        final long count = input.length();
        if (count == 0) return MORE;
        final int first = peek(input, 0);
        if (first == '\r') {
            if (count == 1) return MORE;
            return peek(input, 1) == '\n' ? EMPTY_LINE : BAD_REQUEST;
        }
        if (!is(first, IN_TOKEN)) return BAD_REQUEST;
        long at = input.searchEol(searched, EolStyle.LF, lineEnd);
        while (at >= 0) {
            if (peek(input, at - 1) != '\r') return BAD_REQUEST;
            at = input.searchEol(at + 1, EolStyle.LF, lineEnd);
        }
        if (count < MAX_LENGTH) return MORE;
        final long line = input.searchEol(0, EolStyle.LF, lineEnd);
        return line < 0 || line > MAX_TARGET ? TARGET_TOO_LONG : HEAD_TOO_LARGE;
    }

    private int peek(final EvBuffer input, final long position) {
        input.copyOut(position, single, 0, 1);
        return single[0] & 0xff;
    }

    // ---- parse ------------------------------------------------------------------------------------------------------

    private int parse() {
        int at = 0;
        while (is(byteAt(at), IN_TOKEN)) at++;
        if (at == 0 || byteAt(at) != ' ') return BAD_REQUEST;
        method = methodOf(at);

        targetStart = ++at;
        while (is(byteAt(at), IN_TARGET)) at++;
        targetEnd = at;
        if (at == targetStart || byteAt(at) != ' ') return BAD_REQUEST;
        if (at - targetStart > MAX_TARGET) return TARGET_TOO_LONG;

        if (!isVersion(++at)) return BAD_REQUEST;
        if (byteAt(at + 5) != '1') return VERSION_NOT_SUPPORTED;
        minor = byteAt(at + 7) - '0';
        at += VERSION_LENGTH;
        return fields(at);
    }

    private int fields(final int first) {
        close = false;
        keepAlive = false;
        expects = false;
        hosts = 0;
        codings = 0;
        bodyLength = -1;
        range.clear();
        ifRange.clear();
        ifModifiedSince.clear();
        int at = first;
        int count = 0;
        while (byteAt(at) != '\r') {
            if (++count > MAX_FIELDS) return HEAD_TOO_LARGE;
            at = field(at);
            if (at < 0) return BAD_REQUEST;
        }
        if (at + 2 != length) return BAD_REQUEST;
        if (hosts > 1 || (hosts == 0 && minor > 0)) return BAD_REQUEST;
        if (codings > 0) return bodyLength >= 0 || minor == 0 ? BAD_REQUEST : NOT_IMPLEMENTED;
        return COMPLETE;
    }

    /** Returns where the next line begins, or -1 if this is no field. */
    private int field(final int start) {
        int at = start;
        while (is(byteAt(at), IN_TOKEN)) at++;
        final int nameLength = at - start; // 0 in a folded line
        if (nameLength == 0 || byteAt(at) != ':') return -1;
        at++;
        while (isBlank(byteAt(at))) at++;
        final int valueStart = at;
        while (is(byteAt(at), IN_VALUE)) at++;
        if (byteAt(at) != '\r' || byteAt(at + 1) != '\n') return -1;
        int valueEnd = at;
        while (valueEnd > valueStart && isBlank(byteAt(valueEnd - 1))) valueEnd--;
        return take(start, nameLength, valueStart, valueEnd) ? at + 2 : -1;
    }

    /** Keeps what matters of a field. Returns false if the value is wrong. */
    private boolean take(final int name, final int nameLength, final int start, final int end) {
        switch (nameLength) {
            case 4 -> {
                if (isText(name, HttpText.HOST)) hosts++;
            }
            case 5 -> {
                if (isText(name, HttpText.RANGE)) range.set(start, end);
            }
            case 6 -> {
                if (isText(name, HttpText.EXPECT)) expects = true;
            }
            case 8 -> {
                if (isText(name, HttpText.IF_RANGE)) ifRange.set(start, end);
            }
            case 10 -> {
                if (isText(name, HttpText.CONNECTION)) connection(start, end);
            }
            case 14 -> {
                if (isText(name, HttpText.CONTENT_LENGTH)) return contentLength(start, end);
            }
            case 17 -> {
                if (isText(name, HttpText.TRANSFER_ENCODING)) codings++;
                else if (isText(name, HttpText.IF_MODIFIED_SINCE)) ifModifiedSince.set(start, end);
            }
            default -> {
                return true;
            }
        }
        return true;
    }

    /** A list of words, of which two matter. */
    private void connection(final int start, final int end) {
        int at = start;
        while (at < end) {
            while (at < end && (isBlank(byteAt(at)) || byteAt(at) == ',')) at++;
            final int word = at;
            while (at < end && !isBlank(byteAt(at)) && byteAt(at) != ',') at++;
            if (at - word == HttpText.CLOSE.length && isText(word, HttpText.CLOSE)) close = true;
            if (at - word == HttpText.KEEP_ALIVE.length && isText(word, HttpText.KEEP_ALIVE)) keepAlive = true;
        }
    }

    private boolean contentLength(final int start, final int end) {
        if (bodyLength >= 0) return false; // told twice, perhaps differently
        bodyLength = number(start, end);
        return bodyLength >= 0;
    }

    /** The value of digits, or -1 if there are none, too many or something else. */
    long number(final int start, final int end) {
        if (start >= end || end - start > MAX_DIGITS) return -1;
        long value = 0;
        for (int at = start; at < end; at++) {
            final int digit = byteAt(at) - '0';
            if (digit < 0 || digit > 9) return -1;
            value = 10 * value + digit;
        }
        return value;
    }

    private Method methodOf(final int count) {
        if (count == HttpText.GET.length && isExactly(0, HttpText.GET)) return Method.GET;
        if (count == HttpText.HEAD.length && isExactly(0, HttpText.HEAD)) return Method.HEAD;
        return Method.OTHER;
    }

    private boolean isVersion(final int at) {
        return at + VERSION_LENGTH <= length
                && isExactly(at, HttpText.VERSION)
                && isDigit(byteAt(at + 5))
                && byteAt(at + 6) == '.'
                && isDigit(byteAt(at + 7))
                && byteAt(at + 8) == '\r'
                && byteAt(at + 9) == '\n';
    }

    // ---- bytes ------------------------------------------------------------------------------------------------------

    private int byteAt(final int index) {
        return view.getByte(index) & 0xff;
    }

    private static boolean is(final int b, final int use) {
        return (USES[b] & use) != 0;
    }

    private static boolean isBlank(final int b) {
        return b == ' ' || b == '\t';
    }

    private static boolean isDigit(final int b) {
        return b >= '0' && b <= '9';
    }

    /** Whether these bytes stand there, letter by letter. The head ends with bytes that are in no text, so it is long enough. */
    boolean isExactly(final int start, final byte[] text) {
        for (int i = 0; i < text.length; i++) {
            if (view.getByte(start + i) != text[i]) return false;
        }
        return true;
    }

    /** As {@link #isExactly}, in capitals or not; the text itself is in small letters. */
    private boolean isText(final int start, final byte[] text) {
        for (int i = 0; i < text.length; i++) {
            final int b = byteAt(start + i);
            final int small = b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b;
            if (small != text[i]) return false;
        }
        return true;
    }

    // ---- look: after COMPLETE ---------------------------------------------------------------------------------------

    /** The memory of the head, from index 0 on; ends with the buffer's next change. */
    UnsafeBuffer view() {
        return view;
    }

    /** All of the head with the empty line. */
    int length() {
        return length;
    }

    Method method() {
        return method;
    }

    int targetStart() {
        return targetStart;
    }

    int targetEnd() {
        return targetEnd;
    }

    /** Whether the client speaks HTTP/1.0 and has to be told that the connection stays. */
    boolean isOld() {
        return minor == 0;
    }

    /** Whether the client wants to go on after this request. */
    boolean keepsAlive() {
        return !close && (minor > 0 || keepAlive);
    }

    /** Whether the client waits to be asked for its body. */
    boolean expects() {
        return expects;
    }

    /** Bytes behind the head that belong to this request. */
    long bodyLength() {
        return Math.max(0, bodyLength);
    }

    FieldValue range() {
        return range;
    }

    FieldValue ifRange() {
        return ifRange;
    }

    FieldValue ifModifiedSince() {
        return ifModifiedSince;
    }
}
