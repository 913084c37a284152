package io.evbuffer;

/**
 * Is told that a buffer's length has changed.
 *
 * @see EvBuffer#addListener(EvBufferListener)
 */
@FunctionalInterface
public interface EvBufferListener {
    /**
     * Called as the last thing of the operation that changed the buffer, which is consistent. It may call any operation,
     * also on this buffer: what it changes is told in a further round after this one. An exception does not stop the other
     * listeners; it comes out of the operation, which has happened all the same.
     *
     * @param buffer the changed buffer.
     * @param change what happened since the last call; reused, so not to be kept.
     */
    void changed(EvBuffer buffer, BufferChange change);
}
