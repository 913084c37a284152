package io.evbuffer.perf.server;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Times as HTTP writes them: {@code Sun, 06 Nov 1994 08:49:37 GMT}. In whole seconds. */
final class HttpDate {
    private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
            .withZone(ZoneOffset.UTC);

    private HttpDate() {}

    static byte[] bytes(final long epochSecond) {
        return FORMAT.format(Instant.ofEpochSecond(epochSecond)).getBytes(US_ASCII);
    }

    /** The second meant, or {@link Long#MIN_VALUE} if this is no such time. */
    static long parse(final String text) {
        try {
            return FORMAT.parse(text, Instant::from).getEpochSecond();
        } catch (final DateTimeException e) {
            return Long.MIN_VALUE;
        }
    }
}
