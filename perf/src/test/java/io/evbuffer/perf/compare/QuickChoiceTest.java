package io.evbuffer.perf.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class QuickChoiceTest {
    private static final List<String> CONTENDERS =
            List.of("evbuffer", "evbufferPoll", "nettyAdaptive", "nettyAdaptiveUnsafe", "nettyPooled", "nio", "okio");

    private static List<Workload> type(final String name, final String... sizes) {
        return Stream.of(sizes)
                .map(size -> new Workload(name, Map.of("size", size), CONTENDERS))
                .toList();
    }

    private static List<Workload> types() {
        final List<Workload> all = new ArrayList<>(type("a.Add", "1", "2", "3"));
        all.addAll(type("a.Move", "1", "2", "3"));
        all.addAll(type("a.Take", "1"));
        all.addAll(type("b.Ring", "1", "2"));
        return all;
    }

    private static List<String> choice(final int forks) {
        return QuickChoice.choose(types(), forks).stream()
                .map(workload -> workload.title() + " " + workload.contenders().size())
                .toList();
    }

    @Test
    void oursAndTwoPeersComeFirstThenFloorsThenTheOtherWays() {
        assertThat(QuickChoice.ranked(types().getFirst()))
                .containsExactly("evbuffer", "nettyAdaptiveUnsafe", "okio", "nio");
    }

    @Test
    void everyClassComesBeforeAFourthContenderOrAnotherSize() {
        assertThat(choice(12)).containsExactly("add, size 2 3", "ring, size 1 3", "move, size 2 3", "take, size 1 3");
        assertThat(choice(14)).containsExactly("add, size 2 4", "ring, size 1 4", "move, size 2 3", "take, size 1 3");
        assertThat(choice(20))
                .containsExactly(
                        "add, size 2 4", "ring, size 1 4", "move, size 2 4", "take, size 1 4", "add, size 1 4");
    }

    @Test
    void ifNotEvenTheClassesFitEachAreaKeepsSome() {
        assertThat(choice(6)).containsExactly("add, size 2 3", "ring, size 1 3");
        assertThat(choice(2)).isEmpty();
    }

    @Test
    void withTimeForAllAllRun() {
        assertThat(QuickChoice.choose(types(), 1000)).containsExactlyInAnyOrderElementsOf(types());
    }
}
