package io.evbuffer.event;

import io.evbuffer.event.backend.Backend;
import io.evbuffer.event.backend.BackendProvider;
import io.evbuffer.event.backend.Backends;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds the backend of a new base: the first one in order that is neither avoided nor switched off, has what is required,
 * and opens.
 */
record BackendChoice(String method, Backend backend) {
    private static final Logger LOG = System.getLogger(EventBase.class.getName());
    private static final String FORCED = "EVBUFFER_BACKEND";
    private static final String SHOW_METHOD = "EVENT_SHOW_METHOD";
    private static final int MOST_LOGGED = 100;
    private static final Set<String> LOGGED = ConcurrentHashMap.newKeySet();

    /** Opens a backend, or throws with the reason of each one that was not taken. */
    static BackendChoice open(final EventConfig config) {
        final String forced = config.has(EventConfig.IGNORE_ENV) ? null : environment(FORCED);
        final List<String> reasons = new ArrayList<>();
        BackendChoice choice = null;
        for (final BackendProvider provider : candidates(config)) {
            if (forced != null && !provider.name().equals(forced)) continue;
            choice = tryOpen(provider, config, forced != null, reasons);
            if (choice != null) break;
        }
        if (choice == null) throw new EventException(nothingFits(forced, reasons));
        if (environment(SHOW_METHOD) != null) LOG.log(Level.INFO, "event base uses: {0}", choice.method);
        return choice;
    }

    private static List<BackendProvider> candidates(final EventConfig config) {
        final List<BackendProvider> all = new ArrayList<>(Backends.all());
        final BackendProvider extra = config.backend();
        if (extra != null) all.add(0, extra);
        return all;
    }

    private static @Nullable BackendChoice tryOpen(
            final BackendProvider provider,
            final EventConfig config,
            final boolean forced,
            final List<String> reasons) {
        final String name = provider.name();
        final String reason = refusal(provider, config, forced);
        if (reason != null) {
            reasons.add(name + " " + reason);
            return null;
        }
        try {
            return new BackendChoice(name, provider.open(config));
        } catch (final IOException | RuntimeException e) {
            reasons.add(name + " cannot be opened: " + e.getMessage());
            if (!forced) logOnce(name + " cannot be used: " + e.getMessage());
            return null;
        }
    }

    /** Many bases may be opened, and all hear the same. */
    private static void logOnce(final String line) {
        if (LOGGED.size() < MOST_LOGGED && LOGGED.add(line)) LOG.log(Level.INFO, line);
    }

    private static @Nullable String refusal(
            final BackendProvider provider, final EventConfig config, final boolean forced) {
        final String name = provider.name();
        final String off = "EVENT_NO" + name.toUpperCase(Locale.ROOT);
        final int missing = config.requiredFeatures() & ~provider.features();
        if (missing != 0) return "lacks the features 0x" + Integer.toHexString(missing);
        if (config.avoids(name)) return "is avoided";
        if (!forced && !config.has(EventConfig.IGNORE_ENV) && environment(off) != null)
            return "is switched off by " + off;
        return null;
    }

    private static String nothingFits(final @Nullable String forced, final List<String> reasons) {
        if (forced != null && reasons.isEmpty())
            return "there is no backend '" + forced + "', which " + FORCED + " forces";
        final String what = forced == null ? "no backend fits: " : FORCED + " forces a backend that does not fit: ";
        return what + String.join("; ", reasons);
    }

    /** A switch is a system property or a variable of the environment. */
    private static @Nullable String environment(final String name) {
        final String property = System.getProperty(name);
        return property != null ? property : System.getenv(name);
    }
}
