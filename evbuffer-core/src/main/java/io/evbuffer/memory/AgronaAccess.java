package io.evbuffer.memory;

import org.agrona.UnsafeApi;

/**
 * Asks whether Agrona may reach the JVM's internal memory access, before its first use would fail.
 *
 * <p>Agrona 2 stands on {@code jdk.internal.misc.Unsafe}. Without the flag its first use throws an {@code
 * IllegalAccessError} and every later one a {@code NoClassDefFoundError} that hides the reason, so the question is put
 * to the module system instead, which answers every time.
 */
final class AgronaAccess {
    private AgronaAccess() {}

    /** Throws {@link IllegalStateException} naming the missing flag, unless Agrona can work. */
    static void check() {
        final Module agrona = UnsafeApi.class.getModule(); // a class literal does not initialize the class
        if (!Object.class.getModule().isExported("jdk.internal.misc", agrona)) {
            throw new IllegalStateException("Agrona needs the JVM flag --add-exports java.base/jdk.internal.misc="
                    + (agrona.isNamed() ? agrona.getName() : "ALL-UNNAMED")
                    + ", which is missing: add it to the command line that starts Java");
        }
    }
}
