package io.evbuffer.testing;

import io.evbuffer.BufferEnd;
import java.util.List;

/**
 * One step in the life of several buffers: an {@link Edit}, or what lasts beyond one operation, as operations in flight,
 * marks, listeners, limits and memory of the caller's.
 *
 * <p>A step is done by an {@link EditRun}, which keeps what lasts. It names buffers by index, counted modulo their number,
 * and every step is legal in every state: what does not fit is left out, what must be refused is expected to be.
 */
public sealed interface EditStep {
    /**
     * An operation that is over when it returns; refused if an end it needs is frozen.
     *
     * @param edit the operation.
     */
    record Do(Edit edit) implements EditStep {}

    /**
     * Appends bytes by reference, from an offset in memory of the caller's.
     *
     * @param buffer index of the buffer.
     * @param offset bytes before them that are not shown.
     * @param lengths bytes of each piece of memory: one is added by {@code addReference}, others by {@code addIovecReference}.
     * @param seed where their sequence begins.
     * @param throwing whether the handler throws when the memory comes back.
     */
    record AddReference(int buffer, int offset, List<Integer> lengths, int seed, boolean throwing)
            implements EditStep {}

    /**
     * Appends bytes that are not in memory.
     *
     * @param buffer index of the buffer.
     * @param position of the first one in its file.
     * @param length bytes.
     */
    record AddUnloaded(int buffer, int position, int length) implements EditStep {}

    /**
     * Begins an input operation, unless one is in flight.
     *
     * @param buffer index of the buffer.
     * @param size the bytes lent, 1 or more.
     * @param vectors the most vectors to use, 1 or more.
     */
    record PinForRead(int buffer, int size, int vectors) implements EditStep {}

    /**
     * Begins an output operation, unless one is in flight.
     *
     * @param buffer index of the buffer.
     * @param vectors the most vectors to use, 1 or more.
     */
    record PinForWrite(int buffer, int vectors) implements EditStep {}

    /**
     * Ends an operation in flight, if there is one, also of a buffer that was closed meanwhile.
     *
     * @param flight index of the operation, counted modulo their number.
     * @param count the bytes transferred, counted modulo those pinned + 1; 0 aborts.
     * @param seed where the sequence of the bytes read begins.
     */
    record EndPin(int flight, int count, int seed) implements EditStep {}

    /**
     * Freezes or unfreezes an end; one that an operation in flight has frozen stays as it is.
     *
     * @param buffer index of the buffer.
     * @param end which end.
     * @param frozen whether it is frozen from now on.
     */
    record Freeze(int buffer, BufferEnd end, boolean frozen) implements EditStep {}

    /**
     * Limits the length.
     *
     * @param buffer index of the buffer.
     * @param more bytes beyond the present length; negative for no limit.
     */
    record Limit(int buffer, int more) implements EditStep {}

    /**
     * Marks a byte, if there is one, and closes the oldest mark if there are many.
     *
     * @param buffer index of the buffer.
     * @param position of the byte, counted modulo the length.
     */
    record Mark(int buffer, int position) implements EditStep {}

    /**
     * Adds a listener, or removes the one there is.
     *
     * @param buffer index of the buffer.
     */
    record Listen(int buffer) implements EditStep {}

    /**
     * Has listeners told later, or tells those that wait to be told.
     *
     * @param buffer index of the buffer.
     */
    record Defer(int buffer) implements EditStep {}

    /**
     * Enables locking, unless it is.
     *
     * @param buffer index of the buffer.
     */
    record Lock(int buffer) implements EditStep {}

    /**
     * Closes a buffer, also with operations in flight, and makes a new one in its place.
     *
     * @param buffer index of the buffer.
     */
    record Replace(int buffer) implements EditStep {}
}
