package io.evbuffer;

/**
 * The answer of a search for the end of a line, to be used again and again.
 *
 * <p><b>Cost:</b> O(1), no allocation. <b>Threads:</b> of its buffer's thread.
 */
public final class EolMatch {
    private long position = -1;
    private long length;
    private long resumePosition;

    /** Creates an answer that says that nothing was found. */
    public EolMatch() {}

    void found(final long at, final long extent) {
        position = at;
        length = extent;
        resumePosition = at;
    }

    void notFound(final long resumeAt) {
        position = -1;
        length = 0;
        resumePosition = resumeAt;
    }

    /**
     * Tells whether there is an end.
     *
     * @return false if the last search found none.
     */
    public boolean isFound() {
        return position >= 0;
    }

    /**
     * Where the end of the line begins.
     *
     * @return its position, counted from the front; -1 if there is none.
     */
    public long position() {
        return position;
    }

    /**
     * The length of the end itself.
     *
     * @return bytes; 0 if there is none.
     */
    public long length() {
        return length;
    }

    /**
     * Where the next line begins: from the front on, the bytes of the line with its end.
     *
     * @return a position; -1 if there is no end.
     */
    public long endPosition() {
        return position + length;
    }

    /**
     * From where to search again once there are more bytes: no end begins between the start of the search and it. That is
     * one byte before the buffer's end if a CR stands there that may turn out to be half an end; if there is an end, where
     * it begins.
     *
     * @return a position.
     */
    public long resumePosition() {
        return resumePosition;
    }

    @Override
    public String toString() {
        return isFound() ? position + "/" + length : "none, resume at " + resumePosition;
    }
}
