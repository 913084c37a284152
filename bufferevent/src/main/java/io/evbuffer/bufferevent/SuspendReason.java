package io.evbuffer.bufferevent;

/** Why a BufferEvent declines to work in a direction although the user enabled it. */
enum SuspendReason {
    /** The input has reached its high mark. */
    WATERMARK(0x01),
    /** Its own rate limit is used up. */
    BANDWIDTH(0x02),
    /** The rate limit of its group is used up. */
    GROUP_BANDWIDTH(0x04),
    /** The name of the peer is being looked up. */
    LOOKUP(0x08),
    /** The layer above takes no more. */
    FILTER(0x10),
    /** A computation of the handshake runs elsewhere. */
    TLS_TASK(0x20);

    final int bit;

    SuspendReason(final int bit) {
        this.bit = bit;
    }
}
