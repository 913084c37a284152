package io.evbuffer.bufferevent;

import io.evbuffer.event.DeferredCallback;
import org.jspecify.annotations.Nullable;

/**
 * Watches the length of one output between its marks, and tells the producer.
 *
 * <pre>
 *   below --length &gt;= high--&gt; above --length &lt;= low, or no high mark--&gt; below
 * </pre>
 *
 * <p>Told later, and only what still differs from what was told last: so the signals alternate,
 * for each callback from "above" on.
 */
final class BackPressure {
    private final BufferEvent owner;
    private final DeferredCallback tell = new DeferredCallback(this::tell);
    private @Nullable BackPressureCallback callback;
    private boolean above;
    private boolean told; // what the callback was told last
    private boolean queued;

    BackPressure(final BufferEvent owner) {
        this.owner = owner;
    }

    void callback(final @Nullable BackPressureCallback newCallback) {
        if (callback != newCallback) {
            told = false; // another one has been told nothing yet
        }
        callback = newCallback;
    }

    @Nullable
    BackPressureCallback callback() {
        return callback;
    }

    /** The length of the output, or its marks, have changed. */
    void changed(final long length, final Watermarks marks) {
        if (above) {
            above = marks.high() > 0 && length > marks.low();
        } else {
            above = marks.isFull(length);
        }
        if (above != told && callback != null && !queued) {
            queued = true;
            owner.life.hold();
            tell.schedule(owner.base());
        }
    }

    private void tell() {
        final SharedLock held = owner.access.take();
        try {
            if (queued) { // another thread may just have taken it back
                queued = false;
                try {
                    final BackPressureCallback slot = callback;
                    if (slot != null && above != told) {
                        told = above;
                        owner.slots.callBackPressure(slot, above);
                    }
                } finally {
                    owner.life.letGo();
                }
            }
        } finally {
            SharedLock.giveBack(held);
        }
    }

    boolean isQueued() {
        return queued;
    }

    /** Nothing is told any more. */
    void cancel() {
        callback = null;
        if (queued) {
            queued = false;
            tell.cancel(owner.base());
            owner.life.letGo();
        }
    }
}
