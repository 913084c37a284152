package io.evbuffer.memory;

/**
 * The sizes that slabs are cut into: 256 B to 2 KiB for headers and small messages, 4, 16 and 64 KiB for streams.
 */
final class SizeClasses {
    private static final int[] SIZES = {256, 512, 1024, 2048, 4096, 16384, 65536};
    private static final int SMALL_LIMIT = 2048;

    static final int COUNT = SIZES.length;
    static final int LARGEST = SIZES[COUNT - 1];

    private SizeClasses() {}

    static int size(final int sizeClass) {
        return SIZES[sizeClass];
    }

    /** The smallest class that holds {@code capacity} bytes; capacity is 0 to {@link #LARGEST}. */
    static int indexFor(final int capacity) {
        if (capacity <= SMALL_LIMIT) {
            // 0..256 is class 0, then one class per power of two
            return capacity <= SIZES[0] ? 0 : 24 - Integer.numberOfLeadingZeros(capacity - 1);
        }
        return capacity <= SIZES[4] ? 4 : capacity <= SIZES[5] ? 5 : 6;
    }
}
