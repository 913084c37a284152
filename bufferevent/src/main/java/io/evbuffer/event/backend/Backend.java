package io.evbuffer.event.backend;

import io.evbuffer.channel.FileSource;
import io.evbuffer.event.EventException;
import io.evbuffer.event.Transport;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectableChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The system call a reactor waits with, and the sockets that go with it.
 *
 * <p>One turn of the base is: {@link #apply} for each descriptor whose interest has changed, {@link #poll}, {@link #report}.
 * Bits of interest are READ, WRITE and CLOSED of {@link io.evbuffer.event.Event}, with ET where edges are wanted and the
 * backend has them.
 *
 * <p>Ownership: a backend owns its native resources until {@link #close()}; descriptors stay their users'.
 *
 * <p><b>Threads:</b> {@link #admit} under the base's lock from any thread; {@link #apply} and {@link #report} under the
 * lock on the loop's thread, or on any thread while no loop runs; {@link #poll} on the loop's thread without the lock;
 * {@link #wakeUp}, {@code open...} and {@link #wrap} on any thread without it.
 */
public interface Backend {
    /**
     * What this backend really offers here.
     *
     * @return the FEATURE bits of {@link io.evbuffer.event.EventBase}.
     */
    int features();

    /**
     * Looks whether a descriptor can be waited for, before anything is changed. It is asked for the
     * first event on a descriptor, and for bits that the descriptor is not registered for.
     *
     * @param descriptor what is to be waited for.
     * @param bits what will be wanted of it.
     * @throws EventException if this can never work, with the reason.
     */
    void admit(Descriptor descriptor, int bits);

    /**
     * Changes what is waited for on one descriptor. All calls between two polls are about different descriptors.
     *
     * @param descriptor whose interest has changed; its slot is new if {@code before} is 0 for the first time.
     * @param before what the last call for it asked for, 0 if nothing.
     * @param wanted what is wanted now, 0 if nothing any more: a vanished descriptor is success then. Equal to
     *     {@code before} if the number may mean another file by now and is to be registered again if so.
     * @throws IOException if the system refuses; the descriptor is then not registered.
     */
    void apply(Descriptor descriptor, int before, int wanted) throws IOException;

    /**
     * Waits until something is ready, the time is over or {@link #wakeUp()} was called, and keeps what is ready for
     * {@link #report}. Never rounds the wait down; an interrupted wait is a success with nothing ready.
     *
     * @param waitNanos nanoseconds, 0 not to wait, negative to wait without limit.
     * @throws IOException if the system call failed.
     */
    void poll(long waitNanos) throws IOException;

    /**
     * Reports what the last poll found ready, each descriptor once.
     *
     * @param sink the base.
     */
    void report(ReadySink sink);

    /** Makes the present or else the next poll return at once. Idempotent until then, quiet after {@link #close()}. */
    void wakeUp();

    /** The loop leaves, so no poll may follow for long: lets go of what is kept for the next one. Called as {@link #apply}. */
    default void settle() {}

    /**
     * How often the backend had to make its kernel objects anew by itself.
     *
     * @return 0 if never.
     */
    default long rebuilds() {
        return 0;
    }

    /**
     * Tells whether kernel objects have to be made anew after a process checkpoint.
     *
     * @return true if so.
     */
    boolean needReinit();

    /**
     * Makes the kernel objects anew; asked for only if {@link #needReinit()}. Nothing is registered afterwards, and no wake-up
     * is on its way: the base registers everything again. Called as {@link #apply}.
     *
     * @throws IOException if the system refuses; the backend is then as it was.
     */
    default void reinit() throws IOException {}

    /**
     * Opens a stream socket.
     *
     * @param family an address of the family wanted, null for the usual.
     * @return a new transport, the caller's.
     * @throws IOException what the system says.
     */
    Transport openStream(@Nullable SocketAddress family) throws IOException;

    /**
     * Opens a socket to listen with, not bound yet.
     *
     * @param family an address of the family wanted, null for the usual.
     * @return a new transport, the caller's.
     * @throws IOException what the system says.
     */
    Transport openListener(@Nullable SocketAddress family) throws IOException;

    /**
     * Says that all reading and writing of a transport goes through it: a backend that can then leaves its descriptor registered
     * for as long as it is open, and asks the system no more when interest changes. What is reported is the same.
     *
     * @param transport any; of a kind that the backend does not know, nothing happens.
     */
    default void leaveRegistered(final Transport transport) {}

    /**
     * Makes a transport of the user's own channel.
     *
     * @param channel an open channel in non-blocking mode.
     * @return a transport that owns the channel from now on.
     * @throws EventException if this backend cannot use it; the message names one that can.
     */
    Transport wrap(SelectableChannel channel);

    /**
     * Opens a file for reading, so that the transports of this backend send it in the best way they have.
     *
     * @param path where it is.
     * @return a new source, the caller's.
     * @throws IOException what the system says.
     */
    default FileSource openFile(final Path path) throws IOException {
        return FileSource.of(FileChannel.open(path, StandardOpenOption.READ));
    }

    /**
     * How many system calls the backend and its transports have made.
     *
     * @return always the same object, which goes on counting; one that stays at 0 if they are made by others.
     */
    default SystemCalls systemCalls() {
        return SystemCalls.UNCOUNTED;
    }

    /** Gives all native resources back. A second call does nothing. */
    void close();
}
