package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** When a loop turns, waits and leaves: reactor.md section 3. */
class LoopControlTest extends ScriptedTest {
    @Test
    @DisplayName("RS-025: an empty base leaves every kind of loop at once")
    void emptyBase() {
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(LoopResult.EMPTY, base.loop(EventBase.ONCE));
        assertEquals(LoopResult.EMPTY, base.loop(EventBase.NONBLOCK));
        assertEquals(0, backend.polls);
    }

    @Test
    @DisplayName("RS-026: an exit by time stops a loop that would wait for a day")
    void exitByTime() {
        final Event day = timer("day");
        day.add(24 * HOUR);
        base.loopExit(300 * MILLI);

        assertEquals(LoopResult.STOPPED, base.dispatch());
        assertEquals(300, time());
        assertTrue(base.gotExit());
        assertFalse(base.gotBreak());
        assertEquals(List.of(), log);
    }

    @Test
    @DisplayName("RS-027: of two exits the earlier one counts; the later one stops a later loop")
    void twoExits() {
        base.loopExit(200 * MILLI);
        base.loopExit(3_000 * MILLI);

        assertEquals(LoopResult.STOPPED, base.dispatch());
        assertEquals(200, time());
        assertEquals(LoopResult.STOPPED, base.dispatch());
        assertEquals(3_000, time());
    }

    @Test
    @DisplayName("RS-028: after a break nothing else runs, and what was active stays so")
    void breakStopsAtOnce() {
        final Event first = Event.newTimer(
                base,
                (event, result) -> {
                    log.add("first");
                    base.loopBreak();
                },
                null);
        final Event second = timer("second");
        first.add(0);
        second.add(0);

        assertEquals(LoopResult.STOPPED, base.dispatch());
        assertEquals(List.of("first"), log);
        assertTrue(base.gotBreak());
        assertFalse(base.gotExit());
        assertEquals(1, base.countEvents(EventBase.COUNT_ACTIVE)); // EVT-24
        assertTrue(second.del());
        assertFalse(first.del());
    }

    @Test
    @DisplayName("RS-029: an exit asked before the loop starts is kept; a break is lost")
    void exitBeforeEntry() {
        base.loopExit();
        assertEquals(LoopResult.STOPPED, base.loop(EventBase.NO_EXIT_ON_EMPTY));
        assertTrue(base.gotExit());

        base.loopBreak();
        assertTrue(base.gotBreak());
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertFalse(base.gotBreak());
    }

    @Test
    @DisplayName("RS-030: ONCE and NONBLOCK together are a single pass")
    void singlePass() {
        final Event reader = persistent(5, Event.READ, "read");
        reader.add();
        backend.ready(5, Event.READ);
        for (int i = 1; i <= 5; i++) {
            assertEquals(LoopResult.STOPPED, once());
            assertEquals(i, log.size());
        }
        reader.close();
    }

    @Test
    @DisplayName("RS-031: NONBLOCK neither waits nor calls when nothing is ready")
    void nonBlocking() {
        final Event reader = reader(5, "read");
        reader.add();
        assertEquals(LoopResult.STOPPED, base.loop(EventBase.NONBLOCK));
        assertEquals(List.of(0L), backend.waits);
        assertEquals(List.of(), log);
    }

    @Test
    @DisplayName("NONBLOCK turns until nothing is ready any more")
    void nonBlockingTurnsOn() {
        final int[] left = {3};
        final Event reader = new Event(
                base,
                5,
                Event.READ | Event.PERSIST,
                (event, result) -> {
                    if (--left[0] == 0) event.del();
                },
                null);
        reader.add();
        backend.ready(5, Event.READ);
        assertEquals(LoopResult.EMPTY, base.loop(EventBase.NONBLOCK));
        assertEquals(0, left[0]);
    }

    @Test
    @DisplayName("RS-032: an exit that was the last event is an exit")
    void exitIsLastEvent() {
        base.loopExit(10 * MILLI);
        assertEquals(LoopResult.STOPPED, base.dispatch());
        assertEquals(10, time());
    }

    @Test
    @DisplayName("RS-033: a loop that does not end on empty sleeps until others give it work")
    void idleWait() throws Exception {
        backend.sleepForReal();
        final FutureTask<LoopResult> loop = start(EventBase.NO_EXIT_ON_EMPTY);
        backend.awaitSleep();
        user("first").trigger();
        backend.awaitSleep();
        user("second").trigger();
        backend.awaitSleep();
        final Event late = timer("timer");
        late.add(100 * MILLI);
        backend.awaitSleep();
        assertEquals(100 * MILLI, backend.lastWait());
        clock.advanceMillis(100);
        Event.newUser(base, (event, result) -> base.loopBreak(), null).trigger();

        assertEquals(LoopResult.STOPPED, await(loop));
        assertEquals(List.of("first", "second"), log.subList(0, 2));
        assertTrue(base.metrics().turns() <= 6, () -> base.metrics().toString());
    }

    @Test
    @DisplayName("RS-034: loopContinue makes a poll come between two callbacks of one priority")
    void continuePolls() {
        for (int i = 1; i <= 5; i++) {
            final int number = i;
            Event.newUser(
                            base,
                            (event, result) -> {
                                log.add(number + " after poll " + backend.polls);
                                if (number == 2) base.loopContinue();
                            },
                            null)
                    .trigger();
        }
        base.dispatch();
        assertEquals(
                List.of("1 after poll 1", "2 after poll 1", "3 after poll 2", "4 after poll 2", "5 after poll 2"), log);
        base.loopContinue(); // no loop runs: nothing happens
    }

    @Test
    @DisplayName("RS-035: an interrupted wait goes on for the rest of its time")
    void interruptedWait() {
        final Event timer = timer("timer");
        timer.add(100 * MILLI);
        backend.atPoll(() -> clock.advanceMillis(40)); // returns early with nothing ready
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of(100 * MILLI, 60 * MILLI), backend.waits);
        assertEquals(List.of("timer@100"), log);
    }

    @Test
    @DisplayName("RS-036: when the backend fails the loop does, and may be entered again")
    void backendFailure() {
        final Event reader = reader(5, "read");
        reader.add(HOUR);
        backend.failure = new IOException("broken");
        final EventException thrown = assertThrows(EventException.class, base::dispatch);
        assertEquals("broken", thrown.getCause().getMessage());
        assertEquals(Event.READ | Event.TIMEOUT, reader.pending(Event.READ | Event.TIMEOUT));
        base.checkIntegrity();

        backend.ready(5, Event.READ);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("read:" + Event.READ), log);
    }

    @Test
    @DisplayName("RS-037: when nothing is left the loop says so")
    void nothingLeft() {
        user("only").trigger();
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("only"), log);
        assertFalse(base.gotExit());
    }

    @Test
    @DisplayName("RS-038: a timer armed with zero in its callback runs in a later turn")
    void zeroTimerChain() {
        final Event timer = Event.newTimer(
                base,
                (event, result) -> {
                    log.add("run");
                    event.add(0);
                },
                null);
        timer.add(0);
        for (int i = 1; i <= 3; i++) {
            assertEquals(LoopResult.STOPPED, base.loop(EventBase.ONCE));
            assertEquals(i, log.size());
        }
        timer.close();
    }

    @Test
    @DisplayName("RS-039: ONCE goes on while less urgent events are active")
    void onceAndLowerPriority() {
        base.priorityInit(3);
        final Event low = user("low");
        final Event high = user("high");
        low.priority(2);
        high.priority(0);
        low.trigger();
        high.trigger();
        assertEquals(LoopResult.STOPPED, base.loop(EventBase.ONCE));
        assertEquals(List.of("high", "low"), log);
        assertEquals(2, backend.polls); // EVT-22
    }

    @Test
    @DisplayName("RS-040: what the last loop got is forgotten as the next one starts")
    void flagsOfLastRun() {
        Event.newUser(base, (event, result) -> base.loopBreak(), null).trigger();
        base.dispatch();
        assertTrue(base.gotBreak());
        Event.newUser(base, (event, result) -> log.add(base.gotBreak() + " " + base.gotExit()), null)
                .trigger();
        base.loopExit();
        assertEquals(LoopResult.STOPPED, base.dispatch());
        assertEquals(List.of("false false"), log);
        assertTrue(base.gotExit());
    }

    @Test
    @DisplayName("Exit lets the rest of its own priority run and leaves less urgent events active")
    void exitFinishesItsPriority() {
        base.priorityInit(3);
        final Event before = user("before");
        final Event after = user("after");
        final Event low = user("low");
        low.priority(2);
        before.trigger();
        base.loopExit();
        after.trigger();
        low.trigger();
        assertEquals(LoopResult.STOPPED, base.dispatch());
        assertEquals(List.of("before", "after"), takeLog()); // EVT-25
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("low"), log);
    }

    @Test
    @DisplayName("RS-013: a loop of the same base is refused, inside a callback and from another thread")
    void reentry() throws Exception {
        Event.newUser(
                        base,
                        (event, result) -> {
                            assertThrows(IllegalStateException.class, base::dispatch);
                            assertThrows(IllegalStateException.class, base::close);
                            final FutureTask<String> other =
                                    new FutureTask<>(() -> assertThrows(IllegalStateException.class, base::dispatch)
                                            .getMessage());
                            Thread.ofPlatform().start(other);
                            log.add(await(other));
                        },
                        null)
                .trigger();
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(1, log.size());
        assertTrue(log.get(0).startsWith("a loop of this base runs already"), log.get(0));
    }

    @Test
    @DisplayName("RS-009: the running event is known inside its callback, and only to that thread")
    void runningEvent() throws Exception {
        final Event[] seen = new Event[2];
        final Event event = Event.newUser(
                base,
                (self, result) -> {
                    assertTrue(base.inLoopThread());
                    assertFalse(base.runsInAnotherThread());
                    assertTrue(elsewhere(base::runsInAnotherThread));
                    seen[0] = base.runningEvent();
                    final FutureTask<Event> other = new FutureTask<>(base::runningEvent);
                    Thread.ofPlatform().start(other);
                    seen[1] = await(other);
                },
                null);
        event.trigger();
        base.dispatch();
        assertSame(event, seen[0]);
        assertNull(seen[1]);
        assertNull(base.runningEvent());
        assertFalse(base.inLoopThread());
        assertFalse(base.runsInAnotherThread());
        assertFalse(elsewhere(base::runsInAnotherThread));
    }

    @Test
    @DisplayName("RS-151: a stop asked before the loop starts stops the next loop, once")
    void stickyStop() {
        user("event").trigger();
        base.requestStop();
        assertEquals(LoopResult.STOPPED, base.dispatch());
        assertEquals(List.of(), log);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("event"), log);
    }

    @Test
    @DisplayName("RS-151: a stop asked before it ends a loop that has nothing to do, at once, and that one only")
    void stickyStopOfEmptyLoop() {
        base.requestStop();
        assertEquals(LoopResult.STOPPED, base.dispatch());
        assertEquals(0, backend.polls);
        assertEquals(LoopResult.EMPTY, base.dispatch());
    }

    @Test
    @DisplayName("BTR-16: a stop that a break or an exit has come before is not lost: it ends the next loop")
    void stopBesideBreakAndExit() {
        base.execute(() -> {
            base.requestStop();
            base.loopBreak();
        });
        assertEquals(LoopResult.STOPPED, base.dispatch());
        user("after the break").trigger();
        assertEquals(LoopResult.STOPPED, base.dispatch());
        assertEquals(List.of(), log);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("after the break"), takeLog());

        base.loopExit();
        base.execute(base::requestStop);
        assertEquals(LoopResult.STOPPED, base.dispatch());
        user("after the exit").trigger();
        assertEquals(LoopResult.STOPPED, base.dispatch());
        assertEquals(List.of(), log);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("after the exit"), log);
    }

    @Test
    @DisplayName("A stop asked in a callback stops after it, and the next loop runs")
    void stopInCallback() {
        Event.newUser(base, (event, result) -> base.requestStop(), null).trigger();
        user("next").trigger();
        assertEquals(LoopResult.STOPPED, base.dispatch());
        assertEquals(List.of(), log);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("next"), log);
    }

    @Test
    @DisplayName("A stop that ended a loop with ONCE does not end the next one, too")
    void stopInOnce() {
        base.execute(base::requestStop);
        assertEquals(LoopResult.STOPPED, base.loop(EventBase.ONCE));
        user("next").trigger();
        assertEquals(LoopResult.STOPPED, base.loop(EventBase.ONCE));
        assertEquals(List.of("next"), log);
    }

    @Test
    @DisplayName("ONCE does not wait for more when a turn-end task, or one that was deleted, has kept it from leaving")
    void onceAfterAnExtraTurn() {
        final Event timer = timer("timer");
        timer.add(HOUR);
        base.execute(() -> base.atTurnEnd(() -> base.atTurnEnd(() -> log.add("second turn end"))));
        assertEquals(LoopResult.STOPPED, base.loop(EventBase.ONCE));
        assertEquals(List.of("second turn end"), takeLog());

        base.priorityInit(2);
        final Event urgent = user("urgent");
        final Event other = user("other");
        urgent.priority(0);
        urgent.trigger();
        other.trigger();
        backend.atPoll(() -> {});
        backend.atPoll(other::del);
        assertEquals(LoopResult.STOPPED, base.loop(EventBase.ONCE));
        assertEquals(List.of("urgent"), log);
        assertEquals(List.of(0L, 0L, 0L, 0L), backend.waits);
        assertEquals(HOUR, timer.remaining());
        timer.del();
    }

    @Test
    @DisplayName("DEV-24: a break asked while the loop polls lets no callback run")
    void breakWhilePolling() {
        final Event reader = reader(5, "read");
        reader.add();
        backend.ready(5, Event.READ);
        backend.atPoll(base::loopBreak);
        assertEquals(LoopResult.STOPPED, base.dispatch());
        assertEquals(List.of(), log);
        assertEquals(Event.READ, reader.pending(Event.READ));
        assertEquals(1, base.countEvents(EventBase.COUNT_ACTIVE));
    }

    @Test
    @DisplayName("RS-149, BTR-14: what a callback throws goes to the error handler, and the loop goes on")
    void exceptions() {
        final List<Object> sources = new ArrayList<>();
        base.errorHandler((source, failure) -> {
            base.checkIntegrity();
            assertNull(base.runningEvent());
            sources.add(source);
            log.add(failure.getMessage());
        });
        final Event failing = Event.newUser(
                base,
                (event, result) -> {
                    throw new IOException("thrown");
                },
                null);
        final Runnable task = () -> {
            throw new IllegalStateException("task");
        };
        failing.trigger();
        user("next").trigger();
        base.execute(task);
        base.atTurnEnd(() -> {
            throw new IllegalStateException("turn end");
        });
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("thrown", "next", "task", "turn end"), log);
        assertSame(failing, sources.get(0));
        assertSame(task, sources.get(1));
        assertEquals(2, base.metrics().failedCallbacks());
        assertEquals(0, base.countEvents(COUNT_ALL));
    }

    @Test
    @DisplayName("BTR-14: what the error handler throws does not end the loop either, even when it cannot be logged")
    void errorHandlerWhoseFailureCannotBeLogged() {
        base.errorHandler((source, failure) -> {
            throw new NoClassDefFoundError("from the handler") {
                private static final long serialVersionUID = 1;

                @Override
                public StackTraceElement[] getStackTrace() { // asked for by whoever logs it
                    throw new IllegalStateException("cannot be logged");
                }

                @Override
                public void printStackTrace(final PrintWriter writer) {
                    throw new NoClassDefFoundError("cannot be logged");
                }
            };
        });
        Event.newUser(
                        base,
                        (event, result) -> {
                            throw new IOException("thrown");
                        },
                        null)
                .trigger();
        user("next").trigger();
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("next"), log);
    }

    @Test
    @DisplayName("A virtual machine's error leaves the loop, whose state is sound")
    void virtualMachineError() {
        Event.newUser(
                        base,
                        (event, result) -> {
                            throw new OutOfMemoryError("test");
                        },
                        null)
                .trigger();
        user("next").trigger();
        assertThrows(OutOfMemoryError.class, base::dispatch);
        assertFalse(base.isRunning());
        base.checkIntegrity();
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("next"), log);
    }

    @Test
    @DisplayName("A virtual machine's error of the backend, even while the loop leaves, loses no change of interest")
    void virtualMachineErrorWhileInterestIsApplied() throws Exception {
        for (int number = 1; number <= 3; number++) {
            backend.ready(number, Event.READ);
            reader(number, "reader " + number).add();
        }
        backend.errorsToApply = 2; // the second one when the loop leaves
        assertThrows(OutOfMemoryError.class, base::dispatch);
        assertFalse(base.isRunning());
        final FutureTask<Integer> elsewhere = new FutureTask<>(() -> base.countEvents(COUNT_ALL));
        Thread.ofPlatform().daemon().start(elsewhere);
        assertEquals(3, await(elsewhere), "the lock is free");
        base.checkIntegrity();
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("reader 1:2", "reader 2:2", "reader 3:2"), log);
    }

    @Test
    @DisplayName("A virtual machine's error in a turn-end task loses none of the other tasks, nor their order")
    void virtualMachineErrorAtTurnEnd() {
        base.atTurnEnd(() -> {
            base.atTurnEnd(() -> log.add("given meanwhile"));
            throw new OutOfMemoryError("test");
        });
        for (int i = 0; i < 20; i++) base.atTurnEnd(() -> log.add("next"));
        assertThrows(OutOfMemoryError.class, base::dispatch);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(20, log.indexOf("given meanwhile"));
        assertEquals(21, log.size());
    }

    @Test
    @DisplayName("BTR-14: an error handler that fails ends neither the loop nor the turn")
    void failingErrorHandler() {
        final AssertionError broken = new AssertionError("thrown by the error handler of a test, and so logged");
        broken.setStackTrace(new StackTraceElement[0]);
        base.errorHandler((source, failure) -> {
            log.add(String.valueOf(failure.getMessage()));
            throw broken;
        });
        base.execute(() -> {
            throw new IllegalStateException("task");
        });
        base.execute(() -> log.add("next task"));
        base.atTurnEnd(() -> {
            throw new IllegalStateException("turn end");
        });
        base.atTurnEnd(() -> log.add("next turn end"));
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("task", "next task", "turn end", "next turn end"), log);
    }

    @Test
    @DisplayName("Tasks for the end of the turn run after its callbacks, before the loop waits")
    void turnEnd() {
        final Event timer = timer("timer");
        timer.add(10 * MILLI);
        final TurnEndTask task = () -> log.add("turn end after poll " + backend.polls);
        Event.newUser(
                        base,
                        (event, result) -> {
                            base.atTurnEnd(task);
                            base.atTurnEnd(task);
                            log.add("first");
                        },
                        null)
                .trigger();
        user("second").trigger();
        base.dispatch();
        assertEquals(
                List.of("first", "second", "turn end after poll 1", "turn end after poll 1", "timer@10"), takeLog());
        assertEquals(List.of(0L, 10 * MILLI), backend.waits);
    }

    @Test
    @DisplayName(
            "Tasks that the loop's thread and another one give in one turn all run at its end, each thread's in their order")
    void turnEndTasksOfTwoThreads() {
        final int each = 40;
        Event.newUser(
                        base,
                        (event, result) -> {
                            giveAtTurnEnd("own ", each);
                            final FutureTask<Void> other = new FutureTask<>(() -> giveAtTurnEnd("other ", each), null);
                            Thread.ofPlatform().daemon().start(other);
                            await(other);
                        },
                        null)
                .trigger();
        user("second").trigger();
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals("second", log.remove(0));
        for (final String whose : List.of("own ", "other ")) {
            assertEquals(
                    IntStream.range(0, each)
                            .mapToObj(i -> whose + i + " after poll 1")
                            .toList(),
                    log.stream().filter(line -> line.startsWith(whose)).toList());
        }
        assertEquals(2 * each, log.size());
    }

    private void giveAtTurnEnd(final String whose, final int count) {
        IntStream.range(0, count)
                .forEach(i -> base.atTurnEnd(() -> log.add(whose + i + " after poll " + backend.polls)));
    }

    private static boolean elsewhere(final Callable<Boolean> question) throws Exception {
        final FutureTask<Boolean> answer = new FutureTask<>(question);
        Thread.ofPlatform().daemon().start(answer);
        return await(answer);
    }

    @Test
    @DisplayName("A waiting turn-end task counts as active: the loop neither waits nor ends before it has run")
    void turnEndTaskKeepsTheLoop() {
        base.atTurnEnd(() -> {
            log.add("first");
            base.atTurnEnd(() -> {
                log.add("second after poll " + backend.polls);
                user("event").trigger();
            });
        });
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("first", "second after poll 2", "event"), log);
        assertEquals(List.of(0L, 0L, 0L), backend.waits);
    }

    @Test
    @DisplayName("Turn-end tasks run before the loop leaves by break, exit or failure")
    void turnEndBeforeLeaving() {
        Event.newUser(
                        base,
                        (event, result) -> {
                            base.atTurnEnd(() -> log.add("flushed"));
                            base.loopBreak();
                        },
                        null)
                .trigger();
        assertEquals(LoopResult.STOPPED, base.dispatch());
        assertEquals(List.of("flushed"), takeLog());

        base.atTurnEnd(() -> log.add("flushed"));
        backend.failure = new IOException("broken");
        assertThrows(EventException.class, base::dispatch);
        assertEquals(List.of("flushed"), takeLog());

        base.atTurnEnd(() -> log.add("flushed"));
        base.requestStop();
        assertEquals(LoopResult.STOPPED, base.dispatch());
        assertEquals(List.of("flushed"), log);
    }

    @Test
    @DisplayName("Unknown flags are refused")
    void unknownFlags() {
        assertThrows(IllegalArgumentException.class, () -> base.loop(8));
    }
}
