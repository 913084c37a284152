package io.evbuffer.event.backend.sim;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * One direction of a connection: bytes that were written, some of them still under way.
 *
 * <pre>
 *              read            arrived           written
 *                |  to be read    |  under way      |
 *   ring   ......[################|~~~~~~~~~~~~~~~~~]......      offsets in the stream
 *                                 ^ batch ^ batch   ^
 * </pre>
 *
 * <p>Invariants: {@code read <= arrived <= written <= read + capacity}; batches end at growing offsets and arrive at times
 * that never decrease; the end of the stream arrives behind the last batch.
 *
 * <p>Cost: nothing is allocated once the list of batches has grown. Threads: of its world's.
 */
final class SimPipe extends SimTimer {
    private static final int INITIAL_BATCHES = 8;

    private final SimWorld world;
    private final SimStream reader;
    private final byte[] ring;
    private long read;
    private long arrived;
    private long written;

    private long[] times = new long[INITIAL_BATCHES];
    private long[] ends = new long[INITIAL_BATCHES];
    private int first;
    private int batches;
    private long lastTime; // no batch overtakes another

    private boolean ending; // nothing more is written
    private long endTime;
    private boolean ended; // and this has arrived

    SimPipe(final SimWorld world, final SimStream reader, final int capacity) {
        this.world = world;
        this.reader = reader;
        this.ring = new byte[capacity];
    }

    /** Nothing arrives before a time. */
    void notBefore(final long time) {
        lastTime = time;
    }

    int available() {
        return (int) (arrived - read);
    }

    int room() {
        return (int) (ring.length - (written - read));
    }

    boolean isEnding() {
        return ending;
    }

    boolean hasEnded() {
        return ended;
    }

    /** Whether bytes were written that nobody has read. */
    boolean isUnread() {
        return written != read;
    }

    /** Takes bytes, as many as the source has; the caller knows that there is room. */
    void take(final ByteBuffer source, final int count) {
        final int from = source.position();
        final int index = (int) (written % ring.length);
        final int straight = Math.min(count, ring.length - index);
        source.get(from, ring, index, straight);
        source.get(from + straight, ring, 0, count - straight);
        written += count;
    }

    /** Sends off what was taken since the last time. */
    void send(final long latency) {
        if (batches == times.length) grow();
        final int slot = (first + batches++) % times.length;
        lastTime = Math.max(lastTime, world.nanos() + latency);
        times[slot] = lastTime;
        ends[slot] = written;
        schedule();
    }

    /** Sends the end of the stream off, behind all bytes. */
    void end(final long latency) {
        if (ending) return;
        ending = true;
        lastTime = Math.max(lastTime, world.nanos() + latency);
        endTime = lastTime;
        schedule();
    }

    private void schedule() {
        if (!queued) world.clock().at(batches > 0 ? times[first] : endTime, this);
    }

    private void grow() {
        final int length = times.length;
        final long[] oldTimes = times;
        final long[] oldEnds = ends;
        times = Arrays.copyOf(oldTimes, 2 * length);
        ends = Arrays.copyOf(oldEnds, 2 * length);
        for (int i = 0; i < batches; i++) {
            times[i] = oldTimes[(first + i) % length];
            ends[i] = oldEnds[(first + i) % length];
        }
        first = 0;
    }

    @Override
    void fire() {
        final long now = world.nanos();
        while (batches > 0 && times[first] <= now) {
            arrived = ends[first];
            first = (first + 1) % times.length;
            batches--;
        }
        if (batches == 0 && ending && !ended && endTime <= now) ended = true;
        if (batches > 0 || (ending && !ended)) schedule();
        reader.arrived(ended);
    }

    /** Gives bytes that have arrived; the caller knows that there are so many. */
    void give(final ByteBuffer target, final int count) {
        final int to = target.position();
        final int index = (int) (read % ring.length);
        final int straight = Math.min(count, ring.length - index);
        target.put(to, ring, index, straight);
        target.put(to + straight, ring, 0, count - straight);
        read += count;
    }

    /** Forgets everything that is under way or unread. */
    void discard() {
        world.clock().cancel(this);
        batches = 0;
        arrived = written;
        read = written;
        ending = true;
    }
}
