package io.evbuffer.perf.server;

/**
 * How long a client of the {@link HttpServer} may take.
 *
 * @param headSeconds from the first byte of a request to the end of its head, as long for a body, which is skipped, and as long for
 *     each flight of a handshake.
 * @param idleSeconds without a byte in either direction, between requests or while a response is sent.
 */
record HttpLimits(int headSeconds, int idleSeconds) {
    static final HttpLimits DEFAULT = new HttpLimits(10, 60);
}
