package io.evbuffer.event;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A task given to {@link EventBase#execute}; used again for the next one when it has run. */
final class TaskActivation extends Activation {
    private final EventBase base;
    private @Nullable Runnable task;
    private @Nullable Runnable lastRun; // for the error handler

    TaskActivation(final EventBase base) {
        this.base = base;
    }

    void task(final Runnable newTask) {
        task = newTask;
    }

    @Override
    int beforeRun() {
        lastRun = task;
        task = null;
        return 0;
    }

    @Override
    void run(final int result) {
        Objects.requireNonNull(lastRun).run();
    }

    @Override
    Object source() {
        return Objects.requireNonNull(lastRun);
    }

    @Override
    void afterRun() {
        lastRun = null;
        base.activations().keepForReuse(this);
    }

    @Override
    void orphan() {
        task = null;
    }
}
