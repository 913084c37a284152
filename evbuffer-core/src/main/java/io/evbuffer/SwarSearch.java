package io.evbuffer;

import java.nio.ByteOrder;
import org.agrona.UnsafeApi;
import org.jspecify.annotations.Nullable;

/**
 * Searches raw memory eight bytes at a time ("SIMD within a register"): what {@link ByteSearch} stands on in every Java.
 *
 * <pre>
 *   word        61 0a 62 63 0a 64 65 66        eight bytes of memory
 *   ^ pattern   0a 0a 0a 0a 0a 0a 0a 0a        a byte that is sought becomes 0
 *   zeroes      00 80 00 00 80 00 00 00        the highest bit of each byte that is 0
 * </pre>
 *
 * <p>Nothing is checked here, and no byte outside the range is read: what does not fill a word at the end is read as a word
 * that overlaps the one before it. Words may lie at any address, as in {@link RawCopy}. A needle is named as Agrona does
 * it: an array and an offset in it, or no array and an address. Threads: no state.
 */
final class SwarSearch {
    /** What a search for several bytes answers when comparing costs too much; see {@link #indexOf(byte[], long, int, long, int)}. */
    static final int GAVE_UP = -2;

    /** A candidate costs as much as comparing so many bytes, besides those that are compared. */
    static final int COMPARE_COST = 8;

    /** When comparing has cost more than this for each byte passed, a search by automaton is cheaper. */
    static final int COST_PER_BYTE = 4;

    /** What comparing may cost before that is asked. */
    static final int FREE_COST = 512;

    private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGHS = 0x8080808080808080L;
    private static final int WORD = Long.BYTES;
    private static final int BLOCK = 4 * WORD;

    private SwarSearch() {}

    // ---- one byte ----

    /** The first index at which {@code value} stands, or -1. */
    static int indexOf(final byte value, final long address, final int length) {
        if (length < WORD) return indexOfShort(value, value, address, length);
        final long pattern = repeat(value);
        int i = 0;
        for (final int end = length - BLOCK; i <= end; i += BLOCK) {
            final long at = address + i;
            final long a = UnsafeApi.getLong(at) ^ pattern;
            final long b = UnsafeApi.getLong(at + WORD) ^ pattern;
            final long c = UnsafeApi.getLong(at + 2 * WORD) ^ pattern;
            final long d = UnsafeApi.getLong(at + 3 * WORD) ^ pattern;
            final long some = (mayHaveZero(a) | mayHaveZero(b) | mayHaveZero(c) | mayHaveZero(d)) & HIGHS;
            if (some != 0) return i + firstZero(a, b, c, d);
        }
        final int last = length - WORD;
        for (; i < last; i += WORD) {
            final long zeroes = zeroes(UnsafeApi.getLong(address + i) ^ pattern);
            if (zeroes != 0) return i + first(zeroes);
        }
        final long zeroes = zeroes(UnsafeApi.getLong(address + last) ^ pattern);
        return zeroes != 0 ? last + first(zeroes) : -1;
    }

    /** The first index at which one of two bytes stands, or -1. */
    static int indexOfEither(final byte one, final byte other, final long address, final int length) {
        if (length < WORD) return indexOfShort(one, other, address, length);
        final long pattern = repeat(one);
        final long otherPattern = repeat(other);
        final int last = length - WORD;
        int i = 0;
        for (final int end = length - 2 * WORD; i <= end; i += 2 * WORD) {
            final long a = UnsafeApi.getLong(address + i);
            final long b = UnsafeApi.getLong(address + i + WORD);
            final long some = mayHaveZero(a ^ pattern)
                    | mayHaveZero(a ^ otherPattern)
                    | mayHaveZero(b ^ pattern)
                    | mayHaveZero(b ^ otherPattern);
            if ((some & HIGHS) != 0) break;
        }
        for (; i < last; i += WORD) {
            final long word = UnsafeApi.getLong(address + i);
            final long zeroes = eitherZero(word ^ pattern, word ^ otherPattern);
            if (zeroes != 0) return i + first(zeroes);
        }
        final long word = UnsafeApi.getLong(address + last);
        final long zeroes = eitherZero(word ^ pattern, word ^ otherPattern);
        return zeroes != 0 ? last + first(zeroes) : -1;
    }

    private static int indexOfShort(final byte one, final byte other, final long address, final int length) {
        for (int i = 0; i < length; i++) {
            final byte b = UnsafeApi.getByte(address + i);
            if (b == one || b == other) return i;
        }
        return -1;
    }

    // ---- several bytes ----

    /** The first index at which the two ranges differ, or -1. */
    static int mismatch(final byte @Nullable [] base, final long offset, final long address, final int length) {
        if (length < WORD) {
            for (int i = 0; i < length; i++) {
                if (UnsafeApi.getByte(base, offset + i) != UnsafeApi.getByte(address + i)) return i;
            }
            return -1;
        }
        final int last = length - WORD;
        for (int i = 0; i < last; i += WORD) {
            final long difference = UnsafeApi.getLong(base, offset + i) ^ UnsafeApi.getLong(address + i);
            if (difference != 0) return i + firstNonZero(difference);
        }
        final long difference = UnsafeApi.getLong(base, offset + last) ^ UnsafeApi.getLong(address + last);
        return difference != 0 ? last + firstNonZero(difference) : -1;
    }

    /**
     * The first index at which a needle stands whole, or -1. Only where its first and its last byte match is the rest
     * compared.
     *
     * <p><b>Cost:</b> O(length), whatever the bytes: when comparing has cost more than {@value #COST_PER_BYTE} times the
     * bytes passed, the search gives up and answers {@code GAVE_UP - i}, where no match begins before {@code i}.
     *
     * @param needleLength 2 or more.
     */
    static int indexOf(
            final byte @Nullable [] base,
            final long offset,
            final int needleLength,
            final long address,
            final int length) {
        final int positions = length - needleLength + 1;
        final long rear = address + needleLength - 1;
        final byte head = UnsafeApi.getByte(base, offset);
        final byte tail = UnsafeApi.getByte(base, offset + needleLength - 1);
        if (positions < WORD) {
            return indexOfShort(base, offset, needleLength, address, positions, head, tail);
        }
        final long headPattern = repeat(head);
        final long tailPattern = repeat(tail);
        final int last = positions - WORD;
        long cost = -FREE_COST;
        for (int i = 0; ; i = Math.min(i + WORD, last)) {
            for (final int end = last - 2 * WORD; i < end; i += 2 * WORD) {
                final long at = address + i;
                final long a = (UnsafeApi.getLong(at) ^ headPattern) | (UnsafeApi.getLong(rear + i) ^ tailPattern);
                final long b = (UnsafeApi.getLong(at + WORD) ^ headPattern)
                        | (UnsafeApi.getLong(rear + i + WORD) ^ tailPattern);
                if (((mayHaveZero(a) | mayHaveZero(b)) & HIGHS) != 0) break;
            }
            long candidates = zeroes(
                    (UnsafeApi.getLong(address + i) ^ headPattern) | (UnsafeApi.getLong(rear + i) ^ tailPattern));
            while (candidates != 0) {
                final int at = i + first(candidates);
                final int different = mismatch(base, offset, address + at, needleLength);
                if (different < 0) return at;
                cost += different + COMPARE_COST;
                if (cost > (long) COST_PER_BYTE * at) return GAVE_UP - at;
                candidates = withoutFirst(candidates);
            }
            if (i == last) return -1;
        }
    }

    private static int indexOfShort(
            final byte @Nullable [] base,
            final long offset,
            final int needleLength,
            final long address,
            final int positions,
            final byte head,
            final byte tail) {
        final long rear = address + needleLength - 1;
        for (int i = 0; i < positions; i++) {
            if (UnsafeApi.getByte(address + i) == head
                    && UnsafeApi.getByte(rear + i) == tail
                    && mismatch(base, offset, address + i, needleLength) < 0) return i;
        }
        return -1;
    }

    // ---- words ----

    private static long repeat(final byte value) {
        return (value & 0xFF) * ONES;
    }

    /** After {@code & HIGHS}: not 0 exactly if a byte is 0, but bits above the lowest one set may be wrong. */
    private static long mayHaveZero(final long word) {
        return (word - ONES) & ~word;
    }

    /** The highest bit of each byte that is 0, and no other bit. */
    private static long zeroes(final long word) {
        return ~(((word & ~HIGHS) + ~HIGHS) | word | ~HIGHS);
    }

    /** Index in memory of the first byte that is 0 in four words, one of which has such a byte. */
    private static int firstZero(final long a, final long b, final long c, final long d) {
        final long first = surelyZero(a);
        if (first != 0) return first(first);
        final long second = surelyZero(b);
        if (second != 0) return WORD + first(second);
        final long third = surelyZero(c);
        return third != 0 ? 2 * WORD + first(third) : 3 * WORD + first(surelyZero(d));
    }

    /** Bits of which the first in memory is that of the first byte that is 0. */
    private static long surelyZero(final long word) {
        return LITTLE_ENDIAN ? mayHaveZero(word) & HIGHS : zeroes(word);
    }

    private static long eitherZero(final long word, final long other) {
        return ~((((word & ~HIGHS) + ~HIGHS) | word) & (((other & ~HIGHS) + ~HIGHS) | other)) & HIGHS;
    }

    /** Index in memory of the first byte whose highest bit is set. */
    private static int first(final long highBits) {
        return (LITTLE_ENDIAN ? Long.numberOfTrailingZeros(highBits) : Long.numberOfLeadingZeros(highBits)) >>> 3;
    }

    private static int firstNonZero(final long difference) {
        return first(difference);
    }

    private static long withoutFirst(final long highBits) {
        return LITTLE_ENDIAN ? highBits & (highBits - 1) : highBits & ~Long.highestOneBit(highBits);
    }
}
