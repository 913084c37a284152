package io.evbuffer.channel;

import io.evbuffer.EvBuffer;
import java.io.IOException;

/** A range of a file, added as a whole at the first read. */
final class RelayedFileRange implements RelayInput {
    private final FileSegment segment;
    private boolean added;

    /** The segment's only hold becomes this object's, until the range is added. */
    RelayedFileRange(final FileSegment segment) {
        this.segment = segment;
    }

    @Override
    public long read(final EvBuffer target, final long most) throws IOException {
        if (added || segment.length() == 0) return ScatterSource.END_OF_STREAM;
        final long before = target.appended();
        try {
            segment.addTo(target);
        } finally {
            added = target.appended() != before;
            if (added) segment.close();
        }
        return segment.length();
    }

    @Override
    public String toString() {
        return segment.toString();
    }
}
