package io.evbuffer.testing;

import io.evbuffer.memory.LeakTracking;
import io.evbuffer.memory.LiveSegment;
import io.evbuffer.memory.SlabPool;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * A JUnit extension that fails a test which leaves a segment out, and names it: its size, its owner tag, and the line that
 * took it.
 *
 * <p>It watches {@link SlabPool#shared()}, the pools it is told to watch, and the one it makes for a test that asks for a
 * parameter of type {@link SlabPool}: a new one for each test, closed after it, which remembers every birth site.
 *
 * <pre>{@code
 * @ExtendWith(LeakExtension.class)
 * class CodecTest {
 *     @Test
 *     void aFrameIsRead(final SlabPool pool) {
 *         try (EvBuffer buffer = new EvBuffer(pool)) {
 *             ...
 *         }
 *     } // fails if anything of this pool is still out
 * }
 *
 * class ServerTest {
 *     private final Server server = new Server();
 *
 *     @RegisterExtension
 *     final LeakExtension leaks = LeakExtension.watching(server.pool());
 * }
 * }</pre>
 *
 * <p>What was out before the test, and before its {@code @BeforeEach} methods, is not held against it. In pools that others
 * made, birth sites are known as their {@link LeakTracking} says; {@code -Dio.evbuffer.leakTracking=ALL} makes all known.
 *
 * <p>Threads: tests that run at the same time and use one pool are blamed for each other's segments; give each its own.
 */
public final class LeakExtension implements BeforeEachCallback, AfterEachCallback, ParameterResolver {
    private static final ExtensionContext.Namespace SPACE = ExtensionContext.Namespace.create(LeakExtension.class);
    private static final String WATCH = "watch";
    private static final String POOL = "pool";

    private final List<SlabPool> pools;

    /** Makes an extension that watches the shared pool, and those it makes. */
    public LeakExtension() {
        this(List.of(SlabPool.shared()));
    }

    private LeakExtension(final List<SlabPool> pools) {
        this.pools = pools;
    }

    /**
     * Makes an extension that watches pools that the test made, besides the shared one. It does not close them.
     *
     * @param pools open or closed.
     * @return to be registered with {@code @RegisterExtension}, in a field below those of the pools.
     */
    public static LeakExtension watching(final SlabPool... pools) {
        final List<SlabPool> all = new ArrayList<>(List.of(pools));
        all.add(SlabPool.shared());
        return new LeakExtension(all);
    }

    /** Called by JUnit: remembers what is out. */
    @Override
    public void beforeEach(final ExtensionContext context) {
        final List<Watch> watches = new ArrayList<>();
        for (final SlabPool pool : pools) watches.add(new Watch(pool));
        context.getStore(SPACE).put(WATCH, watches);
    }

    @Override
    public boolean supportsParameter(final ParameterContext parameter, final ExtensionContext context) {
        return parameter.getParameter().getType() == SlabPool.class
                && context.getTestMethod().isPresent();
    }

    /**
     * Called by JUnit.
     *
     * @return this test's pool, the same for all its parameters.
     */
    @Override
    public Object resolveParameter(final ParameterContext parameter, final ExtensionContext context) {
        final ExtensionContext.Store store = context.getStore(SPACE);
        final SlabPool known = store.get(POOL, SlabPool.class);
        if (known != null) return known;
        final SlabPool pool = SlabPool.builder()
                .name(context.getDisplayName())
                .leakTracking(LeakTracking.ALL)
                .build();
        store.put(POOL, pool);
        return pool;
    }

    /** Called by JUnit: fails the test if more is out than before. */
    @Override
    public void afterEach(final ExtensionContext context) {
        final ExtensionContext.Store store = context.getStore(SPACE);
        final StringBuilder leaks = new StringBuilder();
        final @Nullable List<?> watches = store.remove(WATCH, List.class);
        for (final Object watch : Objects.requireNonNull(watches)) ((Watch) watch).report(leaks);
        final @Nullable SlabPool own = store.remove(POOL, SlabPool.class);
        if (own != null) {
            report(own, own.liveSegments(), leaks);
            own.close();
        }
        if (leaks.length() > 0) throw new AssertionError("segments leaked:" + leaks);
    }

    private static void report(final SlabPool pool, final List<LiveSegment> live, final StringBuilder into) {
        for (final LiveSegment segment : live) {
            into.append("\npool '").append(pool.name()).append("', ").append(segment);
        }
    }

    /** A pool and what was out of it before the test. */
    private static final class Watch {
        private final SlabPool pool;
        private final Set<Lending> before = new HashSet<>();

        Watch(final SlabPool pool) {
            this.pool = pool;
            for (final LiveSegment segment : pool.liveSegments()) before.add(Lending.of(segment));
        }

        void report(final StringBuilder into) {
            final List<LiveSegment> live = new ArrayList<>(pool.liveSegments());
            live.removeIf(segment -> before.contains(Lending.of(segment)));
            LeakExtension.report(pool, live, into);
        }
    }

    /** What tells one lending of a pool from all others. */
    private record Lending(int slab, int place, int number) {
        static Lending of(final LiveSegment segment) {
            return new Lending(segment.slab(), segment.place(), segment.lending());
        }
    }
}
