package io.evbuffer.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import io.evbuffer.EvBuffer;
import io.evbuffer.testing.LeakExtension;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** The extension is run on tests that leak and tests that do not, by a launcher of its own. */
class LeakExtensionTest {
    private static final List<Segment> LEAKED = new ArrayList<>();
    private static final List<SlabPool> POOLS = new ArrayList<>();
    private static boolean failuresWanted;

    @AfterEach
    void whatTheExamplesLeakedIsGivenBack() {
        LEAKED.forEach(Segment::release);
        LEAKED.clear();
        for (final SlabPool pool : POOLS)
            assertThat(pool.stats().segmentsInUse()).isZero();
        POOLS.clear();
    }

    /** What users write. Found by a tool and run by itself, it does no harm. */
    @ExtendWith(LeakExtension.class)
    static class Example {
        @BeforeEach
        void thePoolIsTheSameForAllMethodsOfATest(final SlabPool pool) {
            POOLS.add(pool);
        }

        @Test
        void clean(final SlabPool pool) {
            assertThat(POOLS).endsWith(pool);
            try (EvBuffer buffer = new EvBuffer(pool)) {
                buffer.add(new byte[100_000]);
            }
        }

        @Test
        void leaky(final SlabPool pool) {
            leak(pool);
        }

        @Test
        void leakyOnTheSharedPool() {
            leak(SlabPool.shared());
        }

        @Test
        void failed() {
            if (failuresWanted) throw new IllegalStateException("its own failure");
        }
    }

    /** The same on a pool of the test's own. */
    static class OwnPool {
        private final SlabPool pool = SlabPool.builder().name("own").build();
        private final Segment early = pool.take(1);

        @RegisterExtension
        final LeakExtension leaks = LeakExtension.watching(pool);

        @AfterEach
        void givesBackWhatTheTestDidNotTake() {
            early.release();
            POOLS.add(pool);
        }

        @Test
        void clean() {
            pool.take(1).release();
        }

        @Test
        void leaky() {
            leak(pool);
        }
    }

    private static void leak(final SlabPool pool) {
        final Segment segment = pool.take(5000);
        segment.owner("connection 5");
        if (failuresWanted) {
            LEAKED.add(segment);
        } else {
            segment.release();
        }
    }

    /** Runs one example; what failed it, or null. */
    private static Optional<Throwable> failureOf(final Class<?> type, final String method, final String parameters) {
        final List<TestExecutionResult> results = new ArrayList<>();
        failuresWanted = true;
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(selectMethod(type, method, parameters))
                                .configurationParameter("junit.jupiter.execution.parallel.enabled", "false")
                                .build(),
                        new TestExecutionListener() {
                            @Override
                            public void executionFinished(final TestIdentifier test, final TestExecutionResult result) {
                                if (test.isTest()) results.add(result);
                            }
                        });
        failuresWanted = false;
        assertThat(results).hasSize(1);
        return results.get(0).getThrowable();
    }

    @Test
    void aTestThatGivesAllBackPasses() {
        assertThat(failureOf(Example.class, "clean", SlabPool.class.getName())).isEmpty();
        assertThat(POOLS.get(0).isClosed()).isTrue();
        assertThat(failureOf(OwnPool.class, "clean", "")).isEmpty();
        assertThat(POOLS.get(1).isClosed()).isFalse();
        POOLS.get(1).close();
    }

    @Test
    void aTestThatLeaksFailsAndTheSegmentIsNamedWithItsBirthSite() {
        try (CapturedLog log = new CapturedLog(SlabPool.class)) {
            assertThat(failureOf(Example.class, "leaky", SlabPool.class.getName())
                            .orElseThrow())
                    .isInstanceOf(AssertionError.class)
                    .hasMessageStartingWith("segments leaked:\npool 'leaky(SlabPool)', slab 0 segment 0: 8192 bytes")
                    .hasMessageContaining("of 'connection 5'")
                    .hasMessageContaining("at io.evbuffer.memory.LeakExtensionTest.leak(");
            assertThat(log.lines())
                    .as("the close of the test's pool reports it, too")
                    .hasSize(1);
        }
    }

    @Test
    void aLeakInTheSharedPoolFailsTheTestThatMadeItAndNoLaterOne() {
        assertThat(failureOf(Example.class, "leakyOnTheSharedPool", "").orElseThrow())
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("pool 'shared'")
                .hasMessageContaining("of 'connection 5'");
        assertThat(failureOf(Example.class, "clean", SlabPool.class.getName())).isEmpty();
    }

    @Test
    void aLeakInAWatchedPoolFailsTheTestButNotForWhatWasOutBefore() {
        assertThat(failureOf(OwnPool.class, "leaky", "").orElseThrow())
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("pool 'own', slab 1 segment 0: 8192 bytes")
                .hasMessageNotContaining("256 bytes");
        whatTheExamplesLeakedIsGivenBackTo(POOLS.get(0));
    }

    private static void whatTheExamplesLeakedIsGivenBackTo(final SlabPool pool) {
        LEAKED.forEach(Segment::release);
        LEAKED.clear();
        pool.close();
        assertThat(pool.stats().bytesMapped()).isZero();
    }

    @Test
    void aTestThatFailsByItselfKeepsItsOwnFailure() {
        assertThat(failureOf(Example.class, "failed", "").orElseThrow()).hasMessage("its own failure");
    }
}
