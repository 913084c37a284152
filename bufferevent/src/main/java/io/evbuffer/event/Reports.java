package io.evbuffer.event;

import io.evbuffer.event.backend.Descriptor;
import io.evbuffer.event.backend.ReadySink;

/**
 * Hands what the backend reports to the events of the descriptor, and silences what nobody takes.
 *
 * <p>Threads: guarded by the base's lock.
 */
final class Reports implements ReadySink {
    private final EventBase base;

    @SuppressWarnings("unused") // a sum over all that is fetched: without a use of them, the loads would be left out
    private int fetched;

    Reports(final EventBase base) {
        this.base = base;
    }

    /**
     * The backend has found a descriptor ready. An error or hang-up nobody has asked for and nobody takes is offered as
     * CLOSED, and then silenced (DEV-2). A report of what was asked for finds nobody only if that has just changed.
     */
    @Override
    public void ready(final Descriptor reported, final int bits) {
        final IoDescriptor descriptor = (IoDescriptor) reported;
        if (descriptor.doubts != 0) return; // it may be about the former owner of the number: asked for anew (BTR-12)
        if (offer(descriptor, bits)) return;
        if ((bits & descriptor.registered) != 0) base.loop().reportedToNobody(descriptor);
        else if (!offer(descriptor, Event.CLOSED)) silence(descriptor);
    }

    /** What {@link #ready} and the callback's run will read first: fetched now, together with that of other descriptors. */
    @Override
    public void expect(final Descriptor expected) {
        final IoDescriptor descriptor = (IoDescriptor) expected;
        final Event event = descriptor.first;
        fetched += (event != null ? event.fetch() : 0) + descriptor.doubts;
    }

    /** The backend could not register a descriptor: its events must learn it, as with one that is found invalid. */
    void refused(final IoDescriptor descriptor) {
        offer(descriptor, Event.IO);
    }

    private static boolean offer(final IoDescriptor descriptor, final int bits) {
        boolean taken = false;
        for (Event event = descriptor.first; event != null; event = event.nextOnDescriptor)
            taken |= event.ready(bits, true);
        return taken;
    }

    /** Waits no more for what a descriptor reports, until its interest changes. */
    void silence(final IoDescriptor descriptor) {
        if (!base.descriptors().disarm(descriptor)) return;
        base.metrics().increment(LoopMetrics.SILENCED);
        LoopEvents.silenced(base.method(), descriptor);
    }
}
