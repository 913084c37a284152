package io.evbuffer.memory;

import io.evbuffer.internal.MemoryEvents;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Segments cut from slabs and kept for the next taker: the memory of one thread's buffers.
 *
 * <pre>
 *                owner's thread                        other threads
 *
 *   take     pop of magazine[class]                         |
 *               | empty                                     |
 *            returned: all at once                          |
 *               | empty                                     |
 *               +--------------+ with the lock +------------+
 *                  a free segment of the class's lowest slab (half a magazine of them for the owner)
 *                     | none                                (first: returned, all at once)
 *                  cut one from the class's newest slab, or map a slab within the limit
 *                     | no room
 *                  unmap idle slabs of whatever class and map one; a larger segment; refuse
 *
 *   recycle  push to magazine[class]            push to returned (lock-free stack through the segments)
 *               | full
 *            with the lock: the colder half goes home to its slabs
 * </pre>
 *
 * <p>A request above the largest class (64 KiB) gets a mapping of its own, rounded up to whole pages, which is kept for
 * the next such request by the same rules as a slab.
 *
 * <h2>What is kept</h2>
 *
 * A slab whose segments are all home is idle. {@link #trim(long)} gives slabs that have been idle for the idle age back to
 * the system, as long as {@code floor} bytes stay mapped: with a sweep every {@code s} nanoseconds, the memory of a burst
 * is back at the floor within idle age + {@code s} of its end. Segments in use keep their own slab and no other. A pool
 * that nobody trims keeps what it has.
 *
 * <p>Invariants: <b>P1</b> bytes mapped are the sum of all slabs and never exceed the limit. <b>P2</b> a segment at home is
 * in exactly one of: a magazine, its slab, returned. <b>P3</b> segments cut = segments at home + segments in use. <b>P4</b>
 * a slab is unmapped only while all its segments are home in it.
 *
 * <p><b>Cost:</b> taking and recycling on the owner's thread is an array pop and push: no allocation, no lock, no atomic
 * step. Elsewhere a take locks, a recycle is one compare-and-set.
 * <p><b>Threads:</b> the pool belongs to the thread that made it, until another one calls {@link #claim()}. Every method
 * may be called from any thread. What the owner has at hand (at most 2 MiB a class) is out of the others' reach, until one
 * of them is refused and the owner uses the pool again.
 */
public final class SlabPool implements SegmentSource, AutoCloseable {
    /** Bytes of one slab unless the builder says otherwise: one huge page of most systems. */
    public static final int DEFAULT_SLAB_SIZE = 2 * 1024 * 1024;

    /** Bytes that stay mapped unless the builder says otherwise: four slabs. */
    public static final long DEFAULT_FLOOR = 4L * DEFAULT_SLAB_SIZE;

    /** Seconds for which an idle slab is kept unless the builder says otherwise. */
    public static final int DEFAULT_IDLE_SECONDS = 10;

    /**
     * Sharers that all slabs together keep beyond what each has for itself: a broadcast to 1000 outputs may have 16 messages
     * under way to each and leaves no garbage. A sharer is a node of 64 bytes, and a view of 64 once NIO has sent it.
     */
    private static final int MOST_GRANTED_SHARERS = 16384;

    private static final Logger LOG = System.getLogger(SlabPool.class.getName());
    private static final ReentrantLock SHARED_LOCK = new ReentrantLock();
    private static volatile @Nullable SlabPool shared;

    private final Magazine[] magazines = new Magazine[SizeClasses.COUNT];
    private volatile @Nullable Thread express; // the owner, if its takes and recycles may go the short way
    private long nowNanos; // as told; read by others without care
    private volatile boolean closed;
    private volatile @Nullable Thread owner;
    private volatile boolean recalled; // a guest was refused: the owner shall send home what it has at hand

    private final ReturnStack returned = new ReturnStack();
    private final String name;
    private final long limit;
    private final long floor;
    private final long idleAgeNanos;
    private final boolean poison;
    private final LongSupplier clock;
    private final @Nullable Stripes stripes; // of the shared pool only, as is the sweeper
    private final @Nullable Sweeper sweeper;

    private final ReentrantLock lock = new ReentrantLock();
    // Guarded by lock:
    private final SlabStore store;
    private final TakeCounter guests;
    private long refused;
    private int grantedSharers;

    /**
     * Makes a pool with the builder's defaults that belongs to the calling thread.
     *
     * @throws IllegalStateException if the JVM lacks the flag that Agrona needs; the message names it.
     */
    public SlabPool() {
        this(builder(), false);
    }

    private SlabPool(final Builder builder, final boolean forAll) {
        AgronaAccess.check();
        SlabMemory.prepare();
        name = builder.name;
        limit = builder.limit;
        floor = builder.floor;
        idleAgeNanos = builder.idleAgeNanos;
        poison = builder.poison;
        clock = builder.clock;
        nowNanos = clock.getAsLong();
        store = new SlabStore(this, limit, builder.slabSize);
        final LeakTracking tracking = builder.leakTracking;
        guests = new TakeCounter(tracking, 1);
        for (int i = 0; i < magazines.length; i++) {
            magazines[i] = new Magazine(this, tracking, i, forAll ? 0 : Magazine.capacityFor(i));
        }
        if (forAll) {
            stripes = new Stripes(this, tracking, Runtime.getRuntime().availableProcessors());
            sweeper = new Sweeper(this, idleAgeNanos);
        } else {
            stripes = null;
            sweeper = null;
            own(Thread.currentThread());
        }
    }

    /**
     * Starts the description of a pool.
     *
     * @return a builder with the defaults: the limit that {@link Builder#limit} tells, slabs of {@value #DEFAULT_SLAB_SIZE} bytes, a floor of {@value
     *     #DEFAULT_FLOOR} bytes, an idle age of {@value #DEFAULT_IDLE_SECONDS} seconds.
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The pool for callers without one: it has no owner, cannot be claimed or closed, and trims itself by a daemon thread
     * that lives only while more than the floor is mapped. All else is as the builder's defaults say.
     *
     * <p><b>Cost:</b> a take or a recycle is one compare-and-set and a release store on one of eight times as many
     * stripes as there are processors, 256 at most; about four times what an owner pays. Two threads that meet in a stripe part. A
     * virtual thread costs no more than another one, never waits for a stripe, and holds no monitor.
     *
     * @return always the same pool.
     * @throws IllegalStateException if the JVM lacks the flag that Agrona needs; the message names it.
     */
    public static SlabPool shared() {
        final SlabPool known = shared;
        return known != null ? known : makeShared();
    }

    private static SlabPool makeShared() {
        SHARED_LOCK.lock();
        try {
            SlabPool pool = shared;
            if (pool == null) {
                pool = builder().name("shared").buildForAll();
                shared = pool;
            }
            return pool;
        } finally {
            SHARED_LOCK.unlock();
        }
    }

    /**
     * The pool's name in messages.
     *
     * @return as given to the builder.
     */
    public String name() {
        return name;
    }

    /**
     * The thread for which this pool is fastest.
     *
     * @return the owner, or null once the pool is closed, and for the shared pool.
     */
    public @Nullable Thread owner() {
        return owner;
    }

    /**
     * Makes the calling thread the owner. The caller sees to it that the former owner uses the pool no more, or only
     * after a hand-over both threads take part in; a reactor claims its pool as its loop starts.
     *
     * @throws IllegalStateException if the pool is closed, or shared.
     */
    public void claim() {
        if (stripes != null) throw new IllegalStateException("the shared pool belongs to nobody");
        lock.lock();
        try {
            if (closed) throw closedPool(); // a pool has no owner once closed: what goes home must be unmapped
            own(Thread.currentThread());
        } finally {
            lock.unlock();
        }
    }

    /** With the lock. */
    private void own(final @Nullable Thread thread) {
        owner = thread;
        express = poison || recalled ? null : thread;
    }

    /**
     * Tells whether {@link #close()} was called.
     *
     * @return true from the call on.
     */
    public boolean isClosed() {
        return closed;
    }

    @Override
    public int preferredCapacity() {
        return SizeClasses.LARGEST;
    }

    // ---- taking ----

    /**
     * {@inheritDoc}
     *
     * <p>At the limit idle slabs of other sizes are unmapped to make room, then a larger segment is lent, and only then is
     * the take refused. What the owner has at hand (at most 2 MiB a class) another thread cannot get: it is refused, and
     * the owner's next take, recycle or trim puts that into everybody's reach.
     *
     * @throws MemoryLimitException if the limit forbids, or the system gives no more; nothing has changed.
     * @throws IllegalStateException if the pool is closed; or, in poison mode, if somebody wrote to the segment after its
     *     last release: the message names its last owner. Then the segment is home again, and clean.
     */
    @Override
    public Segment take(final int minCapacity) {
        if (Thread.currentThread() == express && Integer.compareUnsigned(minCapacity, SizeClasses.LARGEST) <= 0) {
            final Magazine magazine = magazines[SizeClasses.indexFor(minCapacity)];
            if (magazine.size() > 0) return lend(magazine.pop(), magazine);
        }
        return takeSlowly(minCapacity);
    }

    private Segment lend(final Segment segment, final TakeCounter counter) {
        segment.lentNanos = nowNanos;
        if (counter.countTake()) remember(segment, counter);
        return segment.lend();
    }

    private void remember(final Segment segment, final TakeCounter counter) {
        counter.sampled();
        try {
            segment.birth = new Birth(segment.generation(), readClock());
        } catch (final OutOfMemoryError e) { // then without: nobody may lose a segment over this
            segment.birth = null;
        }
    }

    private Segment takeSlowly(final int minCapacity) {
        if (minCapacity < 0) throw new IllegalArgumentException("negative capacity: " + minCapacity);
        if (closed) throw closedPool();
        if (minCapacity > SizeClasses.LARGEST) return takeLarge(minCapacity);
        final int sizeClass = SizeClasses.indexFor(minCapacity);
        if (isOwnersThread()) return takeAsOwner(sizeClass);
        if (stripes == null) return takeAsGuest(sizeClass);
        final Segment segment = stripes.takeOrNull(sizeClass);
        return segment != null ? segment : takeAsOneOfAll(sizeClass, stripes);
    }

    private boolean isOwnersThread() {
        return Thread.currentThread() == owner;
    }

    private Segment takeAsOwner(final int sizeClass) {
        if (recalled) answerRecall();
        if (!returned.isEmpty()) collectReturned();
        final Magazine magazine = magazines[sizeClass];
        Segment segment = magazine.popOrNull();
        if (segment == null) {
            lock.lock();
            try {
                if (closed) throw closedPool();
                store.refill(magazine);
                segment = magazine.popOrNull();
                if (segment == null) segment = growAsOwner(magazine);
            } finally {
                lock.unlock();
            }
        }
        return lendChecked(segment, magazine);
    }

    private Segment growAsOwner(final Magazine magazine) {
        Segment segment = store.cut(magazine.sizeClass);
        if (segment == null) {
            sendHome(magazines);
            segment = store.scrape(magazine.sizeClass);
            if (segment == null) throw refuse(SizeClasses.size(magazine.sizeClass));
        }
        magazine.grew();
        return segment;
    }

    private Segment takeAsGuest(final int sizeClass) {
        lock.lock();
        try {
            final Segment segment = takeFromStore(sizeClass);
            if (segment == null) {
                recall();
                throw refuse(SizeClasses.size(sizeClass));
            }
            return lendChecked(segment, guests);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Makes the owner's next take or recycle go the long way, on which it sends home what it has at hand: a guest cannot
     * reach that, as the owner's short way asks nobody. With the lock.
     */
    private void recall() {
        recalled = true;
        express = null;
    }

    private void answerRecall() {
        lock.lock();
        try {
            recalled = false;
            own(owner);
            sendHome(magazines);
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Segment takeFromStore(final int sizeClass) {
        if (closed) throw closedPool();
        collectReturnedToStore();
        Segment segment = store.takeFree(sizeClass);
        if (segment == null) {
            guests.grew();
            segment = store.cut(sizeClass);
        }
        return segment != null ? segment : store.scrape(sizeClass);
    }

    /** Fills up a magazine of a stripe that the caller is in. */
    void refill(final Magazine magazine) {
        lock.lock();
        try {
            collectReturnedToStore();
            store.refill(magazine);
        } finally {
            lock.unlock();
        }
    }

    private Segment takeAsOneOfAll(final int sizeClass, final Stripes all) {
        for (boolean again = false; ; again = true) {
            lock.lock();
            try {
                final Segment segment = takeFromStore(sizeClass);
                if (segment != null) return lendChecked(segment, guests);
                if (again) throw refuse(SizeClasses.size(sizeClass));
            } finally {
                lock.unlock();
                wakeSweeper();
            }
            all.sendHome(); // no room: what the stripes have at hand may make some
        }
    }

    private Segment takeLarge(final int minCapacity) {
        final long bytes = (minCapacity + (SlabMemory.PAGE - 1L)) & -SlabMemory.PAGE;
        if (bytes <= Integer.MAX_VALUE) {
            for (boolean again = stripes == null; ; again = true) {
                lock.lock();
                try {
                    if (closed) throw closedPool();
                    Segment segment = store.takeLarge((int) bytes);
                    if (segment == null) {
                        if (isOwnersThread()) sendHome(magazines);
                        collectReturnedToStore();
                        segment = store.scrapeLarge((int) bytes);
                    }
                    if (segment != null) return lendChecked(segment, guests);
                    if (again) {
                        if (stripes == null && !isOwnersThread()) recall();
                        throw refuse(bytes);
                    }
                } finally {
                    lock.unlock();
                    wakeSweeper();
                }
                Objects.requireNonNull(stripes).sendHome();
            }
        }
        lock.lock();
        try {
            throw refuse(bytes);
        } finally {
            lock.unlock();
        }
    }

    private void wakeSweeper() {
        if (sweeper != null) sweeper.wake();
    }

    /** The thread that last trimmed this pool of the shared kind, for tests; null if none did. */
    @Nullable
    Thread sweeperThread() {
        return sweeper == null ? null : sweeper.thread();
    }

    /** Lends a segment that came another way than the shortest. */
    Segment lendChecked(final Segment segment, final TakeCounter counter) {
        final IllegalStateException written = segment.poisoned ? Poison.check(segment) : null;
        if (written != null) {
            recycleSlowly(segment);
            throw written;
        }
        return lend(segment, counter);
    }

    // ---- recycling ----

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the segment was not lent by this pool.
     */
    @Override
    public void recycle(final Segment segment) {
        final Magazine magazine = segment.magazine;
        if (magazine == null || magazine.pool != this || Thread.currentThread() != express || !magazine.push(segment)) {
            recycleSlowly(segment);
        }
    }

    private void recycleSlowly(final Segment segment) {
        final Slab slab = segment.slab;
        if (slab == null || slab.pool != this) {
            throw new IllegalArgumentException("not a segment of pool '" + name + "': " + segment);
        }
        if (poison) Poison.fill(segment);
        if (slab.sizeClass == SlabStore.LARGE) {
            putHome(segment);
        } else if (isOwnersThread()) {
            recycleInto(magazines[slab.sizeClass], segment);
            if (recalled) answerRecall();
        } else if (stripes == null || !stripes.recycle(segment, slab.sizeClass)) {
            recycleAsGuest(segment);
        }
    }

    private void putHome(final Segment segment) {
        lock.lock();
        try {
            store.putHome(segment);
        } finally {
            lock.unlock();
        }
    }

    /** Pushes to a magazine that the caller may use, making room if need be. */
    void recycleInto(final Magazine magazine, final Segment segment) {
        if (magazine.push(segment)) return;
        lock.lock();
        try {
            store.putHome(magazine, magazine.capacity() / 2);
        } finally {
            lock.unlock();
        }
        magazine.push(segment);
    }

    private void recycleAsGuest(final Segment segment) {
        returned.push(segment);
        // A full fence: either we see the pool closed, or close() sees the segment.
        VarHandle.fullFence();
        if (closed) unmapReturned();
    }

    /** Moves what other threads sent home into the owner's magazines; once one is full, the rest into the slabs. */
    private void collectReturned() {
        Segment segment = returned.takeAll();
        while (segment != null && magazineOf(segment).push(segment)) {
            final Segment next = segment.next; // ours alone until we take it from the magazine
            segment.next = null;
            segment = next;
        }
        if (segment == null) return;
        lock.lock();
        try {
            putAllHome(segment);
        } finally {
            lock.unlock();
        }
    }

    /** Moves what other threads sent home into its slabs. With the lock. */
    private void collectReturnedToStore() {
        putAllHome(returned.takeAll());
    }

    private void putAllHome(final @Nullable Segment first) {
        Segment segment = first;
        while (segment != null) {
            final Segment next = segment.next;
            segment.next = null;
            store.putHome(segment);
            segment = next;
        }
    }

    private static Magazine magazineOf(final Segment segment) {
        return Objects.requireNonNull(segment.magazine);
    }

    /** The owner's magazine for a class. */
    Magazine magazine(final int sizeClass) {
        return magazines[sizeClass];
    }

    /** Sends home all that some magazines have at hand. */
    void sendHome(final Magazine[] some) {
        lock.lock();
        try {
            for (final Magazine magazine : some) store.putHome(magazine, magazine.size());
        } finally {
            lock.unlock();
        }
    }

    // ---- sharers ----

    /** Lets a slab keep more sharers than it has for itself: as many as it wants, or as are left. */
    int grantSharers(final int wanted) {
        lock.lock();
        try {
            final int granted = Math.min(wanted, MOST_GRANTED_SHARERS - grantedSharers);
            grantedSharers += granted;
            return granted;
        } finally {
            lock.unlock();
        }
    }

    void grantedBack(final int granted) {
        lock.lock();
        try {
            grantedSharers -= granted;
        } finally {
            lock.unlock();
        }
    }

    // ---- time and giving back ----

    /**
     * Tells the pool the time, which it never asks for on its short ways: ages and idle times are as exact as the calls
     * of this method and {@link #trim(long)} are dense. A reactor calls it once a turn.
     *
     * <p><b>Cost:</b> one store. <b>Threads:</b> the owner's.
     *
     * @param nanos the time on the clock that was given to the builder, by default {@link System#nanoTime()}.
     */
    public void advance(final long nanos) {
        nowNanos = nanos;
    }

    long nowNanos() {
        return nowNanos;
    }

    /** Asks the clock, where that costs nothing compared with what is done. */
    long readClock() {
        final long now = clock.getAsLong();
        nowNanos = now;
        return now;
    }

    /**
     * Gives slabs and dedicated mappings back to the system that have been idle for the idle age, as long as at least the
     * floor stays mapped. Idle time counts from the last time the pool was told before the slab's last segment came home.
     *
     * <p><b>Cost:</b> while no more than the floor is mapped, a lock. Otherwise O(slabs), some nanoseconds for each
     * segment that the owner has at hand, as those go home to be counted, and a system call for each slab that goes.
     * <p><b>Threads:</b> the owner's. From another thread what the owner has at hand keeps its slabs. The shared pool is
     * trimmed by its own thread and may be by any other.
     *
     * @param nanos the time, as for {@link #advance(long)}.
     * @return the bytes given back.
     */
    public long trim(final long nanos) {
        long bytes = 0;
        // First all goes home at the old time: it was in use no later than that, or the pool was not told.
        if (stripes != null) stripes.sendHome();
        lock.lock();
        try {
            if (store.bytesMapped() > floor || recalled) {
                if (isOwnersThread()) answerRecall();
                collectReturnedToStore();
                store.sort();
            }
            nowNanos = nanos;
            bytes = store.trim(nanos, idleAgeNanos, floor);
            if (bytes > 0) MemoryEvents.trimmed(name, bytes, store.bytesMapped());
        } finally {
            lock.unlock();
        }
        return bytes;
    }

    /**
     * {@link #trim(long)} at the time of the pool's own clock, for who has no other.
     *
     * @return the bytes given back.
     */
    public long trim() {
        return trim(clock.getAsLong());
    }

    /**
     * Tells whether more is mapped than the floor asks for, so that {@link #trim(long)} has something to give back, now or
     * once it is idle. Who sweeps may stop while the answer is no: it can change only by a take.
     *
     * <p><b>Cost:</b> a lock and, above the floor, a look at some slabs.
     *
     * @return true if a slab is mapped that could go without falling below the floor.
     */
    public boolean hasExcess() {
        lock.lock();
        try {
            return store.hasExcess(floor);
        } finally {
            lock.unlock();
        }
    }

    /**
     * How long an idle slab is kept. A sweep every quarter of it is dense enough.
     *
     * @return nanoseconds, 0 or more.
     */
    public long idleAgeNanos() {
        return idleAgeNanos;
    }

    // ---- looking ----

    /**
     * Fills a snapshot of the counters.
     *
     * <p><b>Cost:</b> a lock and some additions, no allocation.
     *
     * @param into overwritten; reuse it.
     */
    public void stats(final PoolStats into) {
        lock.lock();
        try {
            collectReturnedToStore();
            store.stats(into);
            long taken = guests.taken();
            long home = 0;
            long bytesHome = 0;
            for (final Magazine magazine : magazines) {
                final int size = magazine.size() + (stripes == null ? 0 : stripes.size(magazine.sizeClass));
                home += size;
                bytesHome += (long) size * SizeClasses.size(magazine.sizeClass);
                taken += magazine.taken();
            }
            if (stripes != null) taken += stripes.taken();
            into.floor = floor;
            into.segmentsInUse = Math.max(0, into.segmentsInUse - home); // others may move segments while we add up
            into.bytesInUse = Math.max(0, into.bytesInUse - bytesHome);
            into.taken = taken;
            into.refused = refused;
        } finally {
            lock.unlock();
        }
    }

    /**
     * A new snapshot of the counters.
     *
     * @return exact while no other thread takes or returns.
     */
    public PoolStats stats() {
        final PoolStats stats = new PoolStats();
        stats(stats);
        return stats;
    }

    /**
     * Names every segment that somebody holds.
     *
     * <p><b>Cost:</b> a walk over all segments of the pool.
     *
     * @return an entry a segment, oldest slabs first in each size. Exact while no other thread takes or returns; otherwise
     *     an entry may mix two lendings of one segment.
     */
    public List<LiveSegment> liveSegments() {
        final List<LiveSegment> live = new ArrayList<>();
        final long now = readClock();
        lock.lock();
        try {
            store.forEachSegment((slab, place, segment) -> {
                final int holders = segment.refCount();
                if (holders > 0) live.add(LiveSegment.of(slab, place, segment, holders, now));
            });
        } finally {
            lock.unlock();
        }
        return live;
    }

    /** Checks what the class comments promise. O(segments). Returns true, to be called as {@code assert}. */
    boolean checkInvariants() {
        lock.lock();
        try {
            store.checkInvariants();
        } finally {
            lock.unlock();
        }
        return true;
    }

    // ---- closing ----

    /**
     * Refuses all takes from now on and gives each slab back to the system as its last segment comes home, never before:
     * buffers that still hold segments go on working. Live segments are named in one log line. A second call does nothing.
     *
     * <p><b>Threads:</b> the owner's thread, or any other once the owner uses the pool no more.
     *
     * @throws IllegalStateException if this is the shared pool.
     */
    @Override
    public void close() {
        if (stripes != null) throw new IllegalStateException("the shared pool is everybody's and stays open");
        final List<LiveSegment> live;
        lock.lock();
        try {
            if (closed) return;
            own(null); // from here on every release comes through the stack of returned segments
            sendHome(magazines);
            closed = true;
            VarHandle.fullFence(); // Partner: the fence in recycleAsGuest.
            collectReturnedToStore();
            store.unmapIdle();
            live = liveSegments();
        } finally {
            lock.unlock();
        }
        if (!live.isEmpty()) LOG.log(Level.WARNING, () -> LiveSegment.report(name, live));
    }

    private void unmapReturned() {
        lock.lock();
        try {
            collectReturnedToStore();
        } finally {
            lock.unlock();
        }
    }

    private IllegalStateException closedPool() {
        return new IllegalStateException("pool '" + name + "' is closed");
    }

    private MemoryLimitException refuse(final long bytes) {
        refused++;
        final long mapped = store.bytesMapped();
        MemoryEvents.limitHit(name, bytes, mapped, limit);
        final String message = "pool '" + name + "' has no room for " + bytes + " bytes: " + mapped
                + " bytes are mapped, the limit is " + limit;
        final MemoryLimitException cause = store.refusal();
        return cause == null
                ? new MemoryLimitException(message)
                : new MemoryLimitException(message + ", " + cause.getMessage(), cause);
    }

    @Override
    public String toString() {
        return "SlabPool['" + name + "', " + stats() + "]";
    }

    /** Describes a {@link SlabPool}. */
    public static final class Builder {
        private static final String TRACKING_PROPERTY = "io.evbuffer.leakTracking";
        private static final String POISON_PROPERTY = "io.evbuffer.poison";

        private String name = "pool";
        private long limit = DefaultLimit.bytes();
        private long floor = DEFAULT_FLOOR;
        private long idleAgeNanos = DEFAULT_IDLE_SECONDS * 1_000_000_000L;
        private int slabSize = DEFAULT_SLAB_SIZE;
        private LeakTracking leakTracking = LeakTracking.valueOf(
                System.getProperty(TRACKING_PROPERTY, "SAMPLED").toUpperCase(Locale.ROOT));
        private boolean poison = Boolean.getBoolean(POISON_PROPERTY);
        private LongSupplier clock = System::nanoTime;

        private Builder() {}

        /**
         * Names the pool in messages.
         *
         * @param name any text.
         * @return this builder.
         */
        public Builder name(final String name) {
            this.name = Objects.requireNonNull(name, "name");
            return this;
        }

        /**
         * Sets the hard cap on the bytes mapped. A take that would exceed it throws {@link MemoryLimitException}, once
         * there is nothing left that could be unmapped or lent in its stead.
         *
         * <p>A slab holds segments of one size: while one of it is lent, no other size can be cut from that slab. So a limit
         * that small and large requests are to share should have room for several slabs; {@link #slabSize} makes them smaller.
         *
         * <p>By default a pool may map as much as the JVM allows direct buffers: {@code -XX:MaxDirectMemorySize}, and
         * without that option as much as the heap may grow to. So a length gone wrong meets an exception and not the
         * system's memory. The system property {@code io.evbuffer.poolLimit} (bytes, or with a suffix k, m or g) sets
         * another default, also for the shared pool; on the module path it is the only way but this method, as the JVM's
         * option cannot be asked for there.
         *
         * @param bytes 1 or more; {@code Long.MAX_VALUE} for no limit.
         * @return this builder.
         * @throws IllegalArgumentException if {@code bytes} is not positive.
         */
        public Builder limit(final long bytes) {
            if (bytes < 1) throw new IllegalArgumentException("limit must be positive: " + bytes);
            limit = bytes;
            return this;
        }

        /**
         * Sets what stays mapped however long nobody takes a segment. As slabs go whole, up to one slab more may stay.
         *
         * @param bytes 0 or more; by default {@value SlabPool#DEFAULT_FLOOR}.
         * @return this builder.
         * @throws IllegalArgumentException if {@code bytes} is negative.
         */
        public Builder floor(final long bytes) {
            if (bytes < 0) throw new IllegalArgumentException("floor must not be negative: " + bytes);
            floor = bytes;
            return this;
        }

        /**
         * Sets how long an idle slab is kept for the next burst.
         *
         * @param age 0 or more; by default {@value SlabPool#DEFAULT_IDLE_SECONDS} seconds.
         * @return this builder.
         * @throws IllegalArgumentException if {@code age} is negative.
         * @throws ArithmeticException if {@code age} is above 292 years.
         */
        public Builder idleAge(final Duration age) {
            if (age.isNegative()) throw new IllegalArgumentException("idle age must not be negative: " + age);
            idleAgeNanos = age.toNanos();
            return this;
        }

        /**
         * Sets the size of a slab. Near the limit smaller slabs are mapped.
         *
         * @param bytes a power of two from 64 KiB to 1 GiB.
         * @return this builder.
         * @throws IllegalArgumentException if {@code bytes} is none.
         */
        public Builder slabSize(final int bytes) {
            if (Integer.bitCount(bytes) != 1 || bytes < SizeClasses.LARGEST || bytes > 1 << 30) {
                throw new IllegalArgumentException("slab size must be a power of two from 64 KiB to 1 GiB: " + bytes);
            }
            slabSize = bytes;
            return this;
        }

        /**
         * Sets how much the pool remembers of each lending. The default is {@link LeakTracking#SAMPLED}, or what the
         * system property {@code io.evbuffer.leakTracking} names; that is the way to set it for the shared pool.
         *
         * @param level the level.
         * @return this builder.
         */
        public Builder leakTracking(final LeakTracking level) {
            leakTracking = Objects.requireNonNull(level, "level");
            return this;
        }

        /**
         * Makes the pool fill segments with a pattern when they come home and check it when they are lent again, so that
         * a write after the release is found. For debugging: every take and recycle costs O(capacity) then. Off by
         * default, unless the system property {@code io.evbuffer.poison} is {@code true}.
         *
         * @param on true to poison.
         * @return this builder.
         */
        public Builder poison(final boolean on) {
            poison = on;
            return this;
        }

        /**
         * Sets where the pool reads the time when it has to (it maps or cuts, samples a birth site, or is asked for live
         * segments).
         *
         * @param nanos a clock in nanoseconds that may be read by any thread; by default {@link System#nanoTime()}.
         * @return this builder.
         */
        public Builder clock(final LongSupplier nanos) {
            clock = Objects.requireNonNull(nanos, "nanos");
            return this;
        }

        /**
         * Makes the pool; it belongs to the calling thread.
         *
         * @return a new pool.
         * @throws IllegalStateException if the JVM lacks the flag that Agrona needs; the message names it.
         */
        public SlabPool build() {
            return new SlabPool(this, false);
        }

        /** Makes a pool of the shared kind: no owner, stripes, a sweeper. */
        SlabPool buildForAll() {
            return new SlabPool(this, true);
        }
    }
}
