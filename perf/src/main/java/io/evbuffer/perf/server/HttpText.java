package io.evbuffer.perf.server;

import static java.nio.charset.StandardCharsets.US_ASCII;

/** The words of HTTP, as bytes; names of fields and words in values in small letters. */
final class HttpText {
    static final byte[] GET = bytes("GET");
    static final byte[] HEAD = bytes("HEAD");
    static final byte[] VERSION = bytes("HTTP/");
    static final byte[] HOST = bytes("host");
    static final byte[] RANGE = bytes("range");
    static final byte[] EXPECT = bytes("expect");
    static final byte[] IF_RANGE = bytes("if-range");
    static final byte[] CONNECTION = bytes("connection");
    static final byte[] CONTENT_LENGTH = bytes("content-length");
    static final byte[] TRANSFER_ENCODING = bytes("transfer-encoding");
    static final byte[] IF_MODIFIED_SINCE = bytes("if-modified-since");
    static final byte[] CLOSE = bytes("close");
    static final byte[] KEEP_ALIVE = bytes("keep-alive");
    static final byte[] BYTES_UNIT = bytes("bytes=");

    private HttpText() {}

    static byte[] bytes(final String text) {
        return text.getBytes(US_ASCII);
    }

    /** What a status is called. */
    static String reason(final int status) {
        return switch (status) {
            case 200 -> "OK";
            case 206 -> "Partial Content";
            case 304 -> "Not Modified";
            case 400 -> "Bad Request";
            case 403 -> "Forbidden";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 408 -> "Request Timeout";
            case 413 -> "Content Too Large";
            case 414 -> "URI Too Long";
            case 416 -> "Range Not Satisfiable";
            case 431 -> "Request Header Fields Too Large";
            case 500 -> "Internal Server Error";
            case 501 -> "Not Implemented";
            case 503 -> "Service Unavailable";
            case 505 -> "HTTP Version Not Supported";
            default -> throw new IllegalArgumentException("no such status here: " + status);
        };
    }
}
