package io.evbuffer.event;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** What tests do with signals of their own process; by reflection, as the compiler warns of {@code sun.misc.Signal}. */
final class Signals {
    private static final String TYPE = "sun.misc.Signal";
    private static final String[] HARMLESS = {"URG", "WINCH", "CONT", "CHLD", "USR1", "HUP"};

    private Signals() {}

    /** A signal that can be had here and whose default is to do nothing, if there is one. */
    static String free() {
        for (final String name : HARMLESS) if (canBeHad(name)) return name;
        throw new AssertionError("no signal can be had");
    }

    private static boolean canBeHad(final String name) {
        try (EventBase base = EventBase.open();
                Event event = Event.newSignal(base, number(name), (self, result) -> {}, null)) {
            event.add();
            return true;
        } catch (final EventException taken) {
            return false;
        }
    }

    static int number(final String name) {
        try {
            final Object signal = signal(name);
            return (int) signal.getClass().getMethod("getNumber").invoke(signal);
        } catch (final ReflectiveOperationException e) {
            throw new LinkageError("no signals here", e);
        }
    }

    /** Sends it to this process; the virtual machine tells its handler soon. */
    static void raise(final String name) {
        try {
            final Object signal = signal(name);
            signal.getClass().getMethod("raise", signal.getClass()).invoke(null, signal);
        } catch (final ReflectiveOperationException e) {
            throw new LinkageError("no signals here", e);
        }
    }

    /** A handler of the test's own. */
    static Object handler(final Runnable action) {
        try {
            final Class<?> type = Class.forName(TYPE + "Handler");
            return Proxy.newProxyInstance(
                    type.getClassLoader(),
                    new Class<?>[] {type},
                    (proxy, method, arguments) -> switch (method.getName()) {
                        case "handle" -> {
                            action.run();
                            yield null;
                        }
                        case "equals" -> proxy == arguments[0];
                        case "hashCode" -> System.identityHashCode(proxy);
                        default -> "handler of a test";
                    });
        } catch (final ReflectiveOperationException e) {
            throw new LinkageError("no signals here", e);
        }
    }

    /** Puts a handler in place and returns the one before. */
    static Object handle(final String name, final Object handler) {
        try {
            final Object signal = signal(name);
            return signal.getClass()
                    .getMethod("handle", signal.getClass(), Class.forName(TYPE + "Handler"))
                    .invoke(null, signal, handler);
        } catch (final InvocationTargetException e) {
            throw new AssertionError(e.getCause());
        } catch (final ReflectiveOperationException e) {
            throw new LinkageError("no signals here", e);
        }
    }

    private static Object signal(final String name) throws ReflectiveOperationException {
        return Class.forName(TYPE).getConstructor(String.class).newInstance(name);
    }
}
