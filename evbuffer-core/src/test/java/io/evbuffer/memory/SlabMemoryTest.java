package io.evbuffer.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class SlabMemoryTest {
    private static final String FLAG = "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED";

    /** Maps, writes and gives back, and tells what is left in the folder for temporary files. */
    static final class MapTwice {
        private MapTwice() {}

        public static void main(final String[] arguments) throws Exception {
            try (SlabPool pool = new SlabPool()) {
                final Segment one = pool.take(100_000);
                final Segment two = pool.take(64 * 1024);
                one.memory().setMemory(0, one.capacity(), (byte) 1);
                two.memory().setMemory(0, two.capacity(), (byte) 2);
                System.out.println(
                        one.memory().getByte(70_000) + " " + two.memory().getByte(0));
                final Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
                if (Files.isDirectory(temporary)) {
                    try (Stream<Path> files = Files.list(temporary)) {
                        System.out.println("files: " + files.count());
                    }
                }
                one.release();
                two.release();
            }
        }
    }

    @TempDir
    Path folder;

    @Test
    void theMappedFileIsUnlinkedFromTheStart() throws Exception {
        assertThat(Forked.run(MapTwice.class, FLAG, "-Djava.io.tmpdir=" + folder)
                        .lines())
                .containsExactly("1 2", "files: 0");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void whereNoFileCanBeMadeDirectBuffersServeAndOneLineSaysSo() throws Exception {
        final String printed = Forked.run(MapTwice.class, FLAG, "-Djava.io.tmpdir=" + folder.resolve("missing"));
        assertThat(printed.lines()).contains("1 2");
        assertThat(printed.lines().filter(line -> line.contains("using direct buffers instead")))
                .hasSize(1);
    }

    /** Builds a pool, and takes when a file could not be made any more. */
    static final class BuildThenTake {
        private BuildThenTake() {}

        public static void main(final String[] arguments) throws IOException {
            try (SlabPool pool = new SlabPool()) {
                Files.delete(Path.of(System.getProperty("java.io.tmpdir")));
                pool.take(1).release();
                System.out.println("taken");
            }
        }
    }

    @Test
    void theFileIsMadeWhenTheFirstPoolIsBuilt() throws Exception {
        final Path temporary = Files.createDirectory(folder.resolve("temporary"));
        assertThat(Forked.run(BuildThenTake.class, FLAG, "-Djava.io.tmpdir=" + temporary)
                        .lines())
                .containsExactly("taken");
    }

    /** Builds pools and takes while all descriptors are in use, for which the JDK has errors instead of exceptions. */
    static final class WithoutDescriptors {
        private WithoutDescriptors() {}

        public static void main(final String[] arguments) throws Exception {
            loadClasses();
            final File any = Path.of(System.getProperty("java.home"), "release").toFile();
            final List<InputStream> held = new ArrayList<>();
            boolean more = true;
            while (more) {
                try {
                    held.add(new FileInputStream(any));
                } catch (final IOException e) {
                    more = false;
                }
            }
            for (int i = 0; i < 5; i++) {
                try (SlabPool pool = new SlabPool()) {
                    pool.take(1).release();
                }
            }
            for (final InputStream each : held) each.close();
            System.out.println("taken");
        }

        /** From a folder, each class would take a descriptor. */
        private static void loadClasses() throws Exception {
            final Path classes = Path.of(SlabPool.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            Class.forName(SlabPool.class.getName()); // the loggers of both: JDK 17 needs descriptors to find them
            Class.forName(SlabMemory.class.getName());
            if (!Files.isDirectory(classes)) return;
            try (Stream<Path> files = Files.walk(classes.resolve("io"))) {
                for (final Path file :
                        files.filter(each -> each.toString().endsWith(".class")).toList()) {
                    final String name = classes.relativize(file).toString();
                    if (!name.endsWith("package-info.class")) {
                        Class.forName(name.substring(0, name.length() - 6).replace(File.separatorChar, '.'));
                    }
                }
            }
        }
    }

    @Test
    @EnabledOnOs(
            value = OS.LINUX,
            disabledReason = "no other system surely limits a process's descriptors by ulimit -n")
    void whereNoDescriptorIsLeftDirectBuffersServe() throws Exception {
        final String printed =
                Forked.run(List.of("sh", "-c", "ulimit -n 64; exec \"$@\"", "sh"), WithoutDescriptors.class, FLAG);
        assertThat(printed.lines()).contains("taken");
    }

    /** Takes while there is no folder for temporary files, and on when there is one. */
    static final class TakeOn {
        private TakeOn() {}

        public static void main(final String[] arguments) throws Exception {
            final List<Segment> taken = new ArrayList<>();
            try (SlabPool pool = new SlabPool()) {
                for (int i = 0; i < 10; i++) taken.add(pool.take(100_000));
                final Path folder = Path.of(System.getProperty("java.io.tmpdir"));
                Files.createDirectory(folder);
                for (int i = 0; i < 10; i++) taken.add(pool.take(100_000));
                try (Stream<Path> files = Files.list(folder)) {
                    System.out.println("files: " + files.count());
                }
                for (final Segment segment : taken) {
                    segment.memory().setMemory(0, segment.capacity(), (byte) 1);
                    segment.release();
                }
            }
        }
    }

    @Test
    void aFileThatCouldNotBeMadeIsTriedAgain() throws Exception {
        final String printed = Forked.run(TakeOn.class, FLAG, "-Djava.io.tmpdir=" + folder.resolve("later"));
        assertThat(printed.lines().filter(line -> line.contains("using direct buffers instead")))
                .hasSize(1);
        assertThat(printed.lines().filter(line -> line.contains("mapped from a temporary file from now on")))
                .hasSize(1);
        assertThat(printed.lines()).contains("files: 0");
    }

    /** Takes until the system gives no more. */
    static final class TakeAll {
        private static final int SIZE = 1 << 29;

        private TakeAll() {}

        public static void main(final String[] arguments) {
            try (SlabPool pool = SlabPool.builder()
                    .limit(Long.MAX_VALUE)
                    .floor(0)
                    .idleAge(Duration.ZERO)
                    .build()) {
                final Deque<Segment> taken = new ArrayDeque<>();
                try {
                    while (taken.size() < 1000) taken.add(pool.take(SIZE));
                } catch (final MemoryLimitException e) {
                    System.out.println(e.getMessage() + ", caused by " + e.getCause());
                }
                final PoolStats stats = pool.stats();
                System.out.println("exact: " + (stats.bytesMapped() == (long) taken.size() * SIZE));
                taken.remove().release();
                taken.add(pool.take(SIZE));
                System.out.println("again: " + (pool.stats().bytesMapped() == stats.bytesMapped()));
                taken.forEach(Segment::release);
                pool.trim(System.nanoTime());
                System.out.println("left: " + pool.stats().bytesMapped());
            }
        }
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "no other system limits a process's addresses by ulimit -v")
    void aSystemThatGivesNoMemoryIsAMemoryLimitThatChangesNothing() throws Exception {
        final String printed = Forked.run(
                List.of("sh", "-c", "ulimit -v 8000000; exec \"$@\"", "sh"),
                TakeAll.class,
                FLAG,
                "-Xmx64m",
                "-XX:+UseSerialGC");
        assertThat(printed)
                .contains(
                        "the system gave no 536870912 bytes for a slab: Map failed, caused by io.evbuffer.memory.MemoryLimitException")
                .contains("exact: true", "again: true", "left: 0");
    }

    @Test
    void mappingsShareNothing() {
        final ByteBuffer one = SlabMemory.map(SlabMemory.PAGE);
        final ByteBuffer two = SlabMemory.map(SlabMemory.PAGE);
        one.put(0, (byte) 1);
        assertThat(two.get(0)).isZero();
        two.put(0, (byte) 2);
        assertThat(one.get(0)).isEqualTo((byte) 1);
        SlabMemory.unmap(one);
        assertThat(two.get(0)).isEqualTo((byte) 2);
        SlabMemory.unmap(two);
    }

    @Test
    void freshMemoryIsZeroAlsoAfterOtherMemoryWasGivenBack() {
        for (int i = 0; i < 3; i++) {
            final ByteBuffer memory = SlabMemory.map(4 * SlabMemory.PAGE);
            assertThat(memory.capacity()).isEqualTo(4 * SlabMemory.PAGE);
            for (int at = 0; at < memory.capacity(); at++) {
                if (memory.get(at) != 0) throw new AssertionError("not zero at " + at);
            }
            for (int at = 0; at < memory.capacity(); at++) memory.put(at, (byte) 7);
            SlabMemory.unmap(memory);
        }
    }
}
