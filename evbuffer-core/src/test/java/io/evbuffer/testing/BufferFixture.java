package io.evbuffer.testing;

import io.evbuffer.EvBuffer;
import io.evbuffer.EvBufferStats;
import io.evbuffer.memory.LeakTracking;
import io.evbuffer.memory.LiveSegment;
import io.evbuffer.memory.SegmentSource;
import io.evbuffer.memory.SlabPool;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A JUnit extension that hands out buffers and, after each test, checks that all are sound, closes them, and checks that
 * no segment is left.
 *
 * <pre>{@code
 * @RegisterExtension
 * final BufferFixture buffers = new BufferFixture();
 *
 * @Test
 * void movingCopiesNothing() {
 *     final EvBuffer source = buffers.withChains(100, 4096, 7);
 *     final EvBuffer target = buffers.empty();
 *     source.removeBuffer(target, 4196);
 *     EvBufferInvariants.checkDataLengths(target, 100, 4096);
 *     assertEquals(0, buffers.bytesCopied());
 * }
 * }</pre>
 *
 * <p>By default the fixture owns a {@link SlabPool}, one for each test, which belongs to the thread that asks for it
 * first; it is closed after the test. Given {@link TinySegments}, buffers are on these.
 */
public final class BufferFixture implements AfterEachCallback, AutoCloseable {
    private final @Nullable TinySegments tiny;
    private final LeakTracking tracking;
    private final List<EvBuffer> buffers = new ArrayList<>();
    private final EvBufferStats stats = new EvBufferStats();
    private @Nullable SlabPool pool;

    /** Creates a fixture with a pool of its own, which names the line that took a segment that is left. */
    public BufferFixture() {
        this(LeakTracking.ALL);
    }

    /**
     * Creates a fixture with a pool of its own.
     *
     * @param tracking which takes have their birth site kept, for the report of what is left: {@code OFF} for tests that count
     *     what is allocated, as keeping one allocates.
     */
    public BufferFixture(final LeakTracking tracking) {
        this.tracking = tracking;
        tiny = null;
    }

    /**
     * Creates a fixture on small segments.
     *
     * @param segments where the buffers take memory; checked after each test.
     */
    public BufferFixture(final TinySegments segments) {
        tracking = LeakTracking.OFF;
        tiny = segments;
    }

    /**
     * The pool of this test.
     *
     * @return open; the fixture closes it.
     * @throws IllegalStateException if the fixture was made with {@link TinySegments}.
     */
    public SlabPool pool() {
        if (tiny != null) throw new IllegalStateException("this fixture has no pool, but " + tiny);
        if (pool == null)
            pool = SlabPool.builder().name("fixture").leakTracking(tracking).build();
        return pool;
    }

    /**
     * Where the buffers take memory.
     *
     * @return the pool, or the small segments.
     */
    public SegmentSource source() {
        return tiny != null ? tiny : pool();
    }

    /**
     * An empty buffer without chains.
     *
     * @return checked and closed after the test; the test may close it as well.
     */
    public EvBuffer empty() {
        return adopt(new EvBuffer(source()));
    }

    /**
     * A buffer with one chain for each length, made by moving. Its content is {@link ByteSequence#bytes(int)}.
     *
     * @param lengths bytes of each chain, 1 or more.
     * @return checked and closed after the test.
     */
    public EvBuffer withChains(final int... lengths) {
        final List<byte[]> pieces = new ArrayList<>();
        long from = 0;
        for (final int length : lengths) {
            pieces.add(ByteSequence.bytes(from, length));
            from += length;
        }
        return withChainsOf(pieces.toArray(new byte[0][]));
    }

    /**
     * A buffer with one chain for each piece, made by moving.
     *
     * @param pieces the data of each chain, of at least one byte.
     * @return checked and closed after the test.
     */
    public EvBuffer withChainsOf(final byte[]... pieces) {
        for (final byte[] piece : pieces) {
            if (piece.length == 0) throw new IllegalArgumentException("a chain of no bytes cannot be made by moving");
        }
        final EvBuffer buffer = new EvBuffer(source());
        try (EvBuffer single = new EvBuffer(source())) {
            for (final byte[] piece : pieces) {
                single.expand(piece.length);
                single.add(piece);
                buffer.addBuffer(single);
            }
        }
        return adopt(buffer);
    }

    /**
     * Treats a buffer made elsewhere as one of its own: counted, checked, closed.
     *
     * @param buffer any buffer; its {@link EvBuffer#stats(EvBufferStats)} are taken over.
     * @return the same.
     */
    public EvBuffer adopt(final EvBuffer buffer) {
        buffer.stats(stats);
        buffers.add(buffer);
        return buffer;
    }

    /**
     * What this fixture's buffers did with bytes since they were handed out.
     *
     * @return one object for all of them; may be reset.
     */
    public EvBufferStats stats() {
        return stats;
    }

    /**
     * The bytes that this fixture's buffers copied since they were handed out, for whatever reason.
     *
     * @return bytes.
     */
    public long bytesCopied() {
        return stats.copied();
    }

    /**
     * The segments that somebody holds.
     *
     * @return 0 or more.
     */
    public long segmentsInUse() {
        return tiny != null ? tiny.live() : pool().stats().segmentsInUse();
    }

    /** Called by JUnit: {@link #close()}. */
    @Override
    public void afterEach(final ExtensionContext context) {
        close();
    }

    /**
     * Checks and closes what was handed out, and checks that nothing is left. Called after each test by JUnit, and by
     * whoever uses a fixture without it. The fixture is as new afterwards.
     */
    @Override
    public void close() {
        try {
            for (final EvBuffer buffer : buffers) EvBufferInvariants.check(buffer);
        } finally {
            for (final EvBuffer buffer : buffers) buffer.close();
            buffers.clear();
            stats.reset();
            if (tiny != null) tiny.failNever();
        }
        if (tiny != null) tiny.checkAllHome();
        closePool();
    }

    private void closePool() {
        final SlabPool mine = pool;
        if (mine == null) return;
        pool = null;
        final List<LiveSegment> live = mine.liveSegments();
        final String counters = mine.toString();
        final boolean counted =
                mine.stats().segmentsInUse() == 0 && mine.stats().bytesInUse() == 0;
        mine.close();
        if (!live.isEmpty()) throw new AssertionError("INV-25: segments are still in use: " + live);
        if (!counted) throw new AssertionError("INV-25: nothing is in use, but is counted: " + counters);
        if (mine.stats().bytesMapped() != 0) throw new AssertionError("bytes mapped after the close: " + mine);
    }
}
