package io.evbuffer.bufferevent;

/**
 * What an event callback is told: what happened, and in which direction.
 *
 * <table>
 * <caption>What a socket tells</caption>
 * <tr><th>flags</th><th>meaning</th></tr>
 * <tr><td>CONNECTED</td><td>the connection stands</td></tr>
 * <tr><td>ERROR</td><td>no connection came about</td></tr>
 * <tr><td>READING + EOF</td><td>the peer has finished sending</td></tr>
 * <tr><td>READING + ERROR, WRITING + ERROR</td><td>the direction failed</td></tr>
 * <tr><td>CLOSED_BY_PEER</td><td>noticed while READ is disabled; see {@link SocketBufferEvent#probePeerClose}</td></tr>
 * <tr><td>READING + TIMEOUT, WRITING + TIMEOUT</td><td>no progress for the time set</td></tr>
 * </table>
 *
 * <p>All values exist once, so {@code ==} compares them and combining allocates nothing. Immutable, for any thread.
 */
public final class EventFlags {
    static final int READING_BIT = 0x01;
    static final int WRITING_BIT = 0x02;
    static final int EOF_BIT = 0x04;
    static final int ERROR_BIT = 0x08;
    static final int TIMEOUT_BIT = 0x10;
    static final int CONNECTED_BIT = 0x20;

    static final int CLOSED_BY_PEER_BIT = 0x40;

    private static final EventFlags[] ALL = new EventFlags[128];

    static {
        for (int bits = 0; bits < ALL.length; bits++) {
            ALL[bits] = new EventFlags(bits);
        }
    }

    /** No flag. Never delivered. */
    public static final EventFlags NONE = ALL[0];

    /** It concerns the reading direction. */
    public static final EventFlags READING = ALL[READING_BIT];

    /** It concerns the writing direction. */
    public static final EventFlags WRITING = ALL[WRITING_BIT];

    /** The stream has ended. */
    public static final EventFlags EOF = ALL[EOF_BIT];

    /** Something failed; the cause comes with the event. */
    public static final EventFlags ERROR = ALL[ERROR_BIT];

    /** Nothing moved for the time set. */
    public static final EventFlags TIMEOUT = ALL[TIMEOUT_BIT];

    /** The connection stands. */
    public static final EventFlags CONNECTED = ALL[CONNECTED_BIT];

    /** The peer has finished sending, or is gone, though bytes of it may be unread: READ stays as it is. */
    public static final EventFlags CLOSED_BY_PEER = ALL[CLOSED_BY_PEER_BIT];

    private final int bits;
    private final String text;

    private EventFlags(final int bits) {
        this.bits = bits;
        this.text = BitNames.join(bits, "READING", "WRITING", "EOF", "ERROR", "TIMEOUT", "CONNECTED", "CLOSED_BY_PEER");
    }

    static EventFlags of(final int bits) {
        return ALL[bits];
    }

    int bits() {
        return bits;
    }

    /**
     * Says whether all flags of another set are in this one.
     *
     * @param others the flags asked for.
     * @return true if none of them is missing here.
     */
    public boolean has(final EventFlags others) {
        return (bits & others.bits) == others.bits;
    }

    /**
     * Joins two sets.
     *
     * @param others the flags to add.
     * @return the flags that are in either.
     */
    public EventFlags with(final EventFlags others) {
        return ALL[bits | others.bits];
    }

    /**
     * Takes flags out.
     *
     * @param others the flags to leave out.
     * @return the flags of this set that are not among them.
     */
    public EventFlags without(final EventFlags others) {
        return ALL[bits & ~others.bits];
    }

    /**
     * Names the set.
     *
     * @return for example {@code READING|EOF}, or {@code NONE}.
     */
    @Override
    public String toString() {
        return text;
    }
}
