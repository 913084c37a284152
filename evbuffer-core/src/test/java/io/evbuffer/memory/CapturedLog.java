package io.evbuffer.memory;

import java.text.MessageFormat;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What one class logs while this is open. */
final class CapturedLog implements AutoCloseable {
    private final Logger logger; // held, or the logging system forgets it and the handler with it
    private final Lines lines = new Lines();

    CapturedLog(final Class<?> of) {
        logger = Logger.getLogger(of.getName());
        logger.addHandler(lines);
        logger.setUseParentHandlers(false);
    }

    List<String> lines() {
        return lines.texts;
    }

    @Override
    public void close() {
        logger.removeHandler(lines);
        logger.setUseParentHandlers(true);
    }

    private static final class Lines extends Handler {
        final List<String> texts = Collections.synchronizedList(new ArrayList<>());

        @Override
        public void publish(final LogRecord entry) {
            final String text = entry.getMessage();
            texts.add(entry.getParameters() == null ? text : MessageFormat.format(text, entry.getParameters()));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
