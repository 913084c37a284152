package io.evbuffer.perf.report;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;

/**
 * Elements and text, written one after the other.
 *
 * <p>Attributes are handed over in pairs of name and value. All text is escaped, so that no name of a benchmark can break the
 * page.
 */
final class Html {
    private final StringBuilder text = new StringBuilder();
    private final Deque<String> open = new ArrayDeque<>();

    /** Begins an element. */
    Html open(final String element, final String... attributes) {
        tag(element, attributes).append('>');
        open.push(element);
        return this;
    }

    /** Ends the element that was begun last. */
    Html close() {
        text.append("</").append(open.pop()).append('>');
        return this;
    }

    /** An element without content. */
    Html empty(final String element, final String... attributes) {
        tag(element, attributes).append("/>");
        return this;
    }

    /** An element with nothing but text. */
    Html leaf(final String element, final String content, final String... attributes) {
        return open(element, attributes).text(content).close();
    }

    /** Text. */
    Html text(final String content) {
        text.append(escaped(content));
        return this;
    }

    /** What is HTML already. */
    Html raw(final String html) {
        text.append(html);
        return this;
    }

    private StringBuilder tag(final String element, final String... attributes) {
        text.append('<').append(element);
        for (int i = 0; i < attributes.length; i += 2) {
            text.append(' ')
                    .append(attributes[i])
                    .append("=\"")
                    .append(escaped(attributes[i + 1]))
                    .append('"');
        }
        return text;
    }

    private static String escaped(final String content) {
        return content.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    /** A length as SVG and CSS write it: {@code 37.5%}. */
    static String percent(final double fraction) {
        return String.format(Locale.ROOT, "%.2f%%", 100 * fraction);
    }

    /** All that was written. */
    @Override
    public String toString() {
        if (!open.isEmpty()) throw new IllegalStateException("not ended: " + open);
        return text.toString();
    }
}
