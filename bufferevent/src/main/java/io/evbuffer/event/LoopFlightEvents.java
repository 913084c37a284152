package io.evbuffer.event;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/** The only class here that names {@code jdk.jfr}. Asks first whether an event is wanted, and only then makes it. */
final class LoopFlightEvents {
    // Asking one that is never committed: allocates nothing, and does not start Flight Recorder as its registry would.
    private final LoopStatistics statistics = new LoopStatistics();
    private final LongTurn longTurn = new LongTurn();
    private final SlowCallback slowCallback = new SlowCallback();
    private final DescriptorSilenced silenced = new DescriptorSilenced();

    boolean areStatisticsWanted() {
        return statistics.isEnabled();
    }

    void statistics(
            final String method,
            final long turns,
            final long callbacks,
            final long mostCallbacks,
            final long longest,
            final long asleep,
            final long wakeUps) {
        final LoopStatistics event = new LoopStatistics();
        event.method = method;
        event.turns = turns;
        event.callbacks = callbacks;
        event.mostCallbacksInTurn = mostCallbacks;
        event.longestTurn = longest;
        event.asleep = asleep;
        event.wakeUps = wakeUps;
        event.commit();
    }

    void longTurn(final String method, final long nanos, final long callbacks) {
        if (!longTurn.isEnabled()) return;
        final LongTurn event = new LongTurn();
        event.method = method;
        event.length = nanos;
        event.callbacks = callbacks;
        event.commit();
    }

    void slowCallback(final String method, final Object source, final long nanos) {
        if (!slowCallback.isEnabled()) return;
        final SlowCallback event = new SlowCallback();
        event.method = method;
        event.source = source.toString();
        event.length = nanos;
        event.commit();
    }

    void silenced(final String method, final Object descriptor) {
        if (!silenced.isEnabled()) return;
        final DescriptorSilenced event = new DescriptorSilenced();
        event.method = method;
        event.descriptor = descriptor.toString();
        event.commit();
    }

    @Name("io.evbuffer.LoopStatistics")
    @Label("Loop Statistics")
    @Description("What an event loop did since it told the last time, about a second ago if it was not asleep")
    @Category("EvBuffer")
    @StackTrace(false)
    static final class LoopStatistics extends jdk.jfr.Event {
        @Label("Method")
        @Nullable
        String method;

        @Label("Turns")
        long turns;

        @Label("Callbacks")
        long callbacks;

        @Label("Most Callbacks in a Turn")
        long mostCallbacksInTurn;

        @Label("Longest Turn")
        @Description("For so long the loop looked for neither I/O nor timers")
        @Timespan
        long longestTurn;

        @Label("Asleep")
        @Timespan
        long asleep;

        @Label("Wake-ups Sent")
        long wakeUps;
    }

    @Name("io.evbuffer.LongTurn")
    @Label("Long Turn")
    @Description("An event loop looked for neither I/O nor timers for 10 ms or more")
    @Category("EvBuffer")
    @StackTrace(false)
    static final class LongTurn extends jdk.jfr.Event {
        @Label("Method")
        @Nullable
        String method;

        @Label("Length")
        @Timespan
        long length;

        @Label("Callbacks")
        long callbacks;
    }

    @Name("io.evbuffer.SlowCallback")
    @Label("Slow Callback")
    @Description("A callback took longer than its event base was told to accept")
    @Category("EvBuffer")
    @StackTrace(false)
    static final class SlowCallback extends jdk.jfr.Event {
        @Label("Method")
        @Nullable
        String method;

        @Label("Source")
        @Nullable
        String source;

        @Label("Length")
        @Timespan
        long length;
    }

    @Name("io.evbuffer.DescriptorSilenced")
    @Label("Descriptor Silenced")
    @Description("An event base waits no more for a descriptor whose reports no event takes")
    @Category("EvBuffer")
    @StackTrace(false)
    static final class DescriptorSilenced extends jdk.jfr.Event {
        @Label("Method")
        @Nullable
        String method;

        @Label("Descriptor")
        @Nullable
        String descriptor;
    }
}
