package io.evbuffer.event.backend.nio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.event.Event;
import io.evbuffer.event.backend.Descriptor;
import java.io.IOException;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A channel that is closed by one thread while another begins or ends to poll: the close waits for no poll, and its descriptor
 * is let go.
 */
@Timeout(120)
class CloseWhilePollingTest {
    @Test
    @DisplayName("No poll begins while a close makes the selector let go, or the close would wait for its end")
    void closeBeforePoll() throws Exception {
        final CountDownLatch purging = new CountDownLatch(1);
        final CountDownLatch mayPurge = new CountDownLatch(1);
        final boolean[] purged = new boolean[1];
        final boolean[] polledAfterPurge = new boolean[1];
        final NioBackend backend = new NioBackend(new NioBackend.Select() {
            @Override
            public int select(final Selector selector, final Consumer<SelectionKey> ready, final long millis) {
                polledAfterPurge[0] = purged[0];
                return 0;
            }

            @Override
            public void purge(final Selector selector) {
                purging.countDown();
                await(mayPurge);
                purged[0] = true;
            }
        });
        try (Selector registrar = Selector.open();
                Pipe.SinkChannel channel = registered(registrar)) {
            final FutureTask<Void> close = start("closer", () -> backend.closed(channel));
            await(purging);
            final FutureTask<Void> poll = new FutureTask<>(() -> {
                backend.poll(-1);
                return null;
            });
            final Thread poller = Thread.ofPlatform().name("poller").daemon().start(poll);
            while (poller.getState() != Thread.State.BLOCKED && !poll.isDone()) Thread.onSpinWait();
            mayPurge.countDown();
            close.get(60, TimeUnit.SECONDS);
            poll.get(60, TimeUnit.SECONDS);
            assertTrue(polledAfterPurge[0]);
        } finally {
            backend.close();
        }
    }

    @Test
    @DisplayName("A channel closed as the last poll of a loop ends is let go when the loop leaves")
    void closeAtTheEndOfTheLastPoll() throws Exception {
        final Pipe pipe = Pipe.open();
        final int[] purges = new int[1];
        final NioBackend[] backend = new NioBackend[1];
        backend[0] = new NioBackend(new NioBackend.Select() {
            @Override
            public int select(final Selector selector, final Consumer<SelectionKey> ready, final long millis)
                    throws IOException {
                final int count = selector.selectNow(ready);
                final FutureTask<Void> close = start("closer", () -> {
                    pipe.sink().close();
                    backend[0].closed(pipe.sink());
                });
                try {
                    close.get(60, TimeUnit.SECONDS);
                } catch (final Exception e) {
                    throw new IOException(e);
                }
                return count;
            }

            @Override
            public void purge(final Selector selector) throws IOException {
                purges[0]++;
                selector.selectNow(key -> {});
                assertFalse(pipe.sink().isRegistered());
            }
        });
        try (Pipe.SourceChannel source = pipe.source()) {
            pipe.sink().configureBlocking(false);
            final TestDescriptor descriptor = new TestDescriptor(pipe.sink());
            backend[0].admit(descriptor, Event.WRITE);
            backend[0].apply(descriptor, 0, Event.WRITE);
            backend[0].poll(-1);
            backend[0].settle();
            assertEquals(1, purges[0]);
            assertFalse(pipe.sink().isRegistered());
            assertFalse(source.isRegistered());
        } finally {
            backend[0].close();
        }
    }

    private static final class TestDescriptor extends Descriptor {
        TestDescriptor(final Pipe.SinkChannel channel) {
            super(Event.NO_DESCRIPTOR, channel);
        }
    }

    private interface Action {
        void run() throws Exception;
    }

    private static FutureTask<Void> start(final String name, final Action action) {
        final FutureTask<Void> task = new FutureTask<>(() -> {
            action.run();
            return null;
        });
        Thread.ofPlatform().name(name).daemon().start(task);
        return task;
    }

    private static Pipe.SinkChannel registered(final Selector selector) throws IOException {
        final Pipe pipe = Pipe.open();
        pipe.source().close();
        pipe.sink().configureBlocking(false);
        pipe.sink().register(selector, SelectionKey.OP_WRITE);
        return pipe.sink();
    }

    private static void await(final CountDownLatch latch) {
        try {
            if (!latch.await(60, TimeUnit.SECONDS)) throw new AssertionError("nobody comes");
        } catch (final InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
