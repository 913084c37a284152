package io.evbuffer.perf.report;

import java.util.Locale;

/** Numbers as people read them. */
final class Numbers {
    private static final double KILO = 1000;

    private Numbers() {}

    /** Three digits, or a whole number with its thousands apart. */
    static String text(final double number) {
        return String.format(Locale.ROOT, number >= 99.95 ? "%,.0f" : number >= 9.995 ? "%.1f" : "%.2f", number);
    }

    /** Two places, as all ratios have. */
    static String ratio(final double ratio) {
        return String.format(Locale.ROOT, "%.2f", ratio);
    }

    /** Of a second: {@code 37.5 µs}. */
    static String time(final double nanos) {
        if (nanos < KILO) return text(nanos) + " ns";
        if (nanos < KILO * KILO) return text(nanos / KILO) + " µs";
        if (nanos < KILO * KILO * KILO) return text(nanos / KILO / KILO) + " ms";
        return text(nanos / KILO / KILO / KILO) + " s";
    }
}
