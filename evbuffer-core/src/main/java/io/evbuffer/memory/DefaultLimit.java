package io.evbuffer.memory;

import java.util.Locale;

/**
 * What a pool may map at most unless its builder says otherwise.
 *
 * <p>The system property {@value #PROPERTY}, in bytes or with a suffix k, m or g. Otherwise what the JVM allows direct
 * buffers to have: {@code -XX:MaxDirectMemorySize}, by default as much as the heap may grow to. A module that Agrona's flag
 * does not name cannot ask for that option and takes the heap's size.
 */
final class DefaultLimit {
    static final String PROPERTY = "io.evbuffer.poolLimit";

    private DefaultLimit() {}

    /**
     * In bytes, 1 or more.
     *
     * @throws IllegalArgumentException if the property is no size; the message shows it.
     */
    static long bytes() {
        final String text = System.getProperty(PROPERTY);
        return text != null ? parse(text) : ofDirectMemory();
    }

    private static long parse(final String text) {
        final String size = text.strip().toLowerCase(Locale.ROOT);
        final int shift = size.endsWith("k") ? 10 : size.endsWith("m") ? 20 : size.endsWith("g") ? 30 : 0;
        try {
            final long count = Long.parseLong(shift == 0 ? size : size.substring(0, size.length() - 1));
            if (count > 0 && count <= Long.MAX_VALUE >> shift) return count << shift;
        } catch (final NumberFormatException e) {
            throw new IllegalArgumentException(refusal(text), e);
        }
        throw new IllegalArgumentException(refusal(text));
    }

    private static String refusal(final String text) {
        return "system property " + PROPERTY + " is no size in bytes, or with a suffix k, m or g: " + text;
    }

    private static long ofDirectMemory() {
        try {
            final long bytes = (long) Class.forName("jdk.internal.misc.VM")
                    .getMethod("maxDirectMemory")
                    .invoke(null);
            if (bytes > 0) return bytes;
        } catch (final ReflectiveOperationException e) {
            return Runtime.getRuntime().maxMemory();
        }
        return Runtime.getRuntime().maxMemory();
    }
}
