package io.evbuffer.bufferevent;

import io.evbuffer.EvIovec;
import io.evbuffer.channel.ChannelReader;
import io.evbuffer.channel.ChannelWriter;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.Transport;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The BufferEvents that live on one base, and the vectors they share: only one of them reads or writes at a time.
 *
 * <p>Closed with the base, it ends them all, so that no segment and no transport of theirs outlives it.
 */
final class LiveBufferEvents implements AutoCloseable {
    private final EvIovec readVectors = new EvIovec(ChannelReader.DEFAULT_VECTORS);
    private final EvIovec writeVectors = new EvIovec(ChannelWriter.DEFAULT_VECTORS);
    private final Set<RateLimitGroup> groups = ConcurrentHashMap.newKeySet(); // that tick on the base; any thread
    private final Newest own = new Newest(); // the loop's alone
    private final Newest shared = new Newest(); // those that another thread may add or remove; guarded by itself

    private LiveBufferEvents() {}

    static LiveBufferEvents of(final EventBase base) {
        return base.part(LiveBufferEvents.class, LiveBufferEvents::new);
    }

    ChannelReader reader(final Transport transport) {
        return new ChannelReader(transport, readVectors);
    }

    ChannelWriter writer(final Transport transport) {
        return new ChannelWriter(transport, writeVectors);
    }

    void add(final BufferEvent born) {
        if (born.isLiveShared()) {
            synchronized (shared) {
                shared.add(born);
            }
        } else {
            own.add(born);
        }
    }

    void remove(final BufferEvent gone) {
        if (gone.isLiveShared()) {
            synchronized (shared) {
                shared.remove(gone);
            }
        } else {
            own.remove(gone);
        }
    }

    private @Nullable BufferEvent firstShared() {
        synchronized (shared) {
            return shared.first;
        }
    }

    void add(final RateLimitGroup group) {
        groups.add(group);
    }

    void remove(final RateLimitGroup group) {
        groups.remove(group);
    }

    @Override
    public void close() {
        for (BufferEvent each = own.first; each != null; each = own.first) {
            each.life.baseClosed(); // takes it from the list
        }
        for (BufferEvent each = firstShared(); each != null; each = firstShared()) {
            each.life.baseClosed();
        }
        for (final RateLimitGroup each : groups) {
            each.baseClosed();
        }
    }

    /** A list that begins with the newest: a layer comes before what it stands on. */
    private static final class Newest {
        @Nullable
        BufferEvent first; // linked by nextLive

        void add(final BufferEvent born) {
            born.nextLive = first;
            if (first != null) {
                first.previousLive = born;
            }
            first = born;
        }

        void remove(final BufferEvent gone) {
            final BufferEvent next = gone.nextLive;
            final BufferEvent previous = gone.previousLive;
            if (next != null) {
                next.previousLive = previous;
            }
            if (previous != null) {
                previous.nextLive = next;
            } else if (first == gone) {
                first = next;
            }
            gone.nextLive = null;
            gone.previousLive = null;
        }
    }
}
