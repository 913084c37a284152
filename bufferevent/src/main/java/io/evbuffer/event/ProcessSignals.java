package io.evbuffer.event;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The signals of this process: which bases want which, and the one door to {@code sun.misc.Signal}.
 *
 * <p>A signal has one handler for all bases. It is installed for the first of them, and when the last one lets go, what was
 * there before is put back. By reflection, as the compiler's warning about that class cannot be turned off.
 *
 * <p>Threads: a lock of its own, taken with a base's lock held and never the other way round. The handler, on a thread of
 * the virtual machine, takes no lock here.
 */
final class ProcessSignals {
    static final String METHOD = "sun.misc.Signal";

    /** Signals that the virtual machine may know; their numbers differ between systems. */
    private static final String[] NAMES = {
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
        "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
        "WINCH", "IO", "PWR", "SYS", "EMT", "INFO", "RTMIN", "RTMAX"
    };

    private static final ReentrantLock LOCK = new ReentrantLock();
    private static final @Nullable Slot[] SLOTS = new Slot[SignalTable.MAX_NUMBER + 1];
    private static final SignalTable[] NOBODY = {};

    /** One signal: of all bases that want it. */
    private static final class Slot {
        private final Object signal;
        private final Object handler;
        private @Nullable Object before; // the handler that was there
        private volatile SignalTable[] bases = NOBODY; // replaced with the lock, never written into

        Slot(final Object signal, final int number, final Class<?> handlerType) {
            this.signal = signal;
            this.handler = Proxy.newProxyInstance(
                    handlerType.getClassLoader(),
                    new Class<?>[] {handlerType},
                    (proxy, method, arguments) -> switch (method.getName()) {
                        case "handle" -> {
                            for (final SignalTable base : bases) base.arrived(number);
                            yield null;
                        }
                        case "equals" -> proxy == arguments[0];
                        case "hashCode" -> System.identityHashCode(proxy);
                        default -> "handler of event bases for signal " + number;
                    });
        }
    }

    private ProcessSignals() {}

    /**
     * Has a base told of a signal.
     *
     * @throws EventException with the reason if this signal cannot be had.
     */
    static void begin(final int number, final SignalTable base) {
        LOCK.lock();
        try {
            final Slot slot = slot(number);
            final SignalTable[] before = slot.bases;
            final SignalTable[] more = Arrays.copyOf(before, before.length + 1);
            more[before.length] = base;
            slot.bases = more; // first, so that no arrival is lost
            if (before.length > 0) return;
            try {
                slot.before = install(slot.signal, slot.handler);
            } catch (final ReflectiveOperationException e) {
                slot.bases = before;
                throw refused(number, e);
            }
        } finally {
            LOCK.unlock();
        }
    }

    /** Has a base told no more. */
    static void end(final int number, final SignalTable base) {
        LOCK.lock();
        try {
            final Slot slot = SLOTS[number];
            if (slot == null) return;
            final SignalTable[] before = slot.bases;
            final SignalTable[] less = new SignalTable[before.length - 1];
            int kept = 0;
            for (final SignalTable each : before) if (each != base) less[kept++] = each;
            if (less.length == 0) restore(slot);
            slot.bases = less;
        } finally {
            LOCK.unlock();
        }
    }

    /** Puts our handlers in place again, whatever has happened to them. */
    static void install(final int number) {
        LOCK.lock();
        try {
            final Slot slot = SLOTS[number];
            if (slot != null && slot.bases.length > 0) install(slot.signal, slot.handler);
        } catch (final ReflectiveOperationException e) {
            throw refused(number, e);
        } finally {
            LOCK.unlock();
        }
    }

    private static void restore(final Slot slot) {
        final Object before = slot.before;
        slot.before = null;
        try {
            if (before != null) install(slot.signal, before);
        } catch (final ReflectiveOperationException e) {
            throw new LinkageError("a handler that was there cannot be put back: " + slot.signal, e);
        }
    }

    private static Slot slot(final int number) {
        final Slot known = SLOTS[number];
        if (known != null) return known;
        try {
            final Class<?> type = Class.forName(METHOD);
            final Class<?> handlerType = Class.forName(METHOD + "Handler");
            final Slot made = new Slot(signal(type, number), number, handlerType);
            SLOTS[number] = made;
            return made;
        } catch (final ReflectiveOperationException e) {
            throw refused(number, e);
        }
    }

    private static Object signal(final Class<?> type, final int number) throws ReflectiveOperationException {
        final Method numberOf = type.getMethod("getNumber");
        for (final String name : NAMES) {
            try {
                final Object signal = type.getConstructor(String.class).newInstance(name);
                if ((int) numberOf.invoke(signal) == number) return signal;
            } catch (final InvocationTargetException e) {
                if (!(e.getCause() instanceof IllegalArgumentException)) throw e; // unknown here
            }
        }
        throw new EventException("the virtual machine has no name for signal " + number + ", and takes names only");
    }

    /** Puts a handler in place, and returns the one before. */
    private static Object install(final Object signal, final Object handler) throws ReflectiveOperationException {
        final Class<?> type = signal.getClass();
        final Class<?> handlerType = Class.forName(METHOD + "Handler");
        return type.getMethod("handle", type, handlerType).invoke(null, signal, handler);
    }

    private static EventException refused(final int number, final ReflectiveOperationException failure) {
        final Throwable cause = failure.getCause();
        final Throwable reason = failure instanceof InvocationTargetException && cause != null ? cause : failure;
        return new EventException("signal " + number + " cannot be had: " + reason.getMessage(), reason);
    }
}
