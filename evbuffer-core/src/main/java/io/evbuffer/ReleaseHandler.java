package io.evbuffer;

import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Is told that a buffer no longer needs memory that was added by reference.
 *
 * @see EvBuffer#addReference
 */
@FunctionalInterface
public interface ReleaseHandler {
    /**
     * Called once, by the thread on which the last holder let go: the last byte was drained, absorbed, or its buffer closed,
     * in every buffer that shared it. All buffers are consistent, and any operation may be called. An exception does not stop
     * other handlers; it comes out of the operation, which has happened all the same.
     *
     * @param memory as it was added; of a list of vectors the first one.
     * @param extent its bytes from index 0 to the last one shown, however much of it was drained.
     * @param attachment as it was given with the memory.
     */
    void released(DirectBuffer memory, long extent, @Nullable Object attachment);
}
