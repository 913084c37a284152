package io.evbuffer.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.EvBuffer;
import io.evbuffer.testing.ConsumerModule;
import java.nio.file.Path;
import java.util.Map;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The descriptor of this module, seen by another module. */
class ModulePathTest {
    @TempDir
    Path folder;

    @Test
    void theModuleWorksFromTheModulePathAndBringsCoreAlong() throws Exception {
        final ConsumerModule consumer =
                ConsumerModule.in(folder, ChannelReader.class, EvBuffer.class, DirectBuffer.class);
        final String descriptor = "module consumer { requires io.evbuffer.channel; }";
        final String main = """
                package consumer;

                import io.evbuffer.EvBuffer;
                import io.evbuffer.channel.ChannelReader;
                import io.evbuffer.memory.SlabPool;
                import java.io.ByteArrayInputStream;
                import java.io.IOException;
                import java.lang.module.ModuleDescriptor.Exports;
                import java.nio.channels.Channels;
                import java.util.stream.Collectors;

                public final class Main {
                    public static void main(String[] args) throws IOException {
                        try (SlabPool pool = new SlabPool(); EvBuffer buffer = new EvBuffer(pool)) {
                            new ChannelReader(Channels.newChannel(new ByteArrayInputStream(new byte[100]))).read(buffer);
                            System.out.println(buffer.length() + " bytes by " + ChannelReader.class.getModule().getName());
                        }
                        System.out.println(ChannelReader.class.getModule().getDescriptor().exports().stream()
                                .filter(exported -> !exported.isQualified())
                                .map(Exports::source)
                                .sorted()
                                .collect(Collectors.joining(" ")));
                    }
                }
                """;
        assertThat(consumer.compile(Map.of("module-info.java", descriptor, "consumer/Main.java", main)))
                .isEmpty();

        assertThat(consumer.run("consumer/consumer.Main", "--add-exports=java.base/jdk.internal.misc=org.agrona"))
                .isEqualToNormalizingNewlines("100 bytes by io.evbuffer.channel\nio.evbuffer.channel\n");
    }
}
