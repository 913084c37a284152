package io.evbuffer.event.backend.posix;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The open files of this process, as Linux lists them. */
public final class Descriptors {
    private static final Path LIST = Path.of("/proc/self/fd");

    private Descriptors() {}

    /** How many there are, the one that lists them included. */
    public static long open() throws IOException {
        try (Stream<Path> numbers = Files.list(LIST)) {
            return numbers.count();
        }
    }

    /** The number of an open file. */
    public static int numberOf(final Path file) throws IOException {
        final Path real = file.toRealPath();
        try (Stream<Path> numbers = Files.list(LIST)) {
            for (final Path number : (Iterable<Path>) numbers::iterator) {
                if (Files.isSymbolicLink(number)
                        && Files.readSymbolicLink(number).equals(real)) {
                    return Integer.parseInt(number.getFileName().toString());
                }
            }
        }
        throw new AssertionError("not open: " + file);
    }
}
