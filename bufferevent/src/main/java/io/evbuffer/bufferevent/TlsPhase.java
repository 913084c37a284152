package io.evbuffer.bufferevent;

/** Where a TLS connection is. */
enum TlsPhase {
    /** Nothing is under way: no connection below yet, or nothing enabled. */
    WAITING,
    /** A handshake is under way. */
    SHAKING_HANDS,
    /** It has succeeded, and this is about to be told. */
    TELLING,
    /** Data flows. */
    OPEN,
    /** The handshake failed, or the transport was taken away. */
    OVER
}
