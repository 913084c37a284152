package io.evbuffer.bufferevent;

import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the addresses of a host name, without making the loop wait.
 *
 * <p>Threads: {@link #resolve} is called on the loop's thread and must return at once. The answer may be given on any thread,
 * also before {@code resolve} has returned; it takes effect in a later turn of the loop.
 */
@FunctionalInterface
public interface HostResolver {
    /**
     * Begins a lookup. What it throws counts as the answer {@link DnsError#FAILED}.
     *
     * @param host   the name; never an address in text form.
     * @param hints  what narrows the answer. Addresses of another family are left out afterwards in any case.
     * @param answer to be called once; later calls have no effect.
     * @return how to stop it.
     */
    Lookup resolve(String host, HostHints hints, Answer answer);

    /**
     * The resolver of the Java platform, on a virtual thread of its own for each lookup. What cannot be stopped there is
     * ignored when it comes.
     *
     * @return the resolver that is used where none is given.
     */
    static HostResolver system() {
        return SystemResolver.INSTANCE;
    }

    /** Where the outcome of a lookup goes. From any thread. */
    interface Answer {
        /**
         * The lookup has succeeded.
         *
         * @param addresses in the order in which they are to be tried; none counts as {@link DnsError#NO_ADDRESS}.
         */
        void found(List<InetAddress> addresses);

        /**
         * The lookup has failed.
         *
         * @param error how.
         * @param cause what is known about it.
         */
        void failed(DnsError error, @Nullable Throwable cause);
    }

    /** A lookup under way. */
    @FunctionalInterface
    interface Lookup {
        /** Nobody wants the answer any more. Called on the loop's thread, at most once; must return at once. */
        void cancel();
    }
}
