package io.evbuffer.bufferevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The bytes that one end of a connection sends: its number, then bytes that follow from number and position. */
final class Stream {
    static final int HEADER = Integer.BYTES;

    private static final int FACTOR = 0x9E3779B9; // 2^32 by the golden ratio, as in Fibonacci hashing

    final int id;
    final int length;
    private int appended;
    private int received;
    private boolean ended; // its sender has said so, and means it
    private boolean abandoned; // its sender gave up before all had left

    Stream(final int id, final int length) {
        this.id = id;
        this.length = length;
    }

    int unsent() {
        return length - appended;
    }

    /** The next bytes; they count as sent once {@link #sent} says so. */
    byte[] next(final int count) {
        final byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = at(appended + i);
        }
        return bytes;
    }

    void sent(final int count) {
        appended += count;
    }

    void end() {
        assertEquals(0, unsent());
        ended = true;
    }

    void abandon() {
        abandoned = true;
    }

    /** Bytes came out at the other end (BEV-13: in order, none twice, none lost). */
    void receive(final byte[] bytes) {
        assertTrue(received + bytes.length <= appended, () -> "BEV-13: more of " + this + " came than was sent");
        for (final byte each : bytes) {
            if (each != at(received)) {
                assertEquals(at(received), each, "BEV-13: at " + received + " of " + this);
            }
            received++;
        }
    }

    /** The other end was told that there is no more. */
    void endReceived() {
        assertTrue(abandoned || (ended && isWhole()), () -> "BEV-28: the end came too early: " + this);
    }

    boolean isWhole() {
        return received == length;
    }

    int received() {
        return received;
    }

    private byte at(final int position) {
        if (position < HEADER) {
            return (byte) (id >>> (Byte.SIZE * (HEADER - 1 - position)));
        }
        return (byte) (((position * 31 + id) * FACTOR) >>> 24);
    }

    @Override
    public String toString() {
        return "stream " + id + " of " + length + " bytes, appended " + appended + ", received " + received
                + (ended ? ", ended" : "") + (abandoned ? ", abandoned" : "");
    }
}
