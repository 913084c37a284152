package io.evbuffer;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * The C library's {@code memchr}, where this JVM may call it: the one class of this module that knows native functions.
 *
 * <p>The call is critical, so it costs no thread transition (8 ns), but no safepoint can begin while it lasts: it is given
 * at most {@value #LONGEST_STEP} bytes, which take it one to three microseconds. Where native access is not enabled nothing
 * restricted is touched, as the JVM would print a warning or refuse; one log line names the flag. Threads: no state.
 */
final class SearchNative {
    /** The most bytes that one call may be given. */
    static final int LONGEST_STEP = 64 * 1024;

    private static final MethodHandle MEMCHR = link().orElse(null);

    private SearchNative() {}

    static boolean isAvailable() {
        return MEMCHR != null;
    }

    private static Optional<MethodHandle> link() {
        final Module module = SearchNative.class.getModule();
        if (!module.isNativeAccessEnabled()) {
            final String name = module.isNamed() ? module.getName() : "ALL-UNNAMED";
            return unavailable(
                    "native access is not enabled; the JVM flag --enable-native-access=" + name + " does it");
        }
        try {
            final Linker linker = Linker.nativeLinker();
            if (linker.canonicalLayouts().get("size_t").byteSize() != Long.BYTES) {
                return unavailable("addresses have no 64 bits");
            }
            final Optional<MemorySegment> memchr = linker.defaultLookup().find("memchr");
            if (memchr.isEmpty()) return unavailable("the C library shows no memchr");
            final FunctionDescriptor signature = FunctionDescriptor.of(
                    ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG);
            return Optional.of(linker.downcallHandle(memchr.get(), signature, Linker.Option.critical(false)));
        } catch (final UnsupportedOperationException e) {
            return unavailable(e.toString());
        }
    }

    private static Optional<MethodHandle> unavailable(final String reason) {
        final Logger log = System.getLogger(ByteSearch.class.getName());
        log.log(Level.DEBUG, "bytes are searched by portable code: {0}", reason);
        return Optional.empty();
    }

    /** The first index of {@code value}, or -1. */
    static int indexOf(final byte value, final long address, final int length) {
        int done = 0;
        while (length - done > LONGEST_STEP) {
            final int found = memchr(value, address + done, LONGEST_STEP);
            if (found >= 0) return done + found;
            done += LONGEST_STEP;
        }
        final int found = memchr(value, address + done, length - done);
        return found < 0 ? -1 : done + found;
    }

    private static int memchr(final byte value, final long address, final int length) {
        try {
            final long found = (long) MEMCHR.invokeExact(address, (int) value, (long) length);
            return found == 0 ? -1 : (int) (found - address);
        } catch (final Throwable e) {
            throw new AssertionError("memchr does not throw", e);
        }
    }
}
