package io.evbuffer;

/** Makes empty chains stand where a test wants them. */
final class Holes {
    private Holes() {}

    /** Puts one empty chain behind the data, whatever room there is. */
    static void behind(final EvBuffer buffer) {
        buffer.trim();
        buffer.expandFast((buffer.isEmpty() ? 0 : Layout.lastWithData(buffer).free()) + 1L, 2);
    }

    /** Appends bytes to a new chain, leaving an empty one in front of it. */
    static void addBehindHole(final EvBuffer buffer, final byte[] bytes) {
        buffer.trim();
        final long free = buffer.isEmpty() ? 0 : Layout.lastWithData(buffer).free();
        final int hole = 65536;
        final EvIovec room = new EvIovec(4);
        buffer.reserveSpace(free + hole + bytes.length, room);
        final int last = room.size() - 1;
        for (int i = 0; i < last; i++) room.length(i, 0);
        room.memory(last).putBytes(room.offset(last), bytes);
        room.length(last, bytes.length);
        buffer.commitSpace(room);
    }
}
