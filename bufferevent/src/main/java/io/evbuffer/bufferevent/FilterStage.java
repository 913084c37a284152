package io.evbuffer.bufferevent;

import io.evbuffer.BufferEnd;
import io.evbuffer.EvBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a filter: the user's function, and what its latest call did.
 *
 * <p>The function writes into a buffer of the stage, which is moved on when the call went well. So a call that fails has
 * passed nothing on, and a function that keeps its buffers finds them frozen. Without a function bytes move as they are.
 */
final class FilterStage implements AutoCloseable {
    private static final long NEVER = -1;

    private final BufferEvent owner;
    private final @Nullable BufferFilter function;
    private final EvBuffer made;
    private long starvedAt = NEVER; // the length of the source with which the function could do nothing
    private long produced; // since this was told
    private boolean grew; // the source, during a call
    private boolean more; // the latest call moved bytes and wants another one
    private boolean failed; // not called again before the direction is enabled anew
    private @Nullable ConnectionException failure; // not told yet

    FilterStage(final BufferEvent owner, final @Nullable BufferFilter function) {
        this.owner = owner;
        this.function = function;
        this.made = new EvBuffer(owner.base().pool());
        made.freeze(BufferEnd.END);
    }

    /** The source has grown: what could not be done before may be possible now. */
    void sourceGrew() {
        starvedAt = NEVER;
        grew = true;
    }

    /** The direction was enabled: what failed is tried again. */
    void restart() {
        failed = false;
    }

    boolean hasFailed() {
        return failed;
    }

    /** Says whether a call in NORMAL mode could do anything. */
    boolean canRun(final EvBuffer source) {
        return !failed && !source.isEmpty() && source.length() != starvedAt;
    }

    /** Says whether the latest call moved bytes and wants another one. */
    boolean wantsMore() {
        return more;
    }

    boolean hasProduced() {
        return produced > 0;
    }

    /** Says once that bytes were passed on. */
    boolean takeProduced() {
        final boolean some = produced > 0;
        produced = 0;
        return some;
    }

    /** Says once why it failed. */
    @Nullable
    ConnectionException takeFailure() {
        final ConnectionException why = failure;
        failure = null;
        return why;
    }

    /** One call. The front of the source and the end of the target are open. */
    void run(final EvBuffer source, final EvBuffer target, final long limit, final FlushMode mode) {
        final long before = source.length();
        grew = false;
        final long passed =
                function == null ? pass(source, target, limit) : call(function, source, target, limit, mode);
        produced += passed;
        if (passed <= 0 && source.length() == before) {
            more = false;
        }
        starvedAt = more || grew ? NEVER : source.length();
    }

    private long pass(final EvBuffer source, final EvBuffer target, final long limit) {
        final long before = source.length();
        more = true;
        try {
            source.removeBuffer(target, limit < 0 ? before : limit);
        } catch (final RuntimeException e) {
            moveFailed(e, before != source.length());
        }
        return before - source.length();
    }

    private long call(
            final BufferFilter filter,
            final EvBuffer source,
            final EvBuffer target,
            final long limit,
            final FlushMode mode) {
        Throwable thrown = null;
        FilterResult result = FilterResult.ERROR;
        made.unfreeze(BufferEnd.END);
        try {
            result = filter.filter(source, made, limit, mode);
        } catch (final Throwable e) {
            thrown = e;
        } finally {
            made.freeze(BufferEnd.END);
        }
        more = result == FilterResult.OK;
        if (result == FilterResult.ERROR) {
            fail(new ConnectionException.FilterFailure(thrown));
            return 0;
        }
        if (!owner.isWorking()) {
            made.drain(made.length()); // the function has freed the BufferEvent
            return 0;
        }
        final long length = made.length();
        try {
            target.addBuffer(made);
        } catch (final RuntimeException e) {
            moveFailed(e, made.isEmpty());
        }
        return failed ? 0 : length;
    }

    /** A listener threw, after the bytes had moved; or the target takes nothing. */
    private void moveFailed(final RuntimeException cause, final boolean moved) {
        if (moved) {
            owner.report(cause);
        } else {
            fail(new ConnectionException.Io(cause));
        }
    }

    private void fail(final ConnectionException why) {
        failed = true;
        more = false;
        failure = why;
        made.drain(made.length());
    }

    @Override
    public void close() {
        made.close();
    }
}
