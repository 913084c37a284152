package io.evbuffer.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Several sets of magazines for a pool without an owner, so that threads seldom meet.
 *
 * <p>A thread enters the stripe its id points to with one compare-and-set; if somebody is in there, it tries the next
 * ones, and when all are taken the caller goes to the pool's lock. Nobody ever waits for a stripe, so it does no harm if a
 * thread loses its processor inside one. There are twice as many stripes as processors (rounded up to a power of two),
 * whatever the number of threads.
 *
 * <p>Order: the pool's lock may be taken inside a stripe; no stripe is entered with the lock held.
 */
final class Stripes {
    private static final int MOST_STRIPES = 256;
    private static final int MOST_BYTES = 1 << 19; // at hand in one class of one stripe
    private static final int MOST_SEGMENTS = 128;
    private static final int LEAST_SEGMENTS = 16;
    private static final int PATIENCE = 1000; // spins of a sweep at a stripe that is taken

    private final SlabPool pool;
    private final Stripe[] stripes;
    private final int mask;

    Stripes(final SlabPool pool, final LeakTracking level, final int processors) {
        this.pool = pool;
        final int least = Math.min(MOST_STRIPES, 2 * processors);
        stripes = new Stripe[Integer.highestOneBit(2 * least - 1)];
        mask = stripes.length - 1;
        for (int i = 0; i < stripes.length; i++) stripes[i] = new Stripe(pool, level);
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
    private @Nullable Stripe enter() {
        final int probe = (int) ((Thread.currentThread().getId() * 0x9E3779B97F4A7C15L) >>> 32);
        for (int i = 0; i <= mask; i++) {
            final Stripe stripe = stripes[(probe + i) & mask];
            if (stripe.tryEnter()) return stripe;
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

    /** A set of magazines that one thread at a time may use; padded, so that two stripes share no cache line. */
    private static final class Stripe {
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
