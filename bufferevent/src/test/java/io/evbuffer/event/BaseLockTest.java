package io.evbuffer.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The lock of a base by itself. */
@Timeout(60)
class BaseLockTest {
    private final BaseLock lock = new BaseLock();
    private long guarded; // by the lock, and by nothing else
    private boolean told;

    private static FutureTask<Void> start(final boolean virtual, final Runnable work) {
        final FutureTask<Void> task = new FutureTask<>(work, null);
        if (virtual) Thread.ofVirtual().start(task);
        else Thread.ofPlatform().daemon().start(task);
        return task;
    }

    private static Thread startThread(final Runnable work) {
        return Thread.ofPlatform().daemon().start(work);
    }

    private static void awaitState(final Thread thread, final Thread.State state) {
        while (thread.getState() != state) Thread.onSpinWait();
    }

    private boolean isFree() throws Exception {
        final FutureTask<Boolean> taken = new FutureTask<>(() -> {
            lock.lock();
            lock.unlock();
            return true;
        });
        Thread.ofPlatform().daemon().start(taken);
        return taken.get(30, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void onlyOneThreadHasIt(final boolean virtual) throws Exception {
        final int rounds = 50_000;
        final List<FutureTask<Void>> all = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            all.add(start(virtual, () -> {
                for (int round = 0; round < rounds; round++) {
                    lock.lock();
                    guarded++;
                    lock.unlock();
                }
            }));
        }
        for (final FutureTask<Void> each : all) each.get(50, TimeUnit.SECONDS);
        assertThat(guarded).isEqualTo(8L * rounds);
    }

    @Test
    void whoHasItMayTakeItAgainAndGivesItBackAsOften() throws Exception {
        lock.lock();
        lock.lock();
        final Thread other = startThread(() -> {
            lock.lock();
            guarded = 1;
            lock.unlock();
        });
        awaitState(other, Thread.State.TIMED_WAITING); // it has found it taken, often
        lock.unlock();
        assertThat(guarded).isZero();
        guarded = 2;
        lock.unlock();
        other.join();
        assertThat(guarded).isEqualTo(1);
    }

    @Test
    void aWaitGivesItUpWhollyAndEndsByASignal() throws Exception {
        final Thread sleeper = startThread(() -> {
            lock.lock();
            lock.lock();
            while (!told) lock.await(Long.MAX_VALUE);
            lock.unlock();
            guarded = 1; // once more is still to be given back
            lock.unlock();
        });
        awaitState(sleeper, Thread.State.WAITING);
        lock.lock();
        assertThat(guarded).isZero();
        told = true;
        lock.signalAll();
        lock.unlock();
        sleeper.join();
        assertThat(guarded).isEqualTo(1);
        assertThat(isFree()).isTrue();
    }

    @Test
    void allWhoWaitAreWoken() throws Exception {
        final List<Thread> sleepers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            sleepers.add(startThread(() -> {
                lock.lock();
                while (!told) lock.await(TimeUnit.HOURS.toNanos(1));
                guarded++;
                lock.unlock();
            }));
        }
        for (final Thread each : sleepers) awaitState(each, Thread.State.TIMED_WAITING);
        lock.lock();
        told = true;
        lock.signalAll();
        lock.unlock();
        for (final Thread each : sleepers) each.join();
        assertThat(guarded).isEqualTo(4);
    }

    @Test
    void aWaitEndsWithItsTimeAndWithAnInterruptWhichStays() throws Exception {
        lock.lock();
        lock.await(1);
        Thread.currentThread().interrupt();
        lock.await(Long.MAX_VALUE);
        assertThat(Thread.interrupted()).isTrue();
        lock.unlock();
        assertThat(isFree()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whoTakesItAgainAndAgainKeepsNobodyFromIt(final boolean virtual) throws Exception {
        final AtomicBoolean over = new AtomicBoolean();
        final List<FutureTask<Void>> greedy = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            greedy.add(start(false, () -> {
                while (!over.get()) {
                    lock.lock();
                    for (int step = 0; step < 1000; step++) guarded++;
                    lock.unlock();
                }
            }));
        }
        start(virtual, () -> {
                    for (int i = 0; i < 200; i++) {
                        lock.lock();
                        lock.unlock();
                    }
                })
                .get(50, TimeUnit.SECONDS);
        over.set(true);
        for (final FutureTask<Void> each : greedy) each.get(50, TimeUnit.SECONDS);
        assertThat(isFree()).isTrue();
    }

    @Test
    void anInterruptedThreadSleepsForItToo() throws Exception {
        lock.lock();
        final FutureTask<Boolean> interrupted = new FutureTask<>(() -> {
            Thread.currentThread().interrupt();
            lock.lock();
            lock.unlock();
            return Thread.interrupted();
        });
        final Thread other = startThread(interrupted);
        awaitState(other, Thread.State.TIMED_WAITING); // with its interrupt put aside: else it would never be
        lock.unlock();
        assertThat(interrupted.get(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void onlyItsHolderGivesItBack() throws Exception {
        assertThatThrownBy(lock::unlock).isInstanceOf(IllegalMonitorStateException.class);
        lock.lock();
        final FutureTask<Void> stranger = start(false, lock::unlock);
        assertThatThrownBy(() -> stranger.get(30, TimeUnit.SECONDS))
                .hasCauseInstanceOf(IllegalMonitorStateException.class);
        lock.unlock();
        assertThat(isFree()).isTrue();
    }
}
