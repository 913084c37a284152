package io.evbuffer;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.testing.ConsumerModule;
import java.nio.file.Path;
import java.util.Map;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The descriptor of this module, seen by another module. */
class ModulePathTest {
    private static final String DESCRIPTOR = "module consumer { requires io.evbuffer; }";
    private static final String MAIN = """
            package consumer;

            import io.evbuffer.EolMatch;
            import io.evbuffer.EolStyle;
            import io.evbuffer.EvBuffer;
            import io.evbuffer.memory.SlabPool;
            import java.lang.module.ModuleDescriptor.Exports;
            import java.util.stream.Collectors;
            import org.agrona.DirectBuffer;
            import org.agrona.concurrent.UnsafeBuffer;

            public final class Main {
                public static void main(String[] args) {
                    try (SlabPool pool = new SlabPool(); EvBuffer buffer = new EvBuffer(pool)) {
                        DirectBuffer bytes = new UnsafeBuffer(new byte[100]);
                        buffer.add(bytes, 0, 100);
                        buffer.add("a line\\r\\n".getBytes());
                        System.out.println(buffer.search(new byte[] {'l'}, 0) + " "
                                + buffer.searchEol(0, EolStyle.CRLF, new EolMatch()));
                        buffer.drain(8);
                        System.out.println(buffer.length() + " bytes in " + EvBuffer.class.getModule().getName());
                    }
                    System.out.println(EvBuffer.class.getModule().getDescriptor().exports().stream()
                            .filter(exported -> !exported.isQualified())
                            .map(Exports::source)
                            .sorted()
                            .collect(Collectors.joining(" ")));
                }
            }
            """;

    @TempDir
    Path folder;

    @Test
    void theModuleWorksFromTheModulePathAndExportsItsTwoPackages() throws Exception {
        final ConsumerModule consumer = consumer();
        assertThat(consumer.compile(Map.of("module-info.java", DESCRIPTOR, "consumer/Main.java", MAIN)))
                .isEmpty();

        assertThat(consumer.run("consumer/consumer.Main", "--add-exports=java.base/jdk.internal.misc=org.agrona"))
                .isEqualToNormalizingNewlines("102 106\n100 bytes in io.evbuffer\nio.evbuffer io.evbuffer.memory\n");
    }

    @Test
    void withoutTheFlagForAgronaTheFirstPoolNamesIt() throws Exception {
        final ConsumerModule consumer = consumer();
        assertThat(consumer.compile(Map.of("module-info.java", DESCRIPTOR, "consumer/Main.java", MAIN)))
                .isEmpty();

        assertThat(consumer.run("consumer/consumer.Main"))
                .contains("--add-exports java.base/jdk.internal.misc=org.agrona")
                .doesNotContain("bytes in");
    }

    @Test
    void aModuleThatDoesNotRequireThisOneDoesNotSeeIt() throws Exception {
        final String answer =
                consumer().compile(Map.of("module-info.java", "module consumer {}", "consumer/Main.java", MAIN));
        assertThat(answer).contains("package io.evbuffer is not visible");
    }

    private ConsumerModule consumer() {
        return ConsumerModule.in(folder, EvBuffer.class, DirectBuffer.class);
    }
}
