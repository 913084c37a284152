package io.evbuffer;

/** What ends a line. Ends may lie in several chains. */
public enum EolStyle {
    /**
     * A run of CR and LF bytes, as long as it goes and in any mix. So empty lines vanish, but for one at the very start. A
     * CR at the end of the buffer is complete: an LF that arrives later ends another, empty line.
     */
    ANY,

    /** LF, or CR LF. Of several CR only the one before the LF is part of the end. */
    CRLF,

    /** CR LF and nothing else; a CR at the end of the buffer waits for its LF. */
    CRLF_STRICT,

    /** LF; a CR before it belongs to the line. */
    LF,

    /** A zero byte. */
    NUL
}
