package io.evbuffer.event.backend.poll;

import io.evbuffer.channel.FileSource;
import io.evbuffer.event.Event;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.EventConfig;
import io.evbuffer.event.EventException;
import io.evbuffer.event.Transport;
import io.evbuffer.event.backend.Backend;
import io.evbuffer.event.backend.BackendProvider;
import io.evbuffer.event.backend.Descriptor;
import io.evbuffer.event.backend.ReadySink;
import io.evbuffer.event.backend.SystemCalls;
import io.evbuffer.event.backend.posix.Errno;
import io.evbuffer.event.backend.posix.NativeAccess;
import io.evbuffer.event.backend.posix.OpenSockets;
import io.evbuffer.event.backend.posix.PosixNative;
import io.evbuffer.event.backend.posix.PosixSockets;
import io.evbuffer.event.backend.posix.SelfTest;
import io.evbuffer.event.backend.posix.Waker;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SelectableChannel;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Waits with poll, which takes every kind of file and costs a look at each descriptor in each turn.
 *
 * <p>The array of descriptors has no holes: the last entry moves into the place of one that goes. The wake-up, a counter that
 * is read when it is ready, is the first entry. What is ready is looked for from a random place on, so that no descriptor is
 * always the first. The array only changes between two polls, so the kernel works on it and not on a copy.
 *
 * <p><b>Threads:</b> as {@link Backend} says.
 */
public final class PollBackend implements Backend {
    /** Opens backends of this kind. */
    public static final BackendProvider PROVIDER = new Provider();

    private static final int FEATURES = EventBase.FEATURE_FDS | EventBase.FEATURE_EARLY_CLOSE;
    private static final int WAKER = 0; // index of the wake-up

    static final class Provider implements BackendProvider {
        private volatile boolean tested;

        @Override
        public String name() {
            return "poll";
        }

        @Override
        public int features() {
            return FEATURES;
        }

        @Override
        public Backend open(final EventConfig config) throws IOException {
            final String refusal = NativeAccess.refusal();
            if (refusal != null) throw new IOException(refusal);
            try {
                if (!tested) test(config);
                return new PollBackend(config);
            } catch (final LinkageError e) {
                throw new IOException(e.toString(), e);
            }
        }

        /** Once: tries on two sockets what every backend will need. */
        private void test(final EventConfig config) throws IOException {
            final PollBackend backend = new PollBackend(config);
            try (SelfTest pair = new SelfTest()) {
                backend.test(pair);
            } finally {
                backend.close();
            }
            tested = true;
        }
    }

    private final PollNative system = new PollNative();
    private final PosixSockets sockets;
    private final SystemCalls calls;
    private final Waker waker;

    // Changed with the base's lock; by the loop's thread, or while no loop runs:
    private @Nullable Descriptor[] descriptors = new Descriptor[32]; // of the entries; an entry's index is the slot's
    private int count = 1;

    // Of the loop's thread:
    private int readyCount;
    private int random = 0x2545f491; // never 0

    private PollBackend(final EventConfig config) throws IOException {
        sockets = new PosixSockets("poll", config.has(EventConfig.DEBUG));
        calls = sockets.calls();
        try {
            waker = new Waker(calls);
        } catch (final IOException e) {
            system.free();
            throw e;
        }
        system.set(WAKER, waker.number(), PollNative.IN);
    }

    private void test(final SelfTest pair) throws IOException {
        wakeUp();
        system.set(1, pair.end(), PollNative.IN);
        pair.send();
        final int ready = system.await(2, 0);
        if (ready < 0) throw Errno.of("ppoll", -ready);
        if (ready != 2) throw new IOException("poll has told of " + ready + " descriptors of two that are ready");
    }

    @Override
    public int features() {
        return FEATURES;
    }

    @Override
    public SystemCalls systemCalls() {
        return calls;
    }

    // ---- interest ----

    @Override
    public void admit(final Descriptor descriptor, final int bits) {
        if (descriptor.channel() != null) throw sockets.refuse(descriptor);
        sockets.ensureNeverWaits(descriptor);
        final int fd = descriptor.number();
        if (OpenSockets.contains(fd)) return;
        calls.count(SystemCalls.Kind.INTEREST);
        if (!PosixNative.get().isOpen(fd)) {
            throw new EventException("poll cannot wait for " + descriptor + ": " + Errno.text(Errno.EBADF));
        }
    }

    @Override
    public void apply(final Descriptor descriptor, final int before, final int wanted) {
        final int index = descriptor.slotIndex();
        if (wanted != 0) {
            system.set(index != 0 ? index : append(descriptor), descriptor.number(), mask(wanted));
        } else if (index != 0) {
            descriptor.slotIndex(0);
            fill(index);
        }
    }

    private static int mask(final int wanted) {
        return ((wanted & Event.READ) != 0 ? PollNative.IN : 0)
                | ((wanted & Event.WRITE) != 0 ? PollNative.OUT : 0)
                | ((wanted & Event.CLOSED) != 0 ? PollNative.RDHUP : 0);
    }

    private int append(final Descriptor descriptor) {
        if (count == descriptors.length) descriptors = Arrays.copyOf(descriptors, 2 * count);
        descriptors[count] = descriptor;
        descriptor.slotIndex(count);
        return count++;
    }

    /** The last entry takes the place of one that has gone. */
    private void fill(final int hole) {
        final Descriptor last = descriptors[--count];
        descriptors[count] = null;
        if (hole == count || last == null) return;
        descriptors[hole] = last;
        last.slotIndex(hole);
        system.move(count, hole);
    }

    // ---- poll ----

    @Override
    public void poll(final long waitNanos) throws IOException {
        readyCount = 0;
        calls.count(SystemCalls.Kind.WAIT);
        final int result = system.await(count, waitNanos);
        if (result < 0) throw Errno.of("ppoll", -result);
        readyCount = result;
        if (result > 0 && system.happened(WAKER) != 0) {
            readyCount--;
            calls.count(SystemCalls.Kind.WAKE_UP);
            waker.consume();
        }
    }

    @Override
    public void report(final ReadySink sink) {
        int left = readyCount;
        readyCount = 0;
        if (left == 0) return;
        final int entries = count;
        final int start = 1 + Integer.remainderUnsigned(nextRandom(), entries - 1);
        int index = start;
        do {
            final int happened = system.happened(index);
            final Descriptor descriptor = descriptors[index];
            if (happened != 0 && descriptor != null) {
                left--;
                sink.ready(descriptor, bits(happened));
            }
            if (++index == entries) index = 1;
        } while (left > 0 && index != start);
    }

    private int nextRandom() {
        random ^= random << 13;
        random ^= random >>> 17;
        random ^= random << 5;
        return random;
    }

    /** The contract's table: an error, or a hang-up that is more than the peer's, is told to readers and writers. */
    private static int bits(final int happened) {
        int bits = 0;
        if ((happened & PollNative.IN) != 0) bits |= Event.READ;
        if ((happened & PollNative.OUT) != 0) bits |= Event.WRITE;
        if ((happened & PollNative.RDHUP) != 0) bits |= Event.CLOSED;
        final boolean broken = (happened & (PollNative.ERR | PollNative.INVALID)) != 0;
        final boolean hungUp = (happened & (PollNative.HUP | PollNative.RDHUP)) == PollNative.HUP;
        return broken || hungUp ? bits | Event.READ | Event.WRITE : bits;
    }

    @Override
    public boolean needReinit() {
        return true;
    }

    /** There is nothing in the kernel but the counter of wake-ups, which stays with nothing in it. */
    @Override
    public void reinit() {
        waker.consume();
        for (int i = 1; i < count; i++) {
            final Descriptor descriptor = descriptors[i];
            descriptors[i] = null;
            if (descriptor != null) descriptor.slotIndex(0);
        }
        count = 1;
        readyCount = 0;
    }

    @Override
    public void wakeUp() {
        waker.wake();
    }

    // ---- transports ----

    @Override
    public Transport openStream(final @Nullable SocketAddress family) throws IOException {
        return sockets.openStream(family);
    }

    @Override
    public Transport openListener(final @Nullable SocketAddress family) throws IOException {
        return sockets.openListener(family);
    }

    @Override
    public FileSource openFile(final Path path) throws IOException {
        return sockets.openFile(path);
    }

    @Override
    public Transport wrap(final SelectableChannel channel) {
        throw sockets.refuse(channel);
    }

    @Override
    public void close() {
        if (!waker.close()) return;
        system.free();
    }

    @Override
    public String toString() {
        return "PollBackend[" + (count - 1) + " descriptors]";
    }
}
