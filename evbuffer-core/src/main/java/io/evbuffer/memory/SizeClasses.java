package io.evbuffer.memory;

/**
 * The sizes that slabs are cut into: each power of two from 256 B, which headers and small messages need, to 64 KiB, which
 * streams use.
 *
 * <p>Chosen by measurement: 8192 buffers, one of which at random is drained and filled anew at each step, over slabs of 2 MiB;
 * bytes mapped for each byte that the buffers hold, and ns a step (JDK 25, two shared processors of 2.5 GHz).
 *
 * <pre>
 *   buffers filled with          256 .. 4 KiB,    each power    256, 1 Ki, 4 Ki,   two for each
 *                                16, 64 KiB       of two        16, 64 KiB         power of two
 *   16 .. 1024 bytes             3.23   294 ns    3.23   226    3.23    323        5.39    216
 *   1500 bytes                   1.37   554       1.37   430    2.73    528        1.19    371
 *   8 KiB                        2.00  1356       1.00  1295    2.00   1329        1.00   1218
 *   64 bytes .. 64 KiB           2.08  1784       1.72  1829    2.08   1828        1.71   1729
 *   4 .. 64 KiB                  1.96  3553       1.51  3615    1.96   3574        1.38   3504
 *   20 times 1500 bytes          1.30  4950       1.02  5156    1.23   4718        1.35   5606
 * </pre>
 *
 * <p>Sizes within a range are spread evenly over its logarithm. Each power of two halves what was wasted most and costs no
 * time beyond the error; classes in between save little more, lose alignment, and keep twice as many slabs begun.
 */
final class SizeClasses {
    private static final int SMALLEST_SHIFT = 8;

    static final int COUNT = 9;
    static final int LARGEST = size(COUNT - 1);

    private SizeClasses() {}

    static int size(final int sizeClass) {
        return 1 << (SMALLEST_SHIFT + sizeClass);
    }

    /** The smallest class that holds {@code capacity} bytes; capacity is 0 to {@link #LARGEST}. */
    static int indexFor(final int capacity) {
        if (capacity <= 1 << SMALLEST_SHIFT) return 0;
        return Integer.SIZE - SMALLEST_SHIFT - Integer.numberOfLeadingZeros(capacity - 1);
    }
}
