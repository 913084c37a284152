package io.evbuffer.memory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the kernel says of slabs of this process, on Linux; elsewhere zeros. Of those that are asked for: other pools, the
 * default one for example, give slabs back whenever their sweepers find it right.
 */
final class ProcessMemory {
    private static final Path SMAPS = Path.of("/proc/self/smaps");
    private static final Pattern RANGE = Pattern.compile("([0-9a-f]{1,16})-([0-9a-f]{1,16}) ");

    final long slabBytes;
    final long slabResidentBytes;

    private ProcessMemory(final long slabBytes, final long slabResidentBytes) {
        this.slabBytes = slabBytes;
        this.slabResidentBytes = slabResidentBytes;
    }

    static boolean isKnown() {
        return Files.isReadable(SMAPS);
    }

    /** Where these segments are, for later too: a released one cannot be asked. */
    static long[] addresses(final Collection<Segment> segments) {
        return segments.stream()
                .mapToLong(segment -> segment.memory().addressOffset())
                .sorted()
                .toArray();
    }

    /** The slabs that hold one of these addresses, which are in ascending order. */
    static ProcessMemory at(final long[] addresses) {
        long bytes = 0;
        long resident = 0;
        if (isKnown()) {
            boolean counts = false;
            try {
                for (final String line : Files.readAllLines(SMAPS)) {
                    final Matcher range = RANGE.matcher(line);
                    if (range.lookingAt()) {
                        counts = line.contains("evbuffer")
                                && line.contains(".slabs")
                                && holdsOne(hexadecimal(range.group(1)), hexadecimal(range.group(2)), addresses);
                    } else if (counts && line.startsWith("Size:")) {
                        bytes += kilobytes(line);
                    } else if (counts && line.startsWith("Rss:")) {
                        resident += kilobytes(line);
                    }
                }
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return new ProcessMemory(bytes, resident);
    }

    private static boolean holdsOne(final long start, final long end, final long[] addresses) {
        final int found = Arrays.binarySearch(addresses, start);
        final int next = found >= 0 ? found : -found - 1;
        return next < addresses.length && addresses[next] < end;
    }

    private static long hexadecimal(final String digits) {
        return Long.parseUnsignedLong(digits, 16);
    }

    private static long kilobytes(final String line) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
    }
}
