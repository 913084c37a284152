package io.evbuffer.event.backend;

import io.evbuffer.event.Event;
import java.nio.channels.SelectableChannel;
import org.jspecify.annotations.Nullable;

/**
 * One descriptor as a base and its backend know it: a number or a channel, the backend's slot, and a generation.
 *
 * <p>The slot is the backend's own, empty when the descriptor is new: an object, an index, or both. The generation
 * differs for each life of a descriptor, so that a report about a former owner of the same number is known by it.
 *
 * <p><b>Threads:</b> guarded by the base's lock.
 */
public abstract class Descriptor {
    private final int number;
    private final @Nullable SelectableChannel channel;
    private int generation;
    private @Nullable Object slot;
    private int slotIndex;

    /**
     * Creates the record of a number or of a channel.
     *
     * @param number the descriptor's number, {@link Event#NO_DESCRIPTOR} if it is a channel.
     * @param channel the channel, null if it is a number.
     */
    protected Descriptor(final int number, final @Nullable SelectableChannel channel) {
        this.number = number;
        this.channel = channel;
    }

    /**
     * The descriptor's number.
     *
     * @return {@link Event#NO_DESCRIPTOR} if it is a channel.
     */
    public final int number() {
        return number;
    }

    /**
     * The channel.
     *
     * @return null if it is a number.
     */
    public final @Nullable SelectableChannel channel() {
        return channel;
    }

    /**
     * Which life of the descriptor this is.
     *
     * @return a number that no other life on the same base has had lately.
     */
    public final int generation() {
        return generation;
    }

    /**
     * Begins a new life: of the base.
     *
     * @param next the new generation.
     */
    protected final void generation(final int next) {
        generation = next;
        slot = null;
        slotIndex = 0;
    }

    /**
     * The backend's object.
     *
     * @return null until the backend sets one.
     */
    public final @Nullable Object slot() {
        return slot;
    }

    /**
     * Sets the backend's object: of the backend.
     *
     * @param object anything.
     */
    public final void slot(final @Nullable Object object) {
        slot = object;
    }

    /**
     * The backend's number.
     *
     * @return 0 until the backend sets one.
     */
    public final int slotIndex() {
        return slotIndex;
    }

    /**
     * Sets the backend's number: of the backend.
     *
     * @param index anything.
     */
    public final void slotIndex(final int index) {
        slotIndex = index;
    }

    @Override
    public String toString() {
        return channel != null ? channel.toString() : "descriptor " + number;
    }
}
