package io.evbuffer.perf.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassArchiveTest {
    @TempDir
    private Path folder;

    @Test
    void forksReadTheFileThatOneHasWritten() throws Exception {
        final Path file = folder.resolve("classes.jsa");

        assertThat(ClassArchive.writing(file).flags()).contains("-XX:ArchiveClassesAtExit=" + file);
        assertThat(ClassArchive.reading(file)).isEqualTo(ClassArchive.NONE);

        Files.createFile(file);
        assertThat(ClassArchive.reading(file).flags()).contains("-XX:SharedArchiveFile=" + file);
        assertThat(ClassArchive.NONE.flags()).isEmpty();
    }
}
