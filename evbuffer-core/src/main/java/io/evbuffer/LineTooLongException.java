package io.evbuffer;

/** Thrown when a line does not fit into the memory given for it. Nothing was read: the same line is returned next time. */
public final class LineTooLongException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /** Bytes, without the end of the line. */
    private final long lineLength;

    LineTooLongException(final long lineLength, final long room) {
        super("a line of " + lineLength + " bytes does not fit into " + room);
        this.lineLength = lineLength;
    }

    /**
     * The room that the line needs.
     *
     * @return bytes, without the end of the line.
     */
    public long lineLength() {
        return lineLength;
    }
}
