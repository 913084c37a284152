package io.evbuffer.channel;

import io.evbuffer.EvBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Remembers how operations ended: their bytes, or 0 and the type of the cause. */
final class Ends implements OverlappedHandler {
    final List<String> told = Collections.synchronizedList(new ArrayList<>());
    volatile @Nullable Throwable lastCause;
    volatile @Nullable Thread lastThread;

    @Override
    public void ended(final EvBuffer buffer, final long bytes, final @Nullable Throwable cause) {
        lastCause = cause;
        lastThread = Thread.currentThread();
        told.add(
                cause == null
                        ? Long.toString(bytes)
                        : bytes + " " + cause.getClass().getSimpleName());
    }
}
