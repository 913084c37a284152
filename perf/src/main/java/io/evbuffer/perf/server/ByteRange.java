package io.evbuffer.perf.server;

/**
 * The one range of bytes that a request asks for: {@code bytes=0-99}, {@code bytes=100-} or {@code bytes=-20}. What is written
 * otherwise, or asks for several ranges, is not understood and so, as HTTP has it, ignored.
 */
final class ByteRange {
    /** No range was asked for, or none that is understood: the whole file. */
    static final int WHOLE = 0;

    /** {@link #first()} to {@link #last()}. */
    static final int PART = 1;

    /** Not a byte of it exists. */
    static final int UNSATISFIABLE = 2;

    private long first;
    private long last;

    /** Finds what is meant in a file of so many bytes. */
    int resolve(final RequestHead head, final RequestHead.FieldValue field, final long size) {
        if (field.count != 1) return WHOLE;
        final int start = field.start + HttpText.BYTES_UNIT.length;
        if (start > field.end || !head.isExactly(field.start, HttpText.BYTES_UNIT)) return WHOLE;
        int dash = start;
        while (dash < field.end && head.view().getByte(dash) != '-') dash++;
        if (dash == field.end) return WHOLE;

        final boolean open = dash + 1 == field.end;
        final long before = head.number(start, dash);
        final long behind = head.number(dash + 1, field.end);
        if (dash == start) return behind < 0 ? WHOLE : suffix(behind, size);
        if (before < 0 || (behind < before && !open)) return WHOLE; // a number that is none is negative
        if (before >= size) return UNSATISFIABLE;
        first = before;
        last = open ? size - 1 : Math.min(behind, size - 1);
        return PART;
    }

    private int suffix(final long count, final long size) {
        if (count == 0 || size == 0) return UNSATISFIABLE;
        first = Math.max(0, size - count);
        last = size - 1;
        return PART;
    }

    long first() {
        return first;
    }

    /** The last byte itself, not the one behind it. */
    long last() {
        return last;
    }
}
