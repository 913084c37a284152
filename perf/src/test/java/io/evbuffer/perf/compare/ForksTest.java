package io.evbuffer.perf.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

class ForksTest {
    @Test
    void forksTakeOverWhatWasSaidToThisJvmButNotHowUnsafeMayBeUsed() {
        assertThat(Forks.inherited())
                .isSubsetOf(ManagementFactory.getRuntimeMXBean().getInputArguments());
        assertThat(Forks.inherited(List.of("-Xmx1g", "--sun-misc-unsafe-memory-access=allow", "-Dcc=clang")))
                .containsExactly("-Xmx1g", "-Dcc=clang");
    }
}
