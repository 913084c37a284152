package io.evbuffer.event.backend.posix;

import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Whether this JVM may call the kernel directly, and whether we know the kernel. Touches nothing restricted itself: without the
 * flag the JVM would print a warning or refuse.
 */
public final class NativeAccess {
    private static final String ARM = "aarch64";

    private NativeAccess() {}

    /**
     * Tells whether the numbers and layouts written down here are those of this platform.
     *
     * @return true on Linux with 64 bits, on x86 and ARM.
     */
    public static boolean isKnownPlatform() {
        final String machine = machine();
        return System.getProperty("os.name", "").equals("Linux")
                && (machine.equals("amd64") || machine.equals("x86_64") || machine.equals(ARM));
    }

    /**
     * Tells for which of the two kinds of machine numbers and layouts are wanted.
     *
     * @return true on ARM, false on x86.
     */
    public static boolean isArm() {
        return machine().equals(ARM);
    }

    private static String machine() {
        return System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    }

    /**
     * Why the kernel cannot be called directly.
     *
     * @return null if it can; otherwise a reason, which names the flag of the JVM if that is what lacks.
     */
    public static @Nullable String refusal() {
        return refusal(Module::isNativeAccessEnabled);
    }

    static @Nullable String refusal(final Predicate<Module> access) {
        if (!isKnownPlatform()) {
            return "there is none on " + System.getProperty("os.name") + " " + System.getProperty("os.arch");
        }
        final Module module = NativeAccess.class.getModule();
        if (access.test(module)) return null;
        final String name = module.isNamed() ? module.getName() : "ALL-UNNAMED";
        return "native access is not enabled; the JVM flag --enable-native-access=" + name + " does it";
    }
}
