package io.evbuffer.perf.compare;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a quick comparison measures, if so many forks fit into its time.
 *
 * <p>First each benchmark class with the value in the middle of its parameters, of two the first, ours against two peers; then, as long as
 * there are forks left, one contender more of each library, the floors, the other values of the parameters, and at
 * last each library in its other ways. Nothing here is random: the same classes and forks give the same choice.
 */
final class QuickChoice {
    /** Ours and two peers: fewer say nothing. */
    private static final int LEAST = 3;

    /** The ways in which a library is at its best, most often; a library's only way is its best too. */
    private static final List<String> BEST_WAYS = List.of("nettyEpoll", "nettyAdaptiveUnsafe", "nettyPooledUnsafe");

    private final Map<Workload, List<String>> chosen = new LinkedHashMap<>();
    private int left;

    private QuickChoice(final int forks) {
        left = forks;
    }

    /**
     * Some of the workloads, each with some of its contenders, at most so many in all; the areas in turn, so that a slow machine, on
     * which time ends before the list does, has seen some of each.
     */
    static List<Workload> choose(final List<Workload> all, final int forks) {
        final List<List<Workload>> waves = waves(all);
        final QuickChoice choice = new QuickChoice(forks);
        if (!waves.isEmpty()) {
            for (final Workload workload : waves.getFirst()) choice.begin(workload, LEAST);
            for (int rank = LEAST; rank < forks; rank++) choice.addContender(rank);
            for (final List<Workload> wave : waves.subList(1, waves.size())) {
                for (final Workload workload : wave) choice.begin(workload, Integer.MAX_VALUE);
            }
            choice.addOtherWays();
        }
        return choice.chosen.entrySet().stream()
                .map(chosen -> chosen.getKey().withOnly(chosen.getValue()))
                .toList();
    }

    private void begin(final Workload workload, final int most) {
        final List<String> ranked = ranked(workload);
        final List<String> first = ranked.subList(0, Math.min(most, ranked.size()));
        if (first.size() > left) return;
        chosen.put(workload, new ArrayList<>(first));
        left -= first.size();
    }

    private void addContender(final int rank) {
        chosen.forEach((workload, contenders) -> {
            final List<String> ranked = ranked(workload);
            if (rank < ranked.size() && left > 0) {
                contenders.add(ranked.get(rank));
                left--;
            }
        });
    }

    private void addOtherWays() {
        chosen.forEach((workload, contenders) -> {
            for (final String contender : workload.contenders()) {
                if (left == 0) return;
                if (contenders.contains(contender)) continue;
                contenders.add(contender);
                left--;
            }
        });
    }

    /** Ours, one way of each peer, the floors. */
    static List<String> ranked(final Workload workload) {
        final Map<String, String> ways = new LinkedHashMap<>();
        for (final String contender : workload.contenders()) {
            ways.merge(Workload.family(contender), contender, QuickChoice::better);
        }
        return ways.values().stream()
                .sorted(Comparator.comparingInt(QuickChoice::rank))
                .toList();
    }

    private static String better(final String one, final String other) {
        return place(other) < place(one) ? other : one;
    }

    private static int place(final String contender) {
        final int place = BEST_WAYS.indexOf(contender);
        return place < 0 ? BEST_WAYS.size() : place;
    }

    private static int rank(final String contender) {
        if (contender.equals(Workload.OURS)) return 0;
        if (Workload.isFloor(contender)) return LEAST;
        return contender.equals(LibeventPeer.NAME) || place(contender) < BEST_WAYS.size() ? 1 : 2;
    }

    /** The first workload of each class, the second of each class and so on; areas in turn. */
    private static List<List<Workload>> waves(final List<Workload> all) {
        final Map<String, List<Workload>> byType = new LinkedHashMap<>();
        for (final Workload workload : all) {
            byType.computeIfAbsent(workload.type(), key -> new ArrayList<>()).add(workload);
        }
        byType.values().forEach(QuickChoice::middleFirst);
        final List<List<Workload>> waves = new ArrayList<>();
        for (int i = 0; !byType.isEmpty(); i++) {
            final int wave = i;
            byType.values().removeIf(workloads -> workloads.size() <= wave);
            if (byType.isEmpty()) break;
            waves.add(areasInTurn(byType.values().stream()
                    .map(workloads -> workloads.get(wave))
                    .toList()));
        }
        return waves;
    }

    private static void middleFirst(final List<Workload> workloads) {
        workloads.addFirst(workloads.remove((workloads.size() - 1) / 2));
    }

    private static List<Workload> areasInTurn(final List<Workload> workloads) {
        final Map<String, List<Workload>> byArea = new LinkedHashMap<>();
        for (final Workload workload : workloads) {
            byArea.computeIfAbsent(workload.area(), key -> new ArrayList<>()).add(workload);
        }
        final int most =
                byArea.values().stream().mapToInt(Collection::size).max().orElse(0);
        final List<Workload> inTurn = new ArrayList<>();
        for (int i = 0; i < most; i++) {
            for (final List<Workload> area : byArea.values()) {
                if (i < area.size()) inTurn.add(area.get(i));
            }
        }
        return inTurn;
    }
}
