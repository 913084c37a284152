package io.evbuffer.memory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the kernel says of this process's slabs, on Linux; elsewhere zeros. */
final class ProcessMemory {
    private static final Path SMAPS = Path.of("/proc/self/smaps");

    final long slabBytes;
    final long slabResidentBytes;

    private ProcessMemory(final long slabBytes, final long slabResidentBytes) {
        this.slabBytes = slabBytes;
        this.slabResidentBytes = slabResidentBytes;
    }

    static boolean isKnown() {
        return Files.isReadable(SMAPS);
    }

    static ProcessMemory read() {
        long bytes = 0;
        long resident = 0;
        if (isKnown()) {
            boolean ofSlab = false;
            try {
                for (final String line : Files.readAllLines(SMAPS)) {
                    if (Character.digit(line.charAt(0), 16) >= 0 && line.contains("-")) {
                        ofSlab = line.contains("evbuffer") && line.contains(".slabs");
                    } else if (ofSlab && line.startsWith("Size:")) {
                        bytes += kilobytes(line);
                    } else if (ofSlab && line.startsWith("Rss:")) {
                        resident += kilobytes(line);
                    }
                }
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return new ProcessMemory(bytes, resident);
    }

    private static long kilobytes(final String line) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
    }
}
