package io.evbuffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.testing.BufferFixture;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DeferredListenersTest {
    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    private final ArrayDeque<Runnable> queue = new ArrayDeque<>();
    private final List<String> log = new ArrayList<>();

    private EvBuffer deferred() {
        final EvBuffer buffer = buffers.empty();
        buffer.deferCallbacks(queue::add);
        buffer.addListener((of, change) -> log.add(change.toString()));
        return buffer;
    }

    private void runLoop() {
        for (int left = queue.size(); left > 0; left--) queue.remove().run();
    }

    @Test
    @DisplayName("S-135, S-136: one call for all changes, none without a change")
    void oneCallForAllChanges() {
        final EvBuffer buffer = deferred();
        buffer.add(new byte[5]);
        buffer.drain(2);
        buffer.add(new byte[1]);
        assertThat(log).isEmpty();
        assertThat(queue).hasSize(1);
        runLoop();
        assertThat(log).containsExactly("0->4 (+6, -2)");
        runLoop();
        assertThat(log).hasSize(1);
    }

    @Test
    @DisplayName("S-145: a net change of zero is told")
    void aNetChangeOfZeroIsTold() {
        final EvBuffer buffer = deferred();
        buffer.add(new byte[2]);
        buffer.drain(2);
        runLoop();
        assertThat(log).containsExactly("0->0 (+2, -2)");
    }

    @Test
    @DisplayName("B-14d: an immediate listener sees the true change since its last call")
    void anImmediateListenerSeesTheTrueChange() {
        final EvBuffer buffer = deferred();
        final List<String> at = new ArrayList<>();
        buffer.addListener((of, change) -> at.add(change.toString())).immediate();
        buffer.add(new byte[5]);
        buffer.drain(1);
        assertThat(at).containsExactly("0->5 (+5, -0)", "5->4 (+0, -1)");
        runLoop();
        assertThat(log).containsExactly("0->4 (+5, -1)");
        assertThat(at).hasSize(2);
    }

    @Test
    @DisplayName("B-14e: nobody is told after the close, scheduled or not")
    void nobodyIsToldAfterTheClose() {
        final EvBuffer buffer = deferred();
        buffer.add(new byte[5]);
        buffer.close();
        runLoop();
        assertThat(log).isEmpty();
    }

    @Test
    @DisplayName("B-27: a second executor is refused, the same one is no change")
    void aSecondExecutorIsRefused() {
        final EvBuffer buffer = buffers.empty();
        final Executor executor = queue::add;
        buffer.deferCallbacks(executor);
        buffer.deferCallbacks(executor);
        assertThatThrownBy(() -> buffer.deferCallbacks(queue::add)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void changesMadeByADeferredListenerAreToldInAFurtherRound() {
        final EvBuffer buffer = deferred();
        buffer.addListener((of, change) -> {
            if (of.length() == 3) of.drain(1);
        });
        buffer.add(new byte[3]);
        runLoop();
        runLoop();
        assertThat(log).containsExactly("0->3 (+3, -0)", "3->2 (+0, -1)");
    }

    @Test
    void anExecutorThatRefusesLosesNothing() {
        final EvBuffer buffer = buffers.empty();
        final boolean[] refuse = {true};
        buffer.deferCallbacks(task -> {
            if (refuse[0]) throw new RejectedExecutionException("full");
            queue.add(task);
        });
        buffer.addListener((of, change) -> log.add(change.toString()));
        assertThatThrownBy(() -> buffer.add(new byte[3])).isInstanceOf(RejectedExecutionException.class);
        refuse[0] = false;
        buffer.add(new byte[1]);
        runLoop();
        assertThat(log).containsExactly("0->4 (+4, -0)");
    }

    @Test
    @DisplayName("S-146: the last hold ends the buffer")
    void theLastHoldEndsTheBuffer() {
        final EvBuffer buffer = buffers.empty();
        assertThat(buffer.retain()).isSameAs(buffer);
        buffer.retain();
        assertThat(buffer.release()).isFalse();
        buffer.close();
        buffer.close();
        buffer.add(new byte[3]);
        assertThat(buffer.release()).isTrue();
        assertThatThrownBy(() -> buffer.add(new byte[3])).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(buffer::release).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(buffer::retain).isInstanceOf(IllegalStateException.class);
    }
}
