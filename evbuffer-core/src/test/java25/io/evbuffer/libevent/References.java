package io.evbuffer.libevent;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;

/** Memory that buffers of one library refer to, and what has been given back. Checks that it comes back once and as it was. */
final class References {
    private final Arena arena;
    private final List<MemorySegment> lent = new ArrayList<>();
    private final List<byte[]> contents = new ArrayList<>();
    private final TreeSet<Integer> released = new TreeSet<>();
    private final List<String> faults = new ArrayList<>();

    References(final Arena arena) {
        this.arena = arena;
    }

    /** A copy of bytes off the heap; its number is {@link #last()}. */
    MemorySegment lend(final byte[] bytes) {
        final MemorySegment memory = arena.allocate(Math.max(1, bytes.length));
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
        lent.add(memory);
        contents.add(bytes);
        return memory;
    }

    int last() {
        return lent.size() - 1;
    }

    /** The last one was refused: it is the caller's again without being told. */
    void takeBack() {
        lent.remove(last());
        contents.remove(contents.size() - 1);
    }

    /** Called by a library, so it does not throw: {@link #released()} does. */
    void release(final int number, final long extent) {
        final byte[] content = contents.get(number);
        final byte[] now = Arrays.copyOf(lent.get(number).toArray(ValueLayout.JAVA_BYTE), content.length);
        if (!released.add(number)) faults.add("reference " + number + " came back twice");
        if (extent != content.length) faults.add("reference " + number + " came back with " + extent + " bytes");
        if (!Arrays.equals(now, content)) faults.add("reference " + number + " was written");
    }

    boolean isReleased(final int number) {
        return released.contains(number);
    }

    /** The numbers of those given back. */
    List<Integer> released() {
        if (!faults.isEmpty()) throw new AssertionError(faults.toString());
        return List.copyOf(released);
    }

    int size() {
        return lent.size();
    }
}
