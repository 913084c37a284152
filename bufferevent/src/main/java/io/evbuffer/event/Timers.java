package io.evbuffer.event;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All armed events of a base: in the heap, or in the queue of a common timeout, which an event of its own represents in the
 * heap.
 *
 * <p>Events leave in the order of expiry, ties in the order of arming, wherever they are kept: a representative has the
 * place in the heap that the first event of its queue would have (DEV-13, DEV-23).
 *
 * <p>Invariants: EVT-3 armed is in the heap or in one queue; EVT-4, EVT-5. Threads: guarded by the base's lock.
 */
final class Timers {
    static final int MAX_COMMON = 256;

    private final TimerHeap heap = new TimerHeap();
    private final TimerBlocks blocks = new TimerBlocks();
    private final List<CommonTimeout> common = new ArrayList<>();

    boolean isEmpty() {
        return heap.size() == 0;
    }

    /** No timer is due before that; only if it is not empty. */
    long topExpiry() {
        return heap.topExpiry();
    }

    long expiryOf(final Event event) {
        return heap.contains(event) ? heap.expiryOf(event) : event.expiry;
    }

    /** Makes room, so that {@link #arm} cannot fail. */
    void reserve() {
        heap.reserve();
        blocks.reserve();
    }

    /** The queue for a duration, found or new. */
    CommonTimeout commonTimeout(final EventBase base, final long durationNanos) {
        for (final CommonTimeout known : common) if (known.durationNanos() == durationNanos) return known;
        if (common.size() == MAX_COMMON) {
            throw new IllegalStateException(MAX_COMMON + " common timeouts are the most there can be");
        }
        final CommonTimeout added = new CommonTimeout(base, blocks, durationNanos);
        common.add(added);
        return added;
    }

    /** Arms an event, wherever it is now: in the queue of a common timeout, or in the heap. Room was reserved. */
    void arm(final Event event, final @Nullable CommonTimeout queue, final long expiry) {
        if (queue == null) {
            final CommonTimeout from = queueOf(event);
            if (from != null) from.remove(event);
            if (heap.contains(event)) heap.move(event, expiry);
            else heap.add(event, expiry);
            return;
        }
        if (event.isArmed()) disarm(event);
        event.armedAs = heap.nextArming();
        queue.add(event, expiry);
        if (queue.first() == event) represent(queue, event);
    }

    /** The queue an event is in, or null. */
    private static @Nullable CommonTimeout queueOf(final Event event) {
        return event.queuePlace == TimerBlocks.NONE ? null : event.commonTimeout;
    }

    /** An event has become the first of its queue. One that stands in the heap early already stays there. */
    private void represent(final CommonTimeout queue, final Event first) {
        final Event representative = queue.representative;
        if (!representative.isArmed()) heap.addAs(representative, first.expiry, first.armedAs);
        else if (heap.expiryOf(representative) > first.expiry) {
            heap.moveAs(representative, first.expiry, first.armedAs);
        }
    }

    void disarm(final Event event) {
        final CommonTimeout queue = queueOf(event);
        if (queue != null) queue.remove(event);
        else heap.remove(event);
    }

    /** Takes off the first event whose time is over by {@code now}; its {@code expiry} says since when. */
    @Nullable
    Event takeDue(final long now) {
        for (Event top = heap.top(); top != null; top = heap.top()) {
            final long expiry = heap.topExpiry();
            if (expiry > now) return null;
            if (!(top.internal && top.attachment() instanceof final CommonTimeout queue)) {
                heap.remove(top);
                top.expiry = expiry;
                return top;
            }
            final Event first = queue.first();
            if (first != null && first.expiry == expiry && first.armedAs == top.armedAs) {
                queue.remove(first);
                moveOn(queue);
                return first;
            }
            moveOn(queue); // it was early
        }
        return null;
    }

    /** Sets the representative to the first event of its queue. */
    private void moveOn(final CommonTimeout queue) {
        final Event first = queue.first();
        if (first == null) heap.remove(queue.representative);
        else heap.moveAs(queue.representative, first.expiry, first.armedAs);
    }

    /** Every armed event, in the order of expiry. A new list. */
    List<Event> snapshot() {
        final List<Event> armed = new ArrayList<>();
        for (int i = 0; i < heap.size(); i++) armed.add(heap.at(i));
        for (final CommonTimeout queue : common) {
            for (Event event = queue.first(); event != null; event = queue.next(event)) armed.add(event);
        }
        armed.sort((a, b) -> {
            final int byExpiry = Long.compare(expiryOf(a), expiryOf(b));
            return byExpiry != 0 ? byExpiry : Long.compare(a.armedAs, b.armedAs);
        });
        return armed;
    }

    /** Removes all; the base is closing. */
    void clear() {
        heap.clear();
        for (final CommonTimeout queue : common) {
            for (Event event = queue.first(); event != null; event = queue.first()) queue.remove(event);
        }
    }

    void checkInvariants() {
        heap.checkInvariants();
        int used = 0;
        for (final CommonTimeout queue : common) {
            used += queue.checkInvariants();
            final Event first = queue.first();
            if (first != null && heap.expiryOf(queue.representative) > first.expiry) {
                throw new AssertionError("EVT-5: what stands for " + queue + " is later than " + first);
            }
        }
        blocks.checkInvariants(used);
    }
}
