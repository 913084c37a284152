package io.evbuffer.perf.server;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A command line: options with a value, and switches without one. Whatever is wrong is an {@link IllegalArgumentException} that
 * says so in words for the user.
 */
public final class Arguments {
    private static final int LAST_PORT = 65_535;

    private final Map<String, String> given = new HashMap<>();

    /**
     * Reads the words.
     *
     * @param words as they were given.
     * @param options the names of those with a value, with their dashes.
     * @param switches the names of those without.
     */
    public Arguments(final String[] words, final Set<String> options, final Set<String> switches) {
        for (int i = 0; i < words.length; i++) {
            final String name = words[i];
            final String value;
            if (switches.contains(name)) {
                value = "";
            } else if (!options.contains(name)) {
                throw new IllegalArgumentException("unknown argument '" + name + "'");
            } else if (++i == words.length) {
                throw new IllegalArgumentException(name + " needs a value");
            } else {
                value = words[i];
            }
            if (given.put(name, value) != null) throw new IllegalArgumentException(name + " is given twice");
        }
    }

    boolean has(final String name) {
        return given.containsKey(name);
    }

    /**
     * The value of an option.
     *
     * @param name with its dashes.
     * @return null if it is not given.
     */
    public @Nullable String optional(final String name) {
        return given.get(name);
    }

    /**
     * The value of an option that must be given.
     *
     * @param name with its dashes.
     * @return never null.
     */
    public String required(final String name) {
        final String value = given.get(name);
        if (value == null) throw new IllegalArgumentException(name + " is missing");
        return value;
    }

    static int port(final String value) {
        try {
            final int port = Integer.parseInt(value);
            if (port >= 0 && port <= LAST_PORT) return port;
        } catch (final NumberFormatException e) {
            // told below
        }
        throw new IllegalArgumentException("not a port: '" + value + "'");
    }

    /**
     * A whole number of at least 1.
     *
     * @param name of the option, with its dashes.
     * @param otherwise if it is not given.
     * @return the number.
     */
    public int count(final String name, final int otherwise) {
        final String value = given.get(name);
        if (value == null) return otherwise;
        try {
            final int count = Integer.parseInt(value);
            if (count >= 1) return count;
        } catch (final NumberFormatException e) {
            // told below
        }
        throw new IllegalArgumentException(name + " is no number of 1 or more: '" + value + "'");
    }

    /** A size in bytes of at least 1; the letters k, m and g multiply by powers of 1024. */
    long size(final String name, final long otherwise) {
        final String value = given.get(name);
        if (value == null) return otherwise;
        final String lower = value.toLowerCase(Locale.ROOT);
        final int power = lower.isEmpty() ? 0 : "kmg".indexOf(lower.charAt(lower.length() - 1)) + 1;
        try {
            final long number = Long.parseLong(power == 0 ? lower : lower.substring(0, lower.length() - 1));
            if (number >= 1) return Math.multiplyExact(number, 1L << (10 * power));
        } catch (final ArithmeticException | NumberFormatException e) {
            // told below
        }
        throw new IllegalArgumentException(name + " is no size: '" + value + "'");
    }
}
