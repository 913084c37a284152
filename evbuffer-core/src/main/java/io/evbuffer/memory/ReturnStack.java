package io.evbuffer.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The segments that other threads than the owner sent home: a lock-free stack linked through the segments.
 *
 * <p>Any number of threads push, whoever collects takes all at once, so that a segment which comes back meanwhile does no
 * harm. An object of its own, with room around {@code top}: what other threads write lies apart from what the owner reads
 * at each take.
 */
final class ReturnStack {
    private static final VarHandle TOP;

    static {
        try {
            TOP = MethodHandles.lookup().findVarHandle(ReturnStack.class, "top", Segment.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @SuppressWarnings("unused")
    long p01, p02, p03, p04, p05, p06, p07, p08, p09, p10, p11, p12, p13, p14, p15;

    private volatile @Nullable Segment top;

    /** Pushes a segment. Our accesses to it come before. */
    void push(final Segment segment) {
        Segment under;
        do {
            under = top;
            segment.next = under;
            // Release: what we did to the segment. Partner: the exchange in takeAll.
        } while (!TOP.weakCompareAndSetRelease(this, under, segment));
    }

    /** Takes all, linked by {@link Segment#next}, or null. */
    @Nullable
    Segment takeAll() {
        return top == null ? null : (Segment) TOP.getAndSet(this, null);
    }

    boolean isEmpty() {
        return top == null;
    }
}
