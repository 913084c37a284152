package io.evbuffer.perf.compare;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Where and with what numbers were measured.
 *
 * @param cpu model and number of processors.
 * @param kernel name and version of the system.
 * @param jdk version and maker of the JVM that runs all contenders.
 * @param flags of each JVM; what only some contenders want stands at their methods.
 * @param commit from which the jar was built, or {@value #UNKNOWN}.
 * @param search how ours finds bytes: {@code native} with the C library's help, or {@code portable}.
 */
public record Environment(String cpu, String kernel, String jdk, String flags, String commit, String search) {
    /** Stands where nothing could be found out. */
    static final String UNKNOWN = "unknown";

    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
    private static final String COMMIT = "Commit";

    /** What the manifest begins with if it was built outside a repository. */
    private static final String NOT_FILLED = "$";

    /**
     * Looks at this machine.
     *
     * @return what is known about it.
     */
    static Environment current() {
        return new Environment(
                cpu(CPU_INFO) + ", " + Runtime.getRuntime().availableProcessors() + " processors",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"),
                System.getProperty("java.runtime.version") + " " + System.getProperty("java.vendor"),
                String.join(" ", Forks.flags()),
                commit(Environment.class),
                searchOfForks());
    }

    /** The first processor's model; unknown where the system has no such file. */
    static String cpu(final Path info) {
        try {
            return Files.readAllLines(info).stream()
                    .filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(UNKNOWN);
        } catch (final IOException e) {
            return UNKNOWN;
        }
    }

    /** The commit that stands in the manifest of the jar with this class. */
    static String commit(final Class<?> type) {
        final URL place = type.getResource(type.getSimpleName() + ".class");
        try {
            final URLConnection connection = place == null ? null : place.openConnection();
            if (!(connection instanceof final JarURLConnection jar)) return UNKNOWN;
            final String commit = jar.getManifest() == null
                    ? null
                    : jar.getManifest().getMainAttributes().getValue(COMMIT);
            return commit == null || commit.isBlank() || commit.startsWith(NOT_FILLED) ? UNKNOWN : commit;
        } catch (final IOException e) {
            return UNKNOWN;
        }
    }

    /** Asks a JVM with the flags of the forks, as this one may have none. */
    private static String searchOfForks() {
        final List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(Forks.flags());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), SearchVersion.class.getName()));
        try {
            final Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try (InputStream answer = process.getInputStream()) {
                final String version = new String(answer.readAllBytes(), StandardCharsets.UTF_8).strip();
                return process.waitFor() == 0 && !version.isEmpty() ? version : UNKNOWN;
            }
        } catch (final IOException e) {
            return UNKNOWN;
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            return UNKNOWN;
        }
    }
}
