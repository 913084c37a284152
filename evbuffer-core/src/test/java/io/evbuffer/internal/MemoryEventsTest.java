package io.evbuffer.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.EvBuffer;
import io.evbuffer.memory.MemoryLimitException;
import io.evbuffer.memory.SlabPool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryEventsTest {
    private static final int SLAB = 64 * 1024;

    @Test
    void aRecordingShowsWhatAPoolDidWithMemory(@TempDir final Path folder) throws IOException {
        final Path file = folder.resolve("memory.jfr");
        try (Recording recording = new Recording()) {
            recording.start();
            usePool();
            pullUp();
            recording.stop();
            recording.dump(file);
        }
        assertEquals(List.of("65536 of 4096, 65536 mapped"), texts(file, "SlabMapped"));
        assertEquals(List.of("65536 of 4096, 0 mapped"), texts(file, "SlabUnmapped"));
        assertEquals(List.of("65536 refused, 65536 mapped, limit 65536"), texts(file, "MemoryLimit"));
        assertEquals(List.of("65536 given back, 0 mapped"), texts(file, "PoolTrim"));
        assertEquals(List.of("11000 copied for 11000"), texts(file, "PullUpCopy"));
    }

    private static void pullUp() {
        try (SlabPool pool = new SlabPool();
                EvBuffer buffer = new EvBuffer(pool)) {
            buffer.add(new byte[5_000]);
            buffer.prepend(new byte[7_000]);
            final UnsafeBuffer view = new UnsafeBuffer(0, 0);
            buffer.pullUp(100, view); // is contiguous: no copy, no event
            buffer.pullUp(11_000, view);
        }
    }

    private static void usePool() {
        try (SlabPool pool = SlabPool.builder()
                .name("recorded")
                .slabSize(SLAB)
                .limit(SLAB)
                .floor(0)
                .idleAge(Duration.ZERO)
                .build()) {
            final var segment = pool.take(4096);
            assertThrows(MemoryLimitException.class, () -> pool.take(SLAB));
            segment.release();
            pool.trim(System.nanoTime());
        }
    }

    private static List<String> texts(final Path file, final String name) throws IOException {
        final List<String> texts = new ArrayList<>();
        for (final RecordedEvent event : RecordingFile.readAllEvents(file)) {
            if (!event.getEventType().getName().equals("io.evbuffer." + name)) continue;
            if (event.hasField("pool") && !"recorded".equals(event.getString("pool"))) continue;
            texts.add(text(event, name));
        }
        return texts;
    }

    private static String text(final RecordedEvent event, final String name) {
        final long bytes = event.getLong("bytes");
        return switch (name) {
            case "MemoryLimit" ->
                bytes + " refused, " + event.getLong("bytesMapped") + " mapped, limit " + event.getLong("limit");
            case "PoolTrim" -> bytes + " given back, " + event.getLong("bytesMapped") + " mapped";
            case "PullUpCopy" -> bytes + " copied for " + event.getLong("contiguous");
            default -> bytes + " of " + event.getLong("segmentSize") + ", " + event.getLong("bytesMapped") + " mapped";
        };
    }

    @Test
    void withoutFlightRecorderInTheRuntimePoolsWorkAllTheSame(@TempDir final Path folder) throws Exception {
        final Path output = folder.resolve("output.txt");
        final Process java = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--limit-modules=java.base",
                        "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        WithoutFlightRecorder.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertTrue(java.waitFor(2, TimeUnit.MINUTES));
        assertEquals(
                "events: false, segments: 256, left: 0",
                Files.readString(output, StandardCharsets.UTF_8).strip());
        assertEquals(0, java.exitValue());
    }
}
