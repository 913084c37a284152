package io.evbuffer;

import java.util.ArrayList;
import java.util.List;

/** A listener that writes down what it is told, as {@code original->new}. */
final class ChangeLog implements EvBufferListener {
    final List<String> lines;
    private final String name;
    long added;
    long deleted;

    ChangeLog() {
        this("", new ArrayList<>());
    }

    /** A log that shares its lines with others, to see who is told first. */
    ChangeLog(final String name, final List<String> lines) {
        this.name = name;
        this.lines = lines;
    }

    static ChangeLog on(final EvBuffer buffer) {
        final ChangeLog log = new ChangeLog();
        buffer.addListener(log);
        return log;
    }

    @Override
    public void changed(final EvBuffer buffer, final BufferChange change) {
        added += change.added();
        deleted += change.deleted();
        lines.add(
                name + change.originalLength() + "->" + (change.originalLength() + change.added() - change.deleted()));
    }
}
