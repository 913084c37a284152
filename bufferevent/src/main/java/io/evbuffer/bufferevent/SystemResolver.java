package io.evbuffer.bufferevent;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;

/** Asks the Java platform, which may block for long and cannot be stopped: so each lookup has a thread of its own. */
final class SystemResolver implements HostResolver {
    static final SystemResolver INSTANCE = new SystemResolver();

    private static final Lookup CANNOT_BE_STOPPED = () -> {};

    private SystemResolver() {}

    @Override
    public Lookup resolve(final String host, final HostHints hints, final Answer answer) {
        Thread.ofVirtual().name("lookup of " + host).start(() -> ask(host, answer));
        return CANNOT_BE_STOPPED;
    }

    private static void ask(final String host, final Answer answer) {
        try {
            answer.found(List.of(InetAddress.getAllByName(host)));
        } catch (final UnknownHostException e) {
            answer.failed(errorOf(e), e);
        } catch (final RuntimeException e) {
            answer.failed(DnsError.FAILED, e);
        }
    }

    /** The platform tells what went wrong by its text alone. */
    static DnsError errorOf(final UnknownHostException failure) {
        final String text = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
        if (text.contains("temporary failure") || text.contains("try again")) {
            return DnsError.TEMPORARY;
        }
        return text.contains("no address associated") ? DnsError.NO_ADDRESS : DnsError.NO_NAME;
    }
}
