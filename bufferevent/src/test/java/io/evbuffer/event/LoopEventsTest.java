package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Flight Recorder is told of loops: on a manual clock, so that all numbers are exact. */
class LoopEventsTest extends ScriptedTest {
    @TempDir
    Path folder;

    private List<RecordedEvent> record(final Runnable what) throws Exception {
        final Path file = folder.resolve("loop.jfr");
        try (Recording recording = new Recording()) {
            for (final String name :
                    new String[] {"LoopStatistics", "LongTurn", "SlowCallback", "DescriptorSilenced"}) {
                recording.enable("io.evbuffer." + name);
            }
            recording.start();
            what.run();
            recording.stop();
            recording.dump(file);
        }
        return RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().startsWith("io.evbuffer."))
                .filter(event -> "scripted".equals(event.getString("method")))
                .toList();
    }

    @Test
    @DisplayName("A recording has the statistics of each second, and turns of 10 ms or more")
    void statistics() throws Exception {
        final List<RecordedEvent> events = record(() -> {
            final Event periodic = Event.newPeriodic(base, (event, result) -> clock.advanceMillis(1), null);
            periodic.add(100 * MILLI);
            base.once((event, result) -> clock.advanceMillis(10), null, 550 * MILLI);
            base.loopExit(1_250 * MILLI);
            base.dispatch();
            periodic.close();
        });
        assertEquals(
                List.of("io.evbuffer.LongTurn", "io.evbuffer.LoopStatistics"),
                events.stream().map(event -> event.getEventType().getName()).toList());
        final RecordedEvent turn = events.get(0);
        assertEquals(Duration.ofMillis(10), turn.getDuration("length"));
        assertEquals(1, turn.getLong("callbacks"));
        final RecordedEvent second = events.get(1);
        assertTrue(second.getLong("turns") >= 10, second::toString);
        assertTrue(second.getLong("callbacks") >= 10, second::toString);
        assertEquals(1, second.getLong("mostCallbacksInTurn"));
        assertEquals(Duration.ofMillis(10), second.getDuration("longestTurn"));
        assertTrue(second.getDuration("asleep").toMillis() > 900, second::toString);
        assertEquals(0, second.getLong("wakeUps"));
    }

    @Test
    @DisplayName("A recording has slow callbacks and descriptors that were silenced")
    void troubles() throws Exception {
        reopen(EventConfig.create().slowCallbacks(MILLI, (source, nanos) -> log.add("slow")));
        final Event event = persistent(5, Event.READ, "read");
        event.add();
        final List<RecordedEvent> events = record(() -> {
            base.execute(() -> clock.advanceMillis(2));
            once();
            backend.reportUnasked(5, Event.WRITE);
            once();
        });
        assertEquals(2, events.size());
        assertEquals("io.evbuffer.SlowCallback", events.get(0).getEventType().getName());
        assertEquals(Duration.ofMillis(2), events.get(0).getDuration("length"));
        assertTrue(events.get(0).getString("source").contains("Lambda"));
        assertEquals(
                "io.evbuffer.DescriptorSilenced", events.get(1).getEventType().getName());
        assertEquals("descriptor 5", events.get(1).getString("descriptor"));
        assertEquals(List.of("slow"), log);
        event.close();
    }

    @Test
    @DisplayName("Without a recording nothing is told, and nothing is made to be told")
    void off() {
        assertTrue(!LoopEvents.areStatisticsWanted());
    }
}
