package io.evbuffer;

/** One listener of one buffer, as {@link EvBuffer#addListener(EvBufferListener)} returned it. Threads: the buffer's. */
public final class ListenerRegistration {
    private final Listeners owner;
    final EvBufferListener listener;
    private volatile boolean enabled = true;
    private volatile boolean immediate;
    private volatile boolean removed;

    ListenerRegistration(final Listeners owner, final EvBufferListener listener) {
        this.owner = owner;
        this.listener = listener;
    }

    /** Removes the listener; it is not called any more, also not in a round under way. A second call does nothing. */
    public void remove() {
        owner.removeOnce(this);
    }

    boolean isRemoved() {
        return removed;
    }

    void markRemoved() {
        removed = true;
    }

    /** Lets the listener be called again. It never learns of changes made while it was disabled. */
    public void enable() {
        enabled = true;
    }

    /** Leaves the listener out until it is enabled again. */
    public void disable() {
        enabled = false;
    }

    /**
     * Has the listener told at once, though the buffer defers: {@link EvBuffer#deferCallbacks}.
     *
     * @return this registration.
     */
    public ListenerRegistration immediate() {
        immediate = true;
        return this;
    }

    boolean isImmediate() {
        return immediate;
    }

    /**
     * Tells whether the listener is called.
     *
     * @return true unless disabled or removed.
     */
    public boolean isEnabled() {
        return enabled && !removed;
    }
}
