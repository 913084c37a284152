package io.evbuffer.perf.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibeventPeerTest {
    @TempDir
    Path folder;

    @Test
    void withoutACompilerNothingIsMeasuredAndTheReasonSaysWhatWouldHelp() throws IOException {
        final LibeventPeer peer =
                LibeventPeer.compile(folder, folder.resolve("no-such-cc").toString());

        assertThat(peer.absence()).startsWith("no compiler '").endsWith("apt-get install gcc libevent-dev");
        assertThat(peer.workloads()).isEmpty();
        assertThat(peer.does("move")).isFalse();
    }

    @Test
    void aCompilerThatFailsIsAReasonToo() throws IOException {
        final LibeventPeer peer = LibeventPeer.compile(folder, "false");

        assertThat(peer.absence()).startsWith("the compiler failed");
        assertThat(peer.workloads()).isEmpty();
    }

    /** Either the machine has all that is needed, or the reason is told: a peer is never silently missing. */
    @Test
    void whereItCompilesItDoesWorkloadsOfOursAndNoOthers() throws IOException {
        final LibeventPeer peer = LibeventPeer.compile(folder, "gcc");

        if (peer.absence().isEmpty()) {
            assertThat(Suite.find("")).extracting(Workload::title).containsAll(peer.workloads());
            assertThat(peer.workloads()).contains("move", "append, length 4096", "random copy out");
            final Iterations rounds = new Iterations();
            rounds.addAll(peer.measure("create", 7));
            assertThat(rounds.count()).isEqualTo(7);
            assertThat(rounds.median(rounds.bestYardstick())).isPositive();
            assertThat(rounds.bestYardstick()).isPositive();
            assertThatThrownBy(() -> peer.measure("nothing", 7)).isInstanceOf(IOException.class);
            peer.close();
            assertThat(folder).isEmptyDirectory();
        } else {
            assertThat(peer.workloads()).isEmpty();
            assertThat(peer.absence()).contains("apt-get install");
        }
    }
}
