package io.evbuffer.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.EvBuffer;
import io.evbuffer.channel.ChannelReader;
import io.evbuffer.testing.ConsumerModule;
import java.nio.file.Path;
import java.util.Map;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The descriptor of this module, seen by another module. */
class ModulePathTest {
    private static final String DESCRIPTOR = "module consumer { requires io.evbuffer.bufferevent; }";

    @TempDir
    Path folder;

    @Test
    void theModuleWorksFromTheModulePathAndBringsBuffersAndChannelsAlong() throws Exception {
        final String main = """
                package consumer;

                import io.evbuffer.EvBuffer;
                import io.evbuffer.channel.ChannelReader;
                import io.evbuffer.event.Event;
                import io.evbuffer.event.EventBase;
                import io.evbuffer.event.EventException;
                import java.lang.module.ModuleDescriptor.Exports;
                import java.util.stream.Collectors;

                public final class Main {
                    public static void main(String[] args) {
                        try (EventBase base = EventBase.open(); EvBuffer buffer = new EvBuffer(base.pool())) {
                            base.execute(() -> buffer.add(new byte[100]));
                            base.dispatch();
                            System.out.println(buffer.length() + " bytes by " + EventBase.class.getModule().getName());
                            System.out.println(signals(base) > 3 ? "signals" : "no signals");
                        }
                        System.out.println(ChannelReader.class.getModule().getName());
                        System.out.println(EventBase.class.getModule().getDescriptor().exports().stream()
                                .filter(exported -> !exported.isQualified())
                                .map(Exports::source)
                                .sorted()
                                .collect(Collectors.joining(" ")));
                    }

                    private static int signals(EventBase base) {
                        int had = 0;
                        for (int number = 1; number <= 64; number++) {
                            try (Event event = Event.newSignal(base, number, (self, result) -> {}, null)) {
                                event.add();
                                had++;
                            } catch (EventException kept) {
                                continue;
                            }
                        }
                        return had;
                    }
                }
                """;
        final ConsumerModule consumer = consumer();
        assertThat(consumer.compile(Map.of("module-info.java", DESCRIPTOR, "consumer/Main.java", main)))
                .isEmpty();

        final String access = "--enable-native-access=io.evbuffer.bufferevent";
        assertThat(consumer.run(
                        "consumer/consumer.Main", "--add-exports=java.base/jdk.internal.misc=org.agrona", access))
                .isEqualToNormalizingNewlines("""
                        100 bytes by io.evbuffer.bufferevent
                        signals
                        io.evbuffer.channel
                        io.evbuffer.bufferevent io.evbuffer.event io.evbuffer.event.backend io.evbuffer.event.backend.sim
                        """);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void withoutNativeAccessNioServesAndOneLineSaysWhich() throws Exception {
        final String main = """
                package consumer;

                import io.evbuffer.event.EventBase;

                public final class Main {
                    public static void main(String[] args) {
                        for (int i = 0; i < 2; i++) {
                            try (EventBase base = EventBase.open()) {
                                base.execute(() -> System.out.println("a turn of " + base.method()));
                                base.dispatch();
                            }
                        }
                        System.out.println(EventBase.supportedMethods());
                        System.setProperty("EVBUFFER_BACKEND", "epoll");
                        try (EventBase base = EventBase.open()) {
                            System.out.println(base);
                        } catch (RuntimeException e) {
                            System.out.println(e.getMessage());
                        }
                    }
                }
                """;
        final ConsumerModule consumer = consumer();
        assertThat(consumer.compile(Map.of("module-info.java", DESCRIPTOR, "consumer/Main.java", main)))
                .isEmpty();

        final String printed = consumer.run(
                "consumer/consumer.Main",
                "--add-exports=java.base/jdk.internal.misc=org.agrona",
                "--illegal-native-access=deny");
        final String reason = "native access is not enabled;"
                + " the JVM flag --enable-native-access=io.evbuffer.bufferevent does it";
        assertThat(printed).containsOnlyOnce(" epoll cannot be used: " + reason);
        assertThat(printed).containsOnlyOnce(" poll cannot be used: " + reason);
        assertThat(printed).contains("a turn of nio", "[epoll, poll, nio]");
        assertThat(printed)
                .contains("EVBUFFER_BACKEND forces a backend that does not fit: epoll cannot be opened: " + reason);
        assertThat(printed).doesNotContain("WARNING", "a turn of epoll", "EventBase[");
    }

    @Test
    void theBackendsThemselvesAreHidden() throws Exception {
        final String main = "package consumer; import io.evbuffer.event.backend.nio.*; class Main {}";
        assertThat(consumer().compile(Map.of("module-info.java", DESCRIPTOR, "consumer/Main.java", main)))
                .contains("package io.evbuffer.event.backend.nio is not visible");
    }

    private ConsumerModule consumer() {
        return ConsumerModule.in(folder, EventBase.class, ChannelReader.class, EvBuffer.class, DirectBuffer.class);
    }
}
