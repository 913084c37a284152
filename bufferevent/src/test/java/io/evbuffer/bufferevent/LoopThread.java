package io.evbuffer.bufferevent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.evbuffer.event.EventBase;
import io.evbuffer.event.EventConfig;
import io.evbuffer.memory.SlabPool;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** A base whose loop runs on a thread of its own. */
final class LoopThread {
    final SlabPool pool = SlabPool.builder().name("loop").build();
    final List<Throwable> failures = new ArrayList<>();
    final EventBase base;
    private final Thread thread;

    LoopThread(final String method) {
        base = EventBase.open(
                EventConfig.create().ignoreEnvironment().onlyMethod(method).pool(pool));
        base.errorHandler((source, failure) -> {
            synchronized (failures) {
                failures.add(failure);
            }
        });
        base.addVirtual();
        thread = new Thread(() -> base.loop(EventBase.NO_EXIT_ON_EMPTY));
        thread.start();
    }

    /** Runs on the loop's thread and waits for the answer. */
    <T> T ask(final Callable<T> question) throws Exception {
        final FutureTask<T> task = new FutureTask<>(question);
        base.execute(task);
        return task.get(60, TimeUnit.SECONDS);
    }

    /** Waits until all is over that a turn of the loop does at its end, for a turn that has not ended yet. */
    void endTurn() throws Exception {
        final FutureTask<Void> atEnd = new FutureTask<>(() -> null);
        ask(() -> {
            base.atTurnEnd(atEnd::run);
            return null;
        });
        atEnd.get(60, TimeUnit.SECONDS);
        ask(() -> null); // in the next turn: the tasks behind that one have run as well
    }

    /** Ends the loop; every segment is home. */
    void close() throws Exception {
        base.requestStop();
        base.loopBreak();
        thread.join();
        base.close();
        assertEquals(List.of(), failures, "exceptions out of callbacks");
        assertEquals(0, pool.stats().segmentsInUse(), () -> "segments not home: " + pool.liveSegments());
        pool.close();
    }
}
