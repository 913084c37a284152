package io.evbuffer.perf.compare;

import java.lang.management.ManagementFactory;
import java.util.List;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** The JVM in which benchmarks run, the same for all contenders; what only Netty wants stands at its methods. */
public final class Forks {
    /** What {@code java -jar} takes from the manifest and forks must be given: Agrona's door, and native access. */
    private static final String[] FLAGS = {
        "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED"
    };

    /** Only those contenders have it that ask for it at their methods. */
    private static final String UNSAFE = "--sun-misc-unsafe-memory-access";

    private Forks() {}

    /**
     * The flags that every JVM needs that runs our code.
     *
     * @return as on a command line, one an element.
     */
    public static List<String> flags() {
        return List.of(FLAGS);
    }

    /**
     * What forks take over from this JVM: all that a user has said, but not how {@code Unsafe} may be used, with which JMH itself is
     * kept from warnings.
     *
     * @return as on a command line, one an element.
     */
    static List<String> inherited() {
        return inherited(ManagementFactory.getRuntimeMXBean().getInputArguments());
    }

    static List<String> inherited(final List<String> arguments) {
        return arguments.stream()
                .filter(argument -> !argument.startsWith(UNSAFE))
                .toList();
    }

    /**
     * Options whose forks have the flags, and with which a failed benchmark fails the run instead of leaving a gap in it.
     *
     * @param parent asked for all that is not set on the result.
     * @return options to be completed.
     */
    public static ChainedOptionsBuilder options(final Options parent) {
        return new OptionsBuilder().parent(parent).jvmArgsPrepend(FLAGS).shouldFailOnError(true);
    }
}
