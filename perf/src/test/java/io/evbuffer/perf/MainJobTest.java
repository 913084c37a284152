package io.evbuffer.perf;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MainJobTest {
    private static final int MIB = 1024 * 1024;

    @TempDir
    private Path folder;

    @AfterEach
    void forgetTheProperty() {
        System.clearProperty("file");
    }

    private Path file(final int length) throws IOException {
        final byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return Files.write(folder.resolve("file" + length), bytes);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 65_537, 20 * MIB})
    void aFileComesBackUnchangedWithoutACopyInBoundedMemory(final int length) throws IOException {
        final Path source = file(length);
        final Path target = folder.resolve("back");

        final RoundTrip.Result result = RoundTrip.run(source, target);

        assertThat(target).hasSameBinaryContentAs(source);
        assertThat(result.bytes()).isEqualTo(length);
        assertThat(result.copied()).isZero();
        assertThat(result.moved()).isEqualTo(3L * length); // to the output, in the server, out of the input
        assertThat(result.liveSegments()).isZero();
        assertThat(result.peakMemory()).isLessThanOrEqualTo(16 * MIB);
        assertThat(result.reads()).isPositive();
    }

    @Test
    void anExistingTargetIsOverwritten() throws IOException {
        final Path target = Files.write(folder.resolve("back"), new byte[1000]);

        RoundTrip.run(file(10), target);

        assertThat(target).hasSize(10);
    }

    @Test
    void theJobReportsBothDigestsAndRemovesItsCopy() throws IOException {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();

        new MainJob(new PrintStream(out, true, UTF_8), Files.createDirectory(folder.resolve("copies")))
                .sendFile(file(3 * MIB));

        assertThat(out.toString(UTF_8))
                .contains("3,145,728 bytes", "SHA-256 sent", "SHA-256 back", "equal", "0 bytes copied")
                .containsPattern("segments live +0\n")
                .doesNotContain("DIFFERENT");
        assertThat(folder.resolve("copies")).isEmptyDirectory();
    }

    @Test
    void withoutAPropertyTheFileIsTheRunningJdks() throws IOException {
        assertThat(MainJob.fileToSend()).hasFileName("modules").isRegularFile();
        System.setProperty("file", "");
        assertThat(MainJob.fileToSend()).hasFileName("modules");
    }

    @Test
    void aMissingFileIsNamed() {
        System.setProperty("file", folder.resolve("nowhere").toString());
        assertThatThrownBy(MainJob::fileToSend)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("there is no file")
                .hasMessageContaining("nowhere");

        System.setProperty("file", folder.toString());
        assertThatThrownBy(MainJob::fileToSend).isInstanceOf(IOException.class).hasMessageContaining("not a file");
    }

    @Test
    void aSourceThatCannotBeOpenedLeavesNoThreadBehind() {
        assertThatThrownBy(() -> RoundTrip.run(folder.resolve("nowhere"), folder.resolve("back")))
                .isInstanceOf(NoSuchFileException.class);
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .doesNotContain("echo");
    }
}
