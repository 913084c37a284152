package io.evbuffer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.memory.SlabPool;
import io.evbuffer.testing.TinySegments;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which version of {@link ByteSearch} is used: decided by where the classes come from and by the JVM's flags. */
class ByteSearch25Test {
    private static final String FOR_AGRONA = "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED";
    private static final String NATIVE_ACCESS = "--enable-native-access=ALL-UNNAMED";
    private static final String DENIED = "--illegal-native-access=deny";

    /** For a JVM that starts, searches a megabyte and ends; far beyond what that takes. */
    private static final long LIMIT_SECONDS = 120;

    /** A jar shows its versioned classes, a class folder never does. */
    private static final String WITH_NATIVE_ACCESS =
            placeOf(EvBuffer.class).toString().endsWith(".jar") ? "native" : "portable";

    @TempDir
    Path folder;

    @Test
    void theJarHasTheNativeVersionAndTheFolderThePortableOne() {
        assertThat(ByteSearch.version()).isEqualTo(WITH_NATIVE_ACCESS);
    }

    @Test
    void memoryOfAPoolIsSteadyAndOtherMemoryIsNotKnownToBe() {
        try (SlabPool pool = new SlabPool();
                EvBuffer pooled = new EvBuffer(pool);
                EvBuffer other = new EvBuffer(new TinySegments())) {
            pooled.add(new byte[1]);
            other.add(new byte[1]);
            assertThat(steady(pooled)).isTrue();
            pooled.expand(10_000_000);
            pooled.add(new byte[10_000_000]);
            assertThat(steady(pooled)).as("large requests as well").isTrue();
            assertThat(steady(other)).isFalse();
        }
    }

    private static boolean steady(final EvBuffer buffer) {
        final Chain tail = buffer.lastWithData;
        return tail != null && tail.isSteadyMemory();
    }

    @Test
    void withNativeAccessNothingIsPrinted() throws Exception {
        final Said said = run(List.of(FOR_AGRONA, NATIVE_ACCESS, DENIED));
        assertThat(said.errors).isEmpty();
        assertThat(said.output).isEqualTo(SearchProbe.answers());
    }

    @Test
    void withoutNativeAccessThePortableVersionFindsTheSameInSilence() throws Exception {
        for (final List<String> flags : List.of(List.of(FOR_AGRONA, DENIED), List.of(FOR_AGRONA))) {
            final Said said = run(flags);
            assertThat(said.output).isEqualTo(SearchProbe.answers().replace("version native", "version portable"));
            assertThat(said.errors).as("no warning of the JVM either").isEmpty();
        }
    }

    @Test
    void whoAsksTheLogIsToldOnceWhichFlagWouldHelp() throws Exception {
        final Path fine = folder.resolve("fine.properties");
        Files.writeString(fine, """
                handlers = java.util.logging.ConsoleHandler
                java.util.logging.ConsoleHandler.level = ALL
                io.evbuffer.level = ALL
                """);
        final Said said = run(List.of(FOR_AGRONA, "-Djava.util.logging.config.file=" + fine));
        // From the jar's version; the folder's one knows of no flag.
        assertThat(said.errors.lines().filter(line -> line.contains(NATIVE_ACCESS)))
                .hasSize(WITH_NATIVE_ACCESS.equals("native") ? 1 : 0);
    }

    @Test
    void onTheModulePathTheModuleIsGivenNativeAccessByItsName() throws Exception {
        final List<String> flags = List.of("--add-exports=java.base/jdk.internal.misc=org.agrona", DENIED);
        final String answers = SearchProbe.answers();

        final Said denied = runAsModule(flags);
        assertThat(denied.output).isEqualTo(answers.replace("version native", "version portable"));
        assertThat(denied.errors).isEmpty();

        final List<String> all = new ArrayList<>(flags);
        all.add("--enable-native-access=io.evbuffer");
        final Said enabled = runAsModule(all);
        assertThat(enabled.output).isEqualTo(answers);
        assertThat(enabled.errors).isEmpty();
    }

    @Test
    void memoryThatMayGoAwayIsNotReadByNativeCode() throws Exception {
        final String file = folder.resolve("cut-short").toString();
        final Said said = run(List.of(FOR_AGRONA, NATIVE_ACCESS), file);
        assertThat(said.output).isEqualTo(WITH_NATIVE_ACCESS + " version, refused by the JVM");
    }

    // ---- another JVM ----

    private record Said(String output, String errors) {}

    private Said run(final List<String> flags, final String... arguments) throws IOException, InterruptedException {
        final List<String> all = new ArrayList<>(flags);
        all.addAll(List.of("-cp", places(EvBuffer.class, DirectBuffer.class, SearchProbe.class)));
        all.add(SearchProbe.class.getName());
        all.addAll(List.of(arguments));
        return java(all);
    }

    private Said runAsModule(final List<String> flags) throws IOException, InterruptedException {
        final List<String> all = new ArrayList<>(flags);
        all.addAll(List.of("-p", places(EvBuffer.class, DirectBuffer.class)));
        all.add("--patch-module=io.evbuffer=" + placeOf(SearchProbe.class));
        all.addAll(List.of("-m", "io.evbuffer/" + SearchProbe.class.getName()));
        return java(all);
    }

    private Said java(final List<String> arguments) throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(arguments);
        final Path output = folder.resolve("output.txt");
        final Path errors = folder.resolve("errors.txt");
        final ProcessBuilder java =
                new ProcessBuilder(command).redirectOutput(output.toFile()).redirectError(errors.toFile());
        // A JVM says that it picked these up, which would stand in what was printed.
        Stream.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS").forEach(java.environment()::remove);
        final Process process = java.start();
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("still running after " + LIMIT_SECONDS + " s: " + String.join(" ", command));
        }
        final Said said = new Said(Files.readString(output, UTF_8), Files.readString(errors, UTF_8));
        assertThat(process.exitValue()).as(said.errors).isZero();
        return said;
    }

    private static String places(final Class<?>... types) {
        return Stream.of(types).map(type -> placeOf(type).toString()).collect(Collectors.joining(File.pathSeparator));
    }

    private static Path placeOf(final Class<?> type) {
        try {
            return Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (final URISyntaxException e) {
            throw new AssertionError(e);
        }
    }
}
