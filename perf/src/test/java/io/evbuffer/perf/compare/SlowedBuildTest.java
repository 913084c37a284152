package io.evbuffer.perf.compare;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.EvBuffer;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmh.infra.Blackhole;

/** Real runs in short: of this build, and of one in which each move burns some time. */
class SlowedBuildTest {
    /** Far more than noise: a move takes some ten nanoseconds, each unit about one. */
    private static final long BURNT = 2_000;

    @TempDir
    private Path slowed;

    @TempDir
    private Path programs;

    private Results measure() throws Exception {
        final Workload move = Suite.find("\\.MoveBenchmark\\.(evbuffer|okio)$").getFirst();
        try (LibeventPeer none = LibeventPeer.compile(programs, "no-such-compiler")) {
            final PrintStream silent = new PrintStream(OutputStream.nullOutputStream(), false, UTF_8);
            final Contest contest = new Contest(
                    new JmhMeasurer(none, silent, JmhMeasurer.MEDIAN),
                    new Progress(silent, System::nanoTime),
                    System::nanoTime);
            contest.runQuickly(List.of(move), Long.MAX_VALUE);
            return new Results(
                    new Environment("", "", "", "", "", ""),
                    contest.measurements().rows());
        }
    }

    /** Writes the class EvBuffer anew, with a call that burns time at the start of its moves. */
    private void slowDown() throws Exception {
        final String name = EvBuffer.class.getName().replace('.', '/') + ".class";
        final byte[] original;
        try (InputStream in = EvBuffer.class.getClassLoader().getResourceAsStream(name)) {
            original = in.readAllBytes();
        }
        final ClassDesc blackhole = Blackhole.class.describeConstable().orElseThrow();
        final MethodTypeDesc burns = MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_long);
        final AtomicBoolean done = new AtomicBoolean();
        final ClassTransform transform = ClassTransform.transformingMethodBodies(
                method -> method.methodName().equalsString("addBuffer"), CodeTransform.ofStateful(() -> {
                    final boolean[] begun = {false};
                    return (code, element) -> {
                        if (!begun[0]) {
                            begun[0] = true;
                            done.set(true);
                            code.loadConstant(BURNT).invokestatic(blackhole, "consumeCPU", burns);
                        }
                        code.with(element);
                    };
                }));
        final ClassFile file = ClassFile.of();
        final Path target = slowed.resolve(name);
        Files.createDirectories(target.getParent());
        Files.write(target, file.transformClass(file.parse(original), transform));
        assertThat(done).isTrue();
    }

    @Test
    void theGuardCatchesADeliberatelySlowedBuild() throws Exception {
        final String classPath = System.getProperty("java.class.path");
        final Results before = measure();
        slowDown();
        final Results after;
        try {
            System.setProperty("java.class.path", slowed + System.getProperty("path.separator") + classPath);
            after = measure();
        } finally {
            System.setProperty("java.class.path", classPath);
        }

        assertThat(Verdict.of(before, after, 1.1).worse()).anyMatch(line -> line.startsWith("move: ratio "));
        assertThat(Verdict.of(before, before, 1.1).worse()).isEmpty();
    }
}
