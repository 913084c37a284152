package io.evbuffer.event.backend;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * How many system calls a backend and its transports have made, by kind. A backend whose calls are made by others, as those of
 * NIO channels are, counts none.
 *
 * <p><b>Cost:</b> counting and reading allocate nothing. <b>Threads:</b> read by any. Calls made by several threads at the same
 * moment may be counted as one: what the loop's thread does alone is exact.
 */
public final class SystemCalls {
    /** What a call is for. */
    public enum Kind {
        /** To wait for something to be ready. */
        WAIT,
        /** To change what is waited for. */
        INTEREST,
        /** To wake a sleeping loop. */
        WAKE_UP,
        /** To read bytes. */
        READ,
        /** To write bytes, files included. */
        WRITE,
        /** To accept a connection. */
        ACCEPT,
        /** All others: to open, connect, close, set options. */
        OTHER
    }

    /** Of backends whose calls are made by others: all 0. */
    static final SystemCalls UNCOUNTED = new SystemCalls();

    private static final int KINDS = 7;
    private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] counts = new long[KINDS]; // opaque: no number is torn or held back for ever

    /** Creates counters that are all 0. */
    public SystemCalls() {}

    /**
     * Counts one call: of backends and transports.
     *
     * @param kind what it was for.
     */
    public void count(final Kind kind) {
        final int index = index(kind);
        COUNT.setOpaque(counts, index, (long) COUNT.getOpaque(counts, index) + 1);
    }

    /**
     * The calls of one kind.
     *
     * @param kind which.
     * @return the number so far.
     */
    public long of(final Kind kind) {
        return (long) COUNT.getOpaque(counts, index(kind));
    }

    @SuppressWarnings("EnumOrdinal") // the kinds count themselves: nobody stores their places
    private static int index(final Kind kind) {
        return kind.ordinal();
    }

    /**
     * The calls of all kinds.
     *
     * @return the number so far.
     */
    public long total() {
        long total = 0;
        for (int i = 0; i < KINDS; i++) total += (long) COUNT.getOpaque(counts, i);
        return total;
    }

    @Override
    public String toString() {
        final StringBuilder text = new StringBuilder("SystemCalls[");
        for (final Kind kind : Kind.values()) {
            if (kind != Kind.WAIT) text.append(", ");
            text.append(kind).append(' ').append(of(kind));
        }
        return text.append(']').toString();
    }
}
