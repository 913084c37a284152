package io.evbuffer.memory;

import java.util.Objects;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** The pattern that fills free segments in poison mode. */
final class Poison {
    private static final byte PATTERN = (byte) 0xDE; // as text or as a length it looks like nothing good
    private static final long EIGHT = 0xDEDE_DEDE_DEDE_DEDEL;

    private Poison() {}

    static void fill(final Segment segment) {
        segment.memory().setMemory(0, segment.capacity(), PATTERN);
        segment.poisoned = true;
    }

    /** The report of a write to the segment since it was filled, or null if there was none. */
    static @Nullable IllegalStateException check(final Segment segment) {
        final int at = firstWrittenByte(segment);
        if (at < 0) return null;
        final Slab slab = Objects.requireNonNull(segment.slab);
        final String owner = segment.lastOwner();
        final Birth birth = segment.birth;
        final IllegalStateException report = new IllegalStateException("somebody wrote to byte " + at
                + " of a free segment of pool '" + slab.pool.name() + "': " + segment + ", slab " + slab.index
                + (owner == null ? "" : ", last tagged '" + owner + "'")
                + (birth == null ? "" : ", lending " + birth.lending + " was taken by thread '" + birth.thread + "'"));
        if (birth != null) report.setStackTrace(birth.site().toArray(new StackTraceElement[0]));
        return report;
    }

    private static int firstWrittenByte(final Segment segment) {
        final UnsafeBuffer memory = segment.memory();
        final int capacity = segment.capacity(); // of a multiple of 8, as all our sizes are
        for (int i = 0; i < capacity; i += Long.BYTES) {
            if (memory.getLong(i) != EIGHT) {
                int at = i;
                while (memory.getByte(at) == PATTERN) at++;
                return at;
            }
        }
        return -1;
    }
}
