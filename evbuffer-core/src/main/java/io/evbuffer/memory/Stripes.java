package io.evbuffer.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Several sets of magazines for a pool without an owner, so that threads seldom meet.
 *
 * <p>A thread's id leads to a place, and what stands there to a stripe, which the thread enters with one compare-and-set. If
 * somebody is in there, it tries the next ones, and the place leads to the one that was free from then on: two threads that meet
 * part, and stay apart. When all are taken the caller goes to the pool's lock. Nobody ever waits for a stripe, so it does no harm
 * if a thread loses its processor inside one. There are {@value #STRIPES_PER_PROCESSOR} times as many stripes as processors
 * (rounded up to a power of two), at most {@value #MOST_STRIPES}, whatever the number of threads.
 *
 * <p>Order: the pool's lock may be taken inside a stripe; no stripe is entered with the lock held.
 */
final class Stripes {
    private static final int PLACES = 1 << 10;
    private static final int STRIPES_PER_PROCESSOR = 8;
    private static final int MOST_STRIPES = 256;
    private static final int MOST_BYTES = 1 << 18; // at hand in one class of one stripe
    private static final int MOST_SEGMENTS = 128;
    private static final int LEAST_SEGMENTS = 8;
    private static final int PATIENCE = 1000; // spins of a sweep at a stripe that is taken

    private final SlabPool pool;
    private final Stripe[] stripes;
    private final int mask;
    private final byte[] places = new byte[PLACES]; // the stripe of each, as an unsigned number; a race costs a search

    Stripes(final SlabPool pool, final LeakTracking level, final int processors) {
        this.pool = pool;
        final int least = (int) Math.min(MOST_STRIPES, (long) STRIPES_PER_PROCESSOR * processors);
        stripes = new Stripe[Integer.highestOneBit(2 * least - 1)];
        mask = stripes.length - 1;
        for (int i = 0; i < stripes.length; i++) stripes[i] = new Stripe(pool, level);
        for (int i = 0; i < PLACES; i++) places[i] = (byte) (i & mask);
    }

    /** Takes a segment from a stripe; null if it has none and none is at home, or all are taken. */
    @Nullable
    Segment takeOrNull(final int sizeClass) {
        final Stripe stripe = enter();
        if (stripe == null) return null;
        try {
            final Magazine magazine = stripe.magazines[sizeClass];
            if (magazine.size() == 0) pool.refill(magazine);
            return magazine.size() == 0 ? null : pool.lendChecked(magazine.pop(), magazine);
        } finally {
            stripe.exit();
        }
    }

    /** Leaves a segment in a stripe; tells whether one was free. */
    boolean recycle(final Segment segment, final int sizeClass) {
        final Stripe stripe = enter();
        if (stripe == null) return false;
        try {
            pool.recycleInto(stripe.magazines[sizeClass], segment);
            return true;
        } finally {
            stripe.exit();
        }
    }

    /** Enters a stripe that is free, to be left with {@link Stripe#exit()}; null if none is. */
    @Nullable
    Stripe enter() {
        final int place = (int) ((Thread.currentThread().getId() * 0x9E3779B97F4A7C15L) >>> 32) & (PLACES - 1);
        final int first = places[place] & mask;
        final Stripe usual = stripes[first];
        return usual.tryEnter() ? usual : enterAnother(place, first);
    }

    private @Nullable Stripe enterAnother(final int place, final int taken) {
        for (int i = 1; i <= mask; i++) {
            final int next = (taken + i) & mask;
            if (stripes[next].tryEnter()) {
                places[place] = (byte) next;
                return stripes[next];
            }
        }
        return null;
    }

    /** Sends home what the stripes have at hand; a stripe that somebody does not leave is left out. */
    void sendHome() {
        for (final Stripe stripe : stripes) {
            for (int spin = 0; spin < PATIENCE; spin++) {
                if (stripe.tryEnter()) {
                    try {
                        pool.sendHome(stripe.magazines);
                    } finally {
                        stripe.exit();
                    }
                    break;
                }
                Thread.onSpinWait();
            }
        }
    }

    /** The segments at hand in all stripes. */
    int size(final int sizeClass) {
        int size = 0;
        for (final Stripe stripe : stripes) size += stripe.magazines[sizeClass].size();
        return size;
    }

    long taken() {
        long taken = 0;
        for (final Stripe stripe : stripes) {
            for (final Magazine magazine : stripe.magazines) taken += magazine.taken();
        }
        return taken;
    }

    /** A set of magazines that one thread at a time may use; padded, so that no two marks of who is inside share a cache line. */
    static final class Stripe {
        private static final VarHandle BUSY;

        static {
            try {
                BUSY = MethodHandles.lookup().findVarHandle(Stripe.class, "busy", boolean.class);
            } catch (final ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        final Magazine[] magazines = new Magazine[SizeClasses.COUNT];

        @SuppressWarnings("unused") // by its handle
        private boolean busy;

        @SuppressWarnings("unused")
        long p01, p02, p03, p04, p05, p06, p07, p08, p09, p10, p11, p12, p13, p14, p15;

        private Stripe(final SlabPool pool, final LeakTracking level) {
            for (int i = 0; i < magazines.length; i++) {
                final int capacity =
                        Math.min(MOST_SEGMENTS, Math.max(LEAST_SEGMENTS, MOST_BYTES / SizeClasses.size(i)));
                magazines[i] = new Magazine(pool, level, i, capacity);
            }
        }

        boolean tryEnter() {
            // Acquire: sees what the last one in here did. Partner: the release in exit.
            return !(boolean) BUSY.getOpaque(this) && BUSY.compareAndSet(this, false, true);
        }

        void exit() {
            BUSY.setRelease(this, false); // Partner: the compare-and-set in tryEnter.
        }
    }
}
