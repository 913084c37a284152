package io.evbuffer.event;

import io.evbuffer.event.backend.Backend;
import java.io.IOException;
import java.nio.channels.SelectableChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Consumer;
import org.agrona.collections.Int2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The descriptors that have events, and the changes of interest the backend has not been told yet.
 *
 * <pre>
 *   insert, remove of events ──► counts of the descriptor ──► change list ──apply, once a turn──► backend
 * </pre>
 *
 * <p>Interest that is back at its old value by then costs no call. A descriptor without events leaves the table when the
 * backend has been told, so the table is as large as what is registered.
 *
 * <p>Invariants: EVT-6, EVT-7, EVT-33. Threads: guarded by the base's lock.
 */
final class DescriptorTable {
    private static final int INITIAL_CHANGES = 16;

    private final Backend backend;
    private final LoopMetrics metrics;
    private final Int2ObjectHashMap<IoDescriptor> byNumber = new Int2ObjectHashMap<>();
    private final IdentityHashMap<SelectableChannel, IoDescriptor> byChannel = new IdentityHashMap<>();
    private final IoDescriptor none =
            new IoDescriptor(Event.NO_DESCRIPTOR, null); // of events that only run by hand or time
    private @Nullable IoDescriptor[] changes = new IoDescriptor[INITIAL_CHANGES];
    private int changeCount;
    private int generation;

    DescriptorTable(final Backend backend, final LoopMetrics metrics) {
        this.backend = backend;
        this.metrics = metrics;
    }

    int size() {
        return byNumber.size() + byChannel.size();
    }

    /** The descriptor an event on no descriptor is put on. */
    IoDescriptor none() {
        return none;
    }

    @Nullable
    IoDescriptor find(final int number) {
        return byNumber.get(number);
    }

    @Nullable
    IoDescriptor find(final SelectableChannel channel) {
        return byChannel.get(channel);
    }

    /**
     * Registers an event's interest. What is refused changes nothing.
     *
     * @return whether the backend must be told.
     */
    boolean insert(final Event event) {
        final IoDescriptor descriptor = inTable(event);
        if (descriptor == none) { // many unrelated events, and the backend hears of none
            none.link(event);
            return false;
        }
        final int bits = event.interest();
        check(descriptor, bits);
        final int offered = offered(bits);
        if (descriptor.events == 0 || (offered & ~descriptor.registered) != 0) backend.admit(descriptor, offered);
        if (!descriptor.inTable) put(descriptor);
        descriptor.link(event);
        return noteChange(descriptor);
    }

    /**
     * Takes an event's interest back.
     *
     * @return whether the backend must be told.
     */
    boolean remove(final Event event) {
        final IoDescriptor descriptor = event.descriptor();
        descriptor.unlink(event);
        if (descriptor == none) return false;
        if (descriptor.events == 0 && descriptor.channel() == null) descriptor.doubts = 1;
        return noteChange(descriptor);
    }

    /** The event's descriptor, or the one that stands in the table for the same number or channel. */
    private IoDescriptor inTable(final Event event) {
        final IoDescriptor own = event.descriptor();
        if (own.inTable) return own;
        final SelectableChannel channel = own.channel();
        final IoDescriptor listed;
        if (channel != null) listed = byChannel.get(channel);
        else if (own.number() >= 0) listed = byNumber.get(own.number());
        else listed = none;
        if (listed == null) return own;
        event.descriptor(listed);
        return listed;
    }

    private void put(final IoDescriptor descriptor) {
        final SelectableChannel channel = descriptor.channel();
        if (channel != null) byChannel.put(channel, descriptor);
        else byNumber.put(descriptor.number(), descriptor);
        descriptor.inTable = true;
        descriptor.beginLife(++generation);
    }

    private void drop(final IoDescriptor descriptor) {
        final SelectableChannel channel = descriptor.channel();
        if (channel != null) byChannel.remove(channel);
        else byNumber.remove(descriptor.number());
        descriptor.inTable = false;
    }

    private void check(final IoDescriptor descriptor, final int bits) {
        if (((bits & Event.READ) != 0 && descriptor.readers == IoDescriptor.MAX_EVENTS)
                || ((bits & Event.WRITE) != 0 && descriptor.writers == IoDescriptor.MAX_EVENTS)
                || ((bits & Event.CLOSED) != 0 && descriptor.closers == IoDescriptor.MAX_EVENTS)) {
            throw new EventException(
                    descriptor + " has " + IoDescriptor.MAX_EVENTS + " events in one direction, the most there can be");
        }
        if (descriptor.events > 0 && descriptor.edges > 0 != ((bits & Event.ET) != 0)) {
            throw new EventException("edge-triggered and level-triggered events cannot share " + descriptor);
        }
        final int features = backend.features();
        if ((bits & Event.IO) == Event.CLOSED && (features & EventBase.FEATURE_EARLY_CLOSE) == 0) {
            throw new EventException(
                    "this backend cannot tell an early close, so an event for CLOSED alone would never run");
        }
    }

    private boolean noteChange(final IoDescriptor descriptor) {
        if (!descriptor.changed) {
            descriptor.changed = true;
            if (changeCount == changes.length) changes = Arrays.copyOf(changes, 2 * changeCount);
            changes[changeCount++] = descriptor;
        }
        return offered(descriptor.wanted()) != descriptor.registered;
    }

    /** Leaves out what this backend does not have: edges become levels, an early close is not told. */
    private int offered(final int wanted) {
        final int features = backend.features();
        int bits = wanted;
        if ((features & EventBase.FEATURE_ET) == 0) bits &= ~Event.ET;
        if ((features & EventBase.FEATURE_EARLY_CLOSE) == 0) bits &= ~Event.CLOSED;
        return (bits & Event.IO) == 0 ? 0 : bits;
    }

    /**
     * Tells the backend what has changed, at most one call per descriptor. After an error of the virtual machine, the change
     * it came from and all behind it are still to be told.
     *
     * @param refused is told of each descriptor that the backend could not register.
     */
    void apply(final Consumer<IoDescriptor> refused) {
        int told = 0;
        try {
            while (told < changeCount) {
                tellChange(change(told), refused);
                told++;
            }
        } finally {
            forgetChanges(told);
        }
    }

    private void tellChange(final IoDescriptor descriptor, final Consumer<IoDescriptor> refused) {
        final int wanted = offered(descriptor.wanted());
        if (wanted != descriptor.registered || (descriptor.doubts != 0 && wanted != 0)) {
            tell(descriptor, wanted, refused);
        } else {
            metrics.increment(LoopMetrics.INTEREST_CALLS_SAVED);
        }
        descriptor.changed = false;
        descriptor.doubts = 0;
        if (descriptor.events == 0) drop(descriptor);
    }

    private void forgetChanges(final int told) {
        final int left = changeCount - told;
        System.arraycopy(changes, told, changes, 0, left);
        Arrays.fill(changes, left, changeCount, null);
        changeCount = left;
    }

    private IoDescriptor change(final int index) {
        final IoDescriptor descriptor = changes[index];
        assert descriptor != null : "a hole in the change list";
        return descriptor;
    }

    private void tell(final IoDescriptor descriptor, final int wanted, final Consumer<IoDescriptor> refused) {
        metrics.increment(LoopMetrics.INTEREST_CALLS);
        try {
            backend.apply(descriptor, descriptor.registered, wanted);
            descriptor.registered = wanted;
        } catch (final IOException | RuntimeException e) {
            descriptor.registered = 0;
            if (wanted != 0) refused.accept(descriptor);
        }
    }

    /**
     * Nobody takes what the kernel reports again and again: silence until interest changes (DEV-2).
     *
     * @return false if interest has just changed.
     */
    boolean disarm(final IoDescriptor descriptor) {
        if (descriptor.changed || descriptor.registered == 0) return false;
        tell(descriptor, 0, ignored -> {});
        return true;
    }

    /**
     * Registers everything once more with a backend that has made its kernel objects anew.
     *
     * @return the descriptors it has refused.
     */
    List<IoDescriptor> registerAgain() {
        final List<IoDescriptor> refused = new ArrayList<>();
        for (final IoDescriptor descriptor : snapshot()) {
            if (descriptor == none) continue;
            descriptor.beginLife(++generation);
            final int wanted = offered(descriptor.wanted());
            if (wanted != 0) tell(descriptor, wanted, refused::add);
        }
        return refused;
    }

    /** Every descriptor with events: numbers ascending, then channels in the order they came, then none. A new list. */
    List<IoDescriptor> snapshot() {
        final List<IoDescriptor> all = new ArrayList<>(byNumber.values());
        all.sort(Comparator.comparingInt(IoDescriptor::number));
        final List<IoDescriptor> channels = new ArrayList<>(byChannel.values());
        channels.sort(Comparator.comparingInt(IoDescriptor::generation));
        all.addAll(channels);
        all.add(none);
        return all;
    }

    /** Forgets everything; the base is closing. */
    void clear() {
        for (final IoDescriptor descriptor : snapshot()) descriptor.unlinkAll();
        byNumber.clear();
        byChannel.clear();
        Arrays.fill(changes, 0, changeCount, null);
        changeCount = 0;
    }

    void checkInvariants() {
        for (final IoDescriptor descriptor : snapshot()) {
            descriptor.checkInvariants();
            if (descriptor != none && descriptor.events == 0 && !descriptor.changed) {
                throw new AssertionError("EVT-7: " + descriptor + " has no events and stays in the table");
            }
        }
        for (int i = 0; i < changeCount; i++) {
            if (!change(i).changed)
                throw new AssertionError("EVT-6: " + change(i) + " is listed as changed and is not");
        }
    }
}
