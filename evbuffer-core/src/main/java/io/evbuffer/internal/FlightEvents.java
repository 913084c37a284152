package io.evbuffer.internal;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** The only class that names {@code jdk.jfr}. Asks first whether an event is wanted, and only then makes it. */
final class FlightEvents {
    // Asking one that is never committed: allocates nothing, and does not start Flight Recorder as its registry would.
    private final SlabMapped mapped = new SlabMapped();
    private final SlabUnmapped unmapped = new SlabUnmapped();
    private final MemoryLimit limit = new MemoryLimit();
    private final PoolTrim trim = new PoolTrim();
    private final PullUpCopy pullUp = new PullUpCopy();

    void slabMapped(final String pool, final long bytes, final long segmentSize, final long bytesMapped) {
        if (!mapped.isEnabled()) return;
        final SlabMapped event = new SlabMapped();
        event.pool = pool;
        event.bytes = bytes;
        event.segmentSize = segmentSize;
        event.bytesMapped = bytesMapped;
        event.commit();
    }

    void slabUnmapped(final String pool, final long bytes, final long segmentSize, final long bytesMapped) {
        if (!unmapped.isEnabled()) return;
        final SlabUnmapped event = new SlabUnmapped();
        event.pool = pool;
        event.bytes = bytes;
        event.segmentSize = segmentSize;
        event.bytesMapped = bytesMapped;
        event.commit();
    }

    void limitHit(final String pool, final long bytes, final long bytesMapped, final long most) {
        if (!limit.isEnabled()) return;
        final MemoryLimit event = new MemoryLimit();
        event.pool = pool;
        event.bytes = bytes;
        event.bytesMapped = bytesMapped;
        event.limit = most;
        event.commit();
    }

    void trimmed(final String pool, final long bytes, final long bytesMapped) {
        if (!trim.isEnabled()) return;
        final PoolTrim event = new PoolTrim();
        event.pool = pool;
        event.bytes = bytes;
        event.bytesMapped = bytesMapped;
        event.commit();
    }

    void pullUpCopied(final long bytes, final long contiguous) {
        if (!pullUp.isEnabled()) return;
        final PullUpCopy event = new PullUpCopy();
        event.bytes = bytes;
        event.contiguous = contiguous;
        event.commit();
    }

    @Name("io.evbuffer.SlabMapped")
    @Label("Slab Mapped")
    @Description("A pool of segments mapped memory")
    @Category("EvBuffer")
    static final class SlabMapped extends Event {
        @Label("Pool")
        @Nullable
        String pool;

        @Label("Size")
        @DataAmount
        long bytes;

        @Label("Segment Size")
        @DataAmount
        long segmentSize;

        @Label("Mapped by Pool")
        @DataAmount
        long bytesMapped;
    }

    @Name("io.evbuffer.SlabUnmapped")
    @Label("Slab Unmapped")
    @Description("A pool of segments gave memory back to the system")
    @Category("EvBuffer")
    @StackTrace(false)
    static final class SlabUnmapped extends Event {
        @Label("Pool")
        @Nullable
        String pool;

        @Label("Size")
        @DataAmount
        long bytes;

        @Label("Segment Size")
        @DataAmount
        long segmentSize;

        @Label("Mapped by Pool")
        @DataAmount
        long bytesMapped;
    }

    @Name("io.evbuffer.MemoryLimit")
    @Label("Memory Limit")
    @Description("A pool of segments refused memory")
    @Category("EvBuffer")
    static final class MemoryLimit extends Event {
        @Label("Pool")
        @Nullable
        String pool;

        @Label("Asked For")
        @DataAmount
        long bytes;

        @Label("Mapped by Pool")
        @DataAmount
        long bytesMapped;

        @Label("Limit")
        @DataAmount
        long limit;
    }

    @Name("io.evbuffer.PoolTrim")
    @Label("Pool Trim")
    @Description("A pool of segments gave its idle slabs back")
    @Category("EvBuffer")
    @StackTrace(false)
    static final class PoolTrim extends Event {
        @Label("Pool")
        @Nullable
        String pool;

        @Label("Given Back")
        @DataAmount
        long bytes;

        @Label("Mapped by Pool")
        @DataAmount
        long bytesMapped;
    }

    @Name("io.evbuffer.PullUpCopy")
    @Label("Pull-up Copy")
    @Description("A buffer copied bytes to make them contiguous")
    @Category("EvBuffer")
    static final class PullUpCopy extends Event {
        @Label("Copied")
        @DataAmount
        long bytes;

        @Label("Contiguous")
        @DataAmount
        long contiguous;
    }
}
