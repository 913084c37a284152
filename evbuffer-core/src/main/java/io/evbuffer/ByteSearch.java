package io.evbuffer;

import org.jspecify.annotations.Nullable;

/**
 * Finds bytes in raw memory in the fastest way there is: this version, for Java 17 to 21 and for class folders, goes eight
 * bytes at a time. The one that a jar holds for Java 22 and later calls the C library for long ranges.
 *
 * <p>All methods answer the first index within the range, or -1, and check nothing. {@code steady} says that nobody can
 * take the memory away while it is read: native code may touch no other. Threads: no state.
 */
final class ByteSearch {
    private ByteSearch() {}

    /** Which version this is, for tests and reports. */
    static String version() {
        return "portable";
    }

    static int indexOf(final byte value, final long address, final int length, final boolean steady) {
        return SwarSearch.indexOf(value, address, length);
    }

    static int indexOfEither(
            final byte one, final byte other, final long address, final int length, final boolean steady) {
        return SwarSearch.indexOfEither(one, other, address, length);
    }

    /** As {@link SwarSearch#indexOf(byte[], long, int, long, int)}: may also give up. */
    static int indexOf(
            final byte @Nullable [] base,
            final long offset,
            final int needleLength,
            final long address,
            final int length,
            final boolean steady) {
        return SwarSearch.indexOf(base, offset, needleLength, address, length);
    }
}
