package io.evbuffer.perf.compare;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The numbers of one workload.
 *
 * <p>Peers are the contenders that are not ours: neither {@code evbuffer} nor ours in another form, {@code evbuffer-nio} for
 * example. Floors are no peers: they do less, and only show what the machine allows.
 *
 * @param name the workload, without its parameters.
 * @param parameters name and value, by name.
 * @param unit of the numbers.
 * @param contenders by name, ours first.
 * @param floors by name.
 * @param failures what went wrong with those that have no numbers, by name; empty if nothing did.
 */
public record Row(
        String name,
        Map<String, String> parameters,
        String unit,
        Map<String, Score> contenders,
        Map<String, Score> floors,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, String> failures) {
    /** What is ours in another form begins so. */
    private static final String OUR_FORM = Workload.OURS + "-";

    /** Sorts the maps; failures that a file does not have are none. */
    public Row {
        parameters = Collections.unmodifiableMap(new TreeMap<>(parameters));
        contenders = oursFirst(contenders);
        floors = Collections.unmodifiableMap(new TreeMap<>(floors));
        failures = failures == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(failures));
    }

    /**
     * A workload in which nothing failed.
     *
     * @param name the workload, without its parameters.
     * @param parameters name and value, by name.
     * @param unit of the numbers.
     * @param contenders by name, ours first.
     * @param floors by name.
     */
    public Row(
            final String name,
            final Map<String, String> parameters,
            final String unit,
            final Map<String, Score> contenders,
            final Map<String, Score> floors) {
        this(name, parameters, unit, contenders, floors, Map.of());
    }

    private static Map<String, Score> oursFirst(final Map<String, Score> scores) {
        final Map<String, Score> sorted = new LinkedHashMap<>();
        scores.entrySet().stream()
                .sorted(Map.Entry.comparingByKey(Workload.OURS_FIRST))
                .forEach(score -> sorted.put(score.getKey(), score.getValue()));
        return Collections.unmodifiableMap(sorted);
    }

    /**
     * Name and parameters.
     *
     * @return as people say it: {@code append, length 16}.
     */
    public String title() {
        return parameters.entrySet().stream()
                .map(parameter -> ", " + parameter.getKey() + " " + parameter.getValue())
                .collect(Collectors.joining("", name, ""));
    }

    /**
     * Whether a contender is ours, in any form.
     *
     * @param contender its name.
     * @return true for {@code evbuffer} and {@code evbuffer-nio}.
     */
    public static boolean isOurs(final String contender) {
        return contender.equals(Workload.OURS) || contender.startsWith(OUR_FORM);
    }

    /**
     * The peer with the lowest median.
     *
     * @return its name; empty if there is no peer.
     */
    public Optional<String> bestPeer() {
        return best().map(Map.Entry::getKey);
    }

    private Optional<Map.Entry<String, Score>> best() {
        return contenders.entrySet().stream()
                .filter(contender -> !isOurs(contender.getKey()))
                .min(Comparator.comparingDouble(
                        contender -> contender.getValue().median()));
    }

    /**
     * Ours to the best peer's.
     *
     * @return above 1 if we lose; empty if either is missing.
     */
    public OptionalDouble ratio() {
        return best().map(peer -> to(peer.getValue().median())).orElse(OptionalDouble.empty());
    }

    /**
     * Ours to the lowest floor's.
     *
     * @return empty if either is missing.
     */
    public OptionalDouble toFloor() {
        final OptionalDouble least =
                floors.values().stream().mapToDouble(Score::median).min();
        return least.isPresent() ? to(least.getAsDouble()) : least;
    }

    private OptionalDouble to(final double other) {
        final Score ours = contenders.get(Workload.OURS);
        return ours == null ? OptionalDouble.empty() : OptionalDouble.of(ours.median() / other);
    }

    /**
     * Whether a peer is better.
     *
     * @return false if it is as good, or missing.
     */
    @JsonIgnore
    public boolean isLost() {
        return ratio().orElse(0) > 1;
    }
}
