package io.evbuffer.libevent;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * What the caller of an operation was given, alike for both libraries.
 *
 * @param refused libevent's -1 or NULL, an exception of ours.
 * @param numbers counts and positions.
 * @param bytes handed out.
 */
record Answer(boolean refused, List<Long> numbers, byte[] bytes) {
    private static final byte[] NO_BYTES = {};

    /** Done, and nothing to say about it. */
    static final Answer DONE = new Answer(false, List.of(), NO_BYTES);

    /** Not done, and nothing changed. */
    static final Answer REFUSED = new Answer(true, List.of(), NO_BYTES);

    /** No line, no match. */
    static final Answer NONE = number(-1);

    static Answer number(final long number) {
        return new Answer(false, List.of(number), NO_BYTES);
    }

    static Answer numbers(final List<Long> numbers, final byte[] bytes) {
        return new Answer(false, List.copyOf(numbers), bytes);
    }

    static Answer bytes(final byte[] bytes) {
        return new Answer(false, List.of((long) bytes.length), bytes);
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof final Answer it
                && refused == it.refused
                && numbers.equals(it.numbers)
                && Arrays.equals(bytes, it.bytes);
    }

    @Override
    public int hashCode() {
        return numbers.hashCode() * 31 + Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return refused ? "refused" : "done " + numbers + " " + HexFormat.of().formatHex(bytes);
    }
}
