package io.evbuffer.channel;

import io.evbuffer.EvBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Told once that an overlapped operation has ended. By then the buffer is thawed, its bytes have come or gone, its listeners
 * have been told, and the next operation may be started from here.
 *
 * <p><b>Threads:</b> called by the executor that the reader or writer was made with; without one by a thread of the
 * channel, with the buffer's lock not held. What it throws goes to that thread, after everything is in order.
 */
@FunctionalInterface
public interface OverlappedHandler {
    /**
     * An operation has ended.
     *
     * @param buffer the buffer it worked on; it may have been closed meanwhile, then bytes read are lost.
     * @param bytes the bytes transferred, which a write may tell to be fewer than there were; {@link ScatterSource#END_OF_STREAM}
     *     from a read, if nothing will come any more; 0 if {@code cause} is given.
     * @param cause why it failed, or null: what the channel says,
     *     {@link java.nio.channels.AsynchronousCloseException} if the channel was closed meanwhile.
     */
    void ended(EvBuffer buffer, long bytes, @Nullable Throwable cause);
}
