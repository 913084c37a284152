package io.evbuffer.perf.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnvironmentTest {
    @TempDir
    private Path folder;

    @Test
    void theProcessorIsTheFirstModelOfTheFile() throws IOException {
        final Path info = Files.writeString(
                folder.resolve("cpuinfo"), "processor\t: 0\nmodel name\t: Fast One\nmodel name\t: Other\n");

        assertThat(Environment.cpu(info)).isEqualTo("Fast One");
        assertThat(Environment.cpu(Files.writeString(info, "BogoMIPS: 3\n"))).isEqualTo("unknown");
        assertThat(Environment.cpu(folder.resolve("nowhere"))).isEqualTo("unknown");
    }

    @Test
    void outsideOurJarTheCommitIsUnknown() {
        assertThat(Environment.commit(Environment.class)).isEqualTo("unknown"); // tests run on classes
        assertThat(Environment.commit(Test.class)).isEqualTo("unknown"); // another's jar
        assertThat(Environment.commit(String.class)).isEqualTo("unknown"); // no jar at all
    }

    @Test
    void thisMachineIsDescribed() {
        final Environment here = Environment.current();

        assertThat(here.cpu()).endsWith(" processors");
        assertThat(here.kernel()).startsWith(System.getProperty("os.name"));
        assertThat(here.jdk()).startsWith(System.getProperty("java.runtime.version"));
        assertThat(here.flags()).contains("--enable-native-access=ALL-UNNAMED");
        assertThat(here.search()).isIn("native", "portable"); // as a JVM with these flags says
    }
}
