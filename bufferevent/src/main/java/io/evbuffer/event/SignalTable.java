package io.evbuffer.event;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The signals a base waits for: the events of each number, and how often each signal has come and was not told yet.
 *
 * <pre>
 *   handler, any thread:  count the arrival, mark the number, wake the loop
 *   loop, after its poll: make the events of each marked number active, as often as it has come
 * </pre>
 *
 * <p>Threads: guarded by the base's lock, but for {@link #arrived}, which the virtual machine's threads call.
 */
final class SignalTable {
    static final int MAX_NUMBER = 64;

    private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(int[].class);
    private static final VarHandle MARKS;

    static {
        try {
            MARKS = MethodHandles.lookup().findVarHandle(SignalTable.class, "marks", long.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final EventBase base;
    private final @Nullable Event[] first = new Event[MAX_NUMBER + 1]; // linked through the events
    private final @Nullable Event[] last = new Event[MAX_NUMBER + 1];
    private final int[] counts = new int[MAX_NUMBER + 1]; // of arrivals not told yet
    private volatile long marks; // a bit for each number that has arrivals, 1 in the lowest

    SignalTable(final EventBase base) {
        this.base = base;
    }

    @Nullable
    Event first(final int number) {
        return number > 0 && number <= MAX_NUMBER ? first[number] : null;
    }

    /**
     * Has an event told of its signal.
     *
     * @throws EventException with the reason if this signal cannot be had; nothing has changed.
     */
    void insert(final Event event) {
        final int number = event.signal();
        if (number < 1 || number > MAX_NUMBER) {
            throw new EventException("signals have the numbers 1 to " + MAX_NUMBER + ", not " + number);
        }
        final Event tail = last[number];
        if (tail == null) {
            forget(number); // what came late for an event that is gone
            ProcessSignals.begin(number, this);
            first[number] = event;
        } else {
            tail.nextOnDescriptor = event;
        }
        event.previousOnDescriptor = tail;
        last[number] = event;
    }

    void remove(final Event event) {
        final int number = event.signal();
        final Event next = event.nextOnDescriptor;
        final Event previous = event.previousOnDescriptor;
        if (next != null) next.previousOnDescriptor = previous;
        else last[number] = previous;
        if (previous != null) previous.nextOnDescriptor = next;
        else first[number] = next;
        event.nextOnDescriptor = null;
        event.previousOnDescriptor = null;
        if (first[number] == null) ProcessSignals.end(number, this);
    }

    private void forget(final int number) {
        MARKS.getAndBitwiseAnd(this, ~bit(number));
        COUNT.setVolatile(counts, number, 0);
    }

    private static long bit(final int number) {
        return 1L << (number - 1);
    }

    /** A signal has come. On any thread, without the lock. */
    void arrived(final int number) {
        COUNT.getAndAdd(counts, number, 1);
        MARKS.getAndBitwiseOr(this, bit(number)); // after the count. Partner: the getAndSet in tell
        base.signalArrived();
    }

    boolean hasArrivals() {
        return marks != 0;
    }

    /** How often a signal has come and was not told yet. */
    int arrivals(final int number) {
        return (int) COUNT.getVolatile(counts, number);
    }

    /** Makes the events of what has come active. */
    void tell() {
        if (marks == 0) return;
        long marked = (long) MARKS.getAndSet(this, 0L);
        for (; marked != 0; marked &= marked - 1) {
            final int number = Long.numberOfTrailingZeros(marked) + 1;
            final int times = (int) COUNT.getAndSet(counts, number, 0);
            if (times == 0) continue;
            for (Event event = first[number]; event != null; event = event.nextOnDescriptor) event.signalled(times);
        }
    }

    /** Puts the handlers in place again. */
    void reinstall() {
        for (int number = 1; number <= MAX_NUMBER; number++) {
            if (first[number] != null) ProcessSignals.install(number);
        }
    }

    /** The base is closing: nothing is caught any more. */
    void clear() {
        for (int number = 1; number <= MAX_NUMBER; number++) {
            for (Event event = first[number]; event != null; event = first[number]) remove(event);
        }
        marks = 0;
    }

    void checkInvariants() {
        for (int number = 1; number <= MAX_NUMBER; number++) {
            Event before = null;
            for (Event event = first[number]; event != null; event = event.nextOnDescriptor) {
                if (!event.inserted || event.signal() != number || event.previousOnDescriptor != before) {
                    throw new AssertionError("EVT-6: events of signal " + number + " at " + event);
                }
                before = event;
            }
            if (before != last[number]) throw new AssertionError("EVT-6: last event of signal " + number);
        }
    }
}
