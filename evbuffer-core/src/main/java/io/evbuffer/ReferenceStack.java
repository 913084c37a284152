package io.evbuffer;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What one buffer's references are made of, kept to be used again, so that adding one allocates nothing in the long run.
 *
 * <p>A Treiber stack from which all is taken at once: returning is a compare-and-set by any thread, as the last holder may be
 * another thread's buffer; without a single pop there is no ABA. Threads: {@link #take} by the buffer's thread, {@link #push}
 * by any.
 */
final class ReferenceStack {
    /** Of what comes back, so much is kept. */
    private static final int MOST_SPARE = 256;

    private final AtomicReference<@Nullable ReferencedMemory> returned = new AtomicReference<>();
    private @Nullable ReferencedMemory spare; // of the buffer's thread

    /** What a reference is made of, to be begun. */
    ReferencedMemory take() {
        ReferencedMemory taken = spare;
        if (taken == null) taken = takeReturned();
        if (taken == null) {
            taken = new ReferencedMemory(this);
        } else {
            spare = taken.next;
            taken.next = null;
        }
        return taken;
    }

    private @Nullable ReferencedMemory takeReturned() {
        if (returned.getPlain() == null) return null; // what comes back just now is there the next time
        final ReferencedMemory all = returned.getAndSet(null);
        ReferencedMemory lastKept = all;
        for (int i = 1; i < MOST_SPARE && lastKept != null; i++) lastKept = lastKept.next;
        if (lastKept != null) lastKept.next = null;
        return all;
    }

    void push(final ReferencedMemory back) {
        ReferencedMemory top;
        do {
            top = returned.get();
            back.next = top;
        } while (!returned.compareAndSet(top, back));
    }
}
