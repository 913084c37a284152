package io.evbuffer;

import org.agrona.UnsafeApi;
import org.jspecify.annotations.Nullable;

/**
 * Finds bytes in raw memory in the fastest way there is: this version, for Java 22 and later, calls the C library for long
 * ranges where the JVM allows it, and otherwise does what the version for Java 17 does.
 *
 * <p>All methods answer the first index within the range, or -1, and check nothing. {@code steady} says that nobody can
 * take the memory away while it is read: native code may touch no other, as a mapped file that is cut short would kill the
 * JVM. Threads: no state.
 */
final class ByteSearch {
    private static final boolean NATIVE = SearchNative.isAvailable();

    /**
     * Ranges up to this long are not worth a call, and the start of longer ones is not either, as what is sought often
     * stands there. Measured (JDK 25, one Xeon at 2.5 GHz): a call costs 8 ns and then 1 ns for 64 bytes, the portable code
     * 13 ns for 128 bytes and 24 ns for 256.
     */
    private static final int SHORT = 128;

    private static final int NATIVE_FROM = 2 * SHORT;

    // For one of two bytes the library has to look twice, so blocks begin small and stay in the first cache.
    private static final int FIRST_BLOCK = 512;
    private static final int LARGEST_BLOCK = 16 * 1024;

    /** A call is worth its price if the rare byte of a needle stands at least so far away, on average. */
    private static final int WORTHWHILE_STEP = 128;

    private static final long FIRST_CREDIT = 8 * WORTHWHILE_STEP;
    private static final long MOST_CREDIT = 64 * WORTHWHILE_STEP;

    private ByteSearch() {}

    /** Which version this is, for tests and reports. */
    static String version() {
        return NATIVE ? "native" : "portable";
    }

    // ---- one byte ----

    static int indexOf(final byte value, final long address, final int length, final boolean steady) {
        if (!NATIVE || length < NATIVE_FROM || !steady) return SwarSearch.indexOf(value, address, length);
        final int near = SwarSearch.indexOf(value, address, SHORT);
        return near >= 0 ? near : behind(SHORT, SearchNative.indexOf(value, address + SHORT, length - SHORT));
    }

    private static int behind(final int start, final int found) {
        return found < 0 ? -1 : start + found;
    }

    static int indexOfEither(
            final byte one, final byte other, final long address, final int length, final boolean steady) {
        if (!NATIVE || length < NATIVE_FROM || !steady) {
            return SwarSearch.indexOfEither(one, other, address, length);
        }
        final int near = SwarSearch.indexOfEither(one, other, address, SHORT);
        return near >= 0 ? near : behind(SHORT, indexOfEitherFar(one, other, address + SHORT, length - SHORT));
    }

    private static int indexOfEitherFar(final byte one, final byte other, final long address, final int length) {
        int block = FIRST_BLOCK;
        for (int done = 0; done < length; done += block, block = Math.min(2 * block, LARGEST_BLOCK)) {
            final int extent = Math.min(block, length - done);
            final int first = SearchNative.indexOf(one, address + done, extent);
            final int second = SearchNative.indexOf(other, address + done, first < 0 ? extent : first);
            if (second >= 0) return done + second;
            if (first >= 0) return done + first;
        }
        return -1;
    }

    // ---- several bytes ----

    /** As {@link SwarSearch#indexOf(byte[], long, int, long, int)}: may also give up. */
    static int indexOf(
            final byte @Nullable [] base,
            final long offset,
            final int needleLength,
            final long address,
            final int length,
            final boolean steady) {
        final int positions = length - needleLength + 1;
        if (!NATIVE || positions < NATIVE_FROM || !steady) {
            return SwarSearch.indexOf(base, offset, needleLength, address, length);
        }
        final int near = SwarSearch.indexOf(base, offset, needleLength, address, SHORT + needleLength - 1);
        return near != -1 ? near : indexOfFar(base, offset, needleLength, address, length);
    }

    /**
     * Goes from one place of the needle's rarest byte to the next, and on with the portable code when there are too many.
     *
     * <p>Why not {@code memmem}: on 1 MiB without a match it took 58 to 111 microseconds and this 10 to 20. Where all bytes
     * of the needle are frequent it is ahead of the portable code, by a third to a half, from 16 bytes on, and behind below;
     * that does not pay for a copy of the needle in native memory.
     */
    private static int indexOfFar(
            final byte @Nullable [] base,
            final long offset,
            final int needleLength,
            final long address,
            final int length) {
        final int positions = length - needleLength + 1;
        final int rare = ByteRarity.rarest(base, offset, needleLength);
        final byte value = UnsafeApi.getByte(base, offset + rare);
        int position = SHORT;
        long credit = FIRST_CREDIT;
        while (position < positions) {
            final int step = SearchNative.indexOf(value, address + rare + position, positions - position);
            if (step < 0) return -1;
            position += step;
            final int different = SwarSearch.mismatch(base, offset, address + position, needleLength);
            if (different < 0) return position;
            position++;
            credit = Math.min(MOST_CREDIT, credit + step - WORTHWHILE_STEP - different);
            if (credit < 0 && position < positions) {
                final int found = SwarSearch.indexOf(base, offset, needleLength, address + position, length - position);
                return found >= 0 ? position + found : found == -1 ? -1 : found - position;
            }
        }
        return -1;
    }
}
