package io.evbuffer.bufferevent;

/** Spells a set of bits for messages. */
final class BitNames {
    private BitNames() {}

    /**
     * Joins the names of the bits that are set, lowest first: {@code READ|WRITE}.
     *
     * @param bits  the set.
     * @param names the name of each bit, by its number.
     */
    static String join(final int bits, final String... names) {
        final StringBuilder text = new StringBuilder();
        for (int bit = 0; bit < names.length; bit++) {
            if ((bits & (1 << bit)) != 0) {
                text.append(text.isEmpty() ? "" : "|").append(names[bit]);
            }
        }
        return text.isEmpty() ? "NONE" : text.toString();
    }
}
