package io.evbuffer.bufferevent;

/** Where a {@link TlsBufferEvent} begins, and begins anew with each transport. */
public enum TlsState {
    /** The client's side of a handshake. */
    CONNECTING,
    /** The server's side of a handshake. */
    ACCEPTING,
    /** The engine has shaken hands already, elsewhere: data flows at once, and CONNECTED is not told. */
    OPEN
}
