package io.evbuffer.perf.compare;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The classes that one fork has loaded, read and checked, in a file that later forks map (class data sharing): they start in half the
 * time. What runs and how it is compiled stays the same, and all contenders use the same file.
 *
 * @param flags of the JVM of a fork.
 */
record ClassArchive(List<String> flags) {
    /** Each fork reads its classes from the jar. */
    static final ClassArchive NONE = new ClassArchive(List.of());

    /** Keeps the JVM from saying, in each fork, which classes cannot be archived. */
    private static final String SILENCE = "-Xlog:cds=off,aot=off";

    /** For the fork that writes it, at its end. */
    static ClassArchive writing(final Path file) {
        return new ClassArchive(List.of("-XX:ArchiveClassesAtExit=" + file, SILENCE));
    }

    /** For all others; none if there is no such file, as a JVM would then do without its own archive too. */
    static ClassArchive reading(final Path file) {
        return Files.isRegularFile(file) ? new ClassArchive(List.of("-XX:SharedArchiveFile=" + file, SILENCE)) : NONE;
    }
}
