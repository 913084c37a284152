package io.evbuffer.event.backend.epoll;

import io.evbuffer.channel.FileSource;
import io.evbuffer.event.Event;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.EventConfig;
import io.evbuffer.event.EventException;
import io.evbuffer.event.Transport;
import io.evbuffer.event.backend.Backend;
import io.evbuffer.event.backend.BackendProvider;
import io.evbuffer.event.backend.Descriptor;
import io.evbuffer.event.backend.ReadySink;
import io.evbuffer.event.backend.SystemCalls;
import io.evbuffer.event.backend.posix.Errno;
import io.evbuffer.event.backend.posix.NativeAccess;
import io.evbuffer.event.backend.posix.OpenSockets;
import io.evbuffer.event.backend.posix.PosixNative;
import io.evbuffer.event.backend.posix.PosixSockets;
import io.evbuffer.event.backend.posix.PosixStream;
import io.evbuffer.event.backend.posix.Readiness;
import io.evbuffer.event.backend.posix.SelfTest;
import io.evbuffer.event.backend.posix.Waker;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.SocketAddress;
import java.nio.channels.SelectableChannel;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Waits with epoll.
 *
 * <pre>
 *   descriptor ──slot──► registration ◄──index── the 64 bits that the kernel hands back: generation | index
 * </pre>
 *
 * <p>Each descriptor that is registered has a registration, whose index and generation travel through the kernel: a report
 * about a registration that has ended, as a number closed and used again may cause, is known by its generation and dropped
 * (BTR-12). The descriptors of those that are reported as they come stand in an array of their own, beside what the kernel hands
 * back for them: a report need not read the registration. A kernel that tells nothing else {@value #STALE_LIMIT} times in a row has a file registered that no number leads to
 * any more; then a new epoll takes the place of the old one.
 *
 * <p>A stream whose reading and writing all goes through its transport ({@link #leaveRegistered}) is registered once, for all
 * edges, and left. Its registration keeps what the edges told until the transport says that it is used up, so the backend knows
 * by itself whether the stream is ready: whoever asks is served from that, in each turn as long as it lasts, as the kernel does
 * with levels. Interest changes in memory alone. The registration ends with the transport.
 *
 * <p>The wake-up is a counter that is registered for edges: adding to it is an edge, so nobody ever reads it.
 *
 * <p><b>Threads:</b> as {@link Backend} says.
 */
public final class EpollBackend implements Backend {
    /** Opens backends of this kind. */
    public static final BackendProvider PROVIDER = new Provider();

    static final int STALE_LIMIT = 64;

    private static final Logger LOG = System.getLogger(EpollBackend.class.getName());
    private static final int FEATURES = EventBase.FEATURE_ET | EventBase.FEATURE_O1 | EventBase.FEATURE_EARLY_CLOSE;
    private static final int ALL_EDGES =
            EpollNative.IN | EpollNative.OUT | EpollNative.RDHUP | EpollNative.PRI | EpollNative.ET;
    private static final long WAKER = 0; // the kernel's bits of the wake-up
    private static final long PROBE = -1; // of a number that is only tried
    private static final int FIRST_REGISTRATIONS = 16;

    static final class Provider implements BackendProvider {
        private volatile boolean tested;

        @Override
        public String name() {
            return "epoll";
        }

        @Override
        public int features() {
            return FEATURES;
        }

        @Override
        public Backend open(final EventConfig config) throws IOException {
            final String refusal = NativeAccess.refusal();
            if (refusal != null) throw new IOException(refusal);
            try {
                if (!tested) test(config);
                return new EpollBackend(config);
            } catch (final LinkageError e) {
                throw new IOException(e.toString(), e);
            }
        }

        /** Once: tries on two sockets what every backend will need. */
        private void test(final EventConfig config) throws IOException {
            final EpollBackend backend = new EpollBackend(config);
            try (SelfTest pair = new SelfTest()) {
                backend.test(pair);
            } finally {
                backend.close();
            }
            tested = true;
        }
    }

    /** What the kernel was told of one descriptor. It is used again for another one. */
    private final class Registration extends Readiness {
        final int index;
        int generation;
        int fd = -1;
        boolean ours; // the descriptor of a transport
        int asked; // what the kernel was told

        @Nullable
        Descriptor descriptor; // null if it is free

        @Nullable
        Registration nextFree;

        @Nullable
        Registration nextEnded;

        // Of one that is left registered:
        boolean left;
        int wanted; // bits of Event
        int ready; // what edges have told and was not used up since
        boolean unsure; // the stream has ended or has urgent bytes: less than asked for is not all there is
        boolean listed; // among those to be served
        boolean ended; // with endedLock: listed there
        boolean elsewhere; // with endedLock

        Registration(final int index) {
            this.index = index;
        }

        /** What is to be reported now. */
        int due() {
            return ready & wanted & (Event.READ | Event.WRITE | Event.CLOSED);
        }

        @Override
        protected void usedUp(final int bits, final boolean refused) {
            if (Thread.currentThread() != poller) return; // an edge may be on its way: better asked once too often
            if (refused || !unsure) ready &= ~bits;
        }

        @Override
        protected void startsAnew() {
            if (Thread.currentThread() != poller) return;
            ready = 0;
            unsure = false;
        }

        @Override
        protected void ends(final boolean registeredElsewhere) {
            synchronized (endedLock) {
                if (ended) return;
                ended = true;
                elsewhere = registeredElsewhere;
                nextEnded = lastEnded;
                lastEnded = this;
                someEnded = true;
            }
        }

        boolean isOf(final EpollBackend backend) {
            return backend == EpollBackend.this && !ended;
        }

        long data() {
            return (long) generation << 32 | index;
        }
    }

    private final EpollNative system = new EpollNative();
    private final PosixSockets sockets;
    private final SystemCalls calls;
    private final long busyPollNanos;
    private final Waker waker;
    private int epoll;

    // Changed with the base's lock; by the loop's thread, or while no loop runs:
    private @Nullable Registration[] registrations = new Registration[FIRST_REGISTRATIONS];
    private @Nullable Descriptor[] plain =
            new Descriptor[FIRST_REGISTRATIONS]; // of those that are reported as they are
    private @Nullable Transport[] plainTransports = new Transport[FIRST_REGISTRATIONS]; // beside it: whose descriptors
    private long[] plainData = new long[FIRST_REGISTRATIONS]; // beside it: what the kernel hands back
    private int registrationCount = 1; // with those that are free; the first is the wake-up's
    private @Nullable Registration free;

    private final Object endedLock = new Object();
    private @Nullable Registration lastEnded; // with the lock; linked by nextEnded
    private volatile boolean someEnded;
    private volatile @Nullable Thread poller; // null while no loop runs

    // Of the loop's thread:
    private @Nullable Registration[] served = new Registration[FIRST_REGISTRATIONS]; // left registered, and perhaps due
    private int servedCount;
    private int readyCount;
    private int stalePolls; // in a row

    @SuppressWarnings("unused") // without a use of them, the loads in expectReports would be left out
    private int fetched;

    private long rebuilds;

    private EpollBackend(final EventConfig config) throws IOException {
        sockets = new PosixSockets("epoll", config.has(EventConfig.DEBUG));
        calls = sockets.calls();
        busyPollNanos = config.busyPollNanos();
        try {
            waker = new Waker(calls);
        } catch (final IOException e) {
            system.free();
            throw e;
        }
        try {
            epoll = open();
        } catch (final IOException e) {
            waker.close();
            system.free();
            throw e;
        }
    }

    /** The epoll's own descriptor. */
    int number() {
        return epoll;
    }

    /** A new epoll that knows the wake-up. */
    private int open() throws IOException {
        final int fd = system.create();
        if (fd < 0) throw Errno.of("epoll_create1", -fd);
        final int result =
                system.change(fd, EpollNative.CTL_ADD, waker.number(), EpollNative.IN | EpollNative.ET, WAKER);
        if (result < 0) {
            PosixNative.get().close(fd);
            throw Errno.of("epoll_ctl", -result);
        }
        if (busyPollNanos > 0) pollDevices(fd);
        return fd;
    }

    /** BTR-18: the kernel, too, looks at network devices for some time before it sleeps. It need not be able to. */
    private void pollDevices(final int fd) {
        final int result = system.busyPoll(fd, busyPollNanos);
        if (result < 0) LOG.log(Level.DEBUG, "the kernel does not poll devices for epoll: {0}", Errno.text(-result));
    }

    private void test(final SelfTest pair) throws IOException {
        wakeUp();
        final int result = system.change(epoll, EpollNative.CTL_ADD, pair.end(), EpollNative.IN | EpollNative.ET, 1);
        if (result < 0) throw Errno.of("epoll_ctl", -result);
        pair.send();
        final int ready = system.await(epoll, 0);
        if (ready < 0) throw Errno.of("epoll_wait", -ready);
        if (ready != 2) throw new IOException("epoll has told of " + ready + " descriptors of two that are ready");
    }

    @Override
    public int features() {
        return FEATURES;
    }

    @Override
    public SystemCalls systemCalls() {
        return calls;
    }

    // ---- interest ----

    @Override
    public void admit(final Descriptor descriptor, final int bits) {
        if (descriptor.channel() != null) throw sockets.refuse(descriptor);
        sockets.ensureNeverWaits(descriptor);
        final int fd = descriptor.number();
        if (OpenSockets.contains(fd)) return;
        final Registration present = (Registration) descriptor.slot();
        if (present != null && !present.ours) return; // a transport is closed by now, any other number is as it was
        // A number that nobody knows: whether epoll takes it, only epoll can tell.
        final int result = change(EpollNative.CTL_ADD, fd, 0, PROBE);
        if (result == 0) change(EpollNative.CTL_DEL, fd, 0, 0);
        else if (result == -Errno.EPERM) {
            throw new EventException("epoll cannot wait for such a file, poll can: " + descriptor);
        } else if (result != -Errno.EEXIST) {
            throw new EventException("epoll cannot wait for " + descriptor + ": " + Errno.text(-result));
        }
    }

    @Override
    public void leaveRegistered(final Transport transport) {
        final PosixStream stream = OpenSockets.stream(transport.descriptor());
        if (stream != null) stream.stayRegistered();
    }

    @Override
    public void apply(final Descriptor descriptor, final int before, final int wanted) throws IOException {
        if (someEnded) letGoOfEnded();
        final Registration present = (Registration) descriptor.slot();
        if (present != null && present.left) {
            want(present, descriptor, wanted);
            return;
        }
        if (wanted == 0) {
            if (present != null) withdraw(present);
            return;
        }
        final PosixStream stream = present == null ? OpenSockets.stream(descriptor.number()) : null;
        if (stream != null && stream.staysRegistered()) {
            want(leftRegistration(stream, descriptor), descriptor, wanted);
            return;
        }
        final Registration registration = present != null ? present : takePlain(descriptor);
        registration.asked = mask(wanted);
        plainTransports[registration.index] = OpenSockets.transport(registration.fd); // perhaps another's number by now
        final int result = present != null ? change(registration) : add(registration);
        if (result < 0) {
            forget(registration);
            throw Errno.of("epoll_ctl for " + descriptor, -result);
        }
    }

    /** Interest in a stream that is left registered: no call. */
    private void want(final Registration registration, final Descriptor descriptor, final int wanted) {
        registration.wanted = wanted;
        registration.descriptor = wanted == 0 ? null : descriptor;
        descriptor.slot(wanted == 0 ? null : registration);
        if (registration.due() != 0) serve(registration);
    }

    private void serve(final Registration registration) {
        if (registration.listed) return;
        registration.listed = true;
        if (servedCount == served.length) served = Arrays.copyOf(served, 2 * servedCount);
        served[servedCount++] = registration;
    }

    private Registration leftRegistration(final PosixStream stream, final Descriptor descriptor) throws IOException {
        if (stream.readiness() instanceof final Registration known && known.isOf(this)) return known;
        final Registration registration = take(descriptor);
        registration.left = true;
        registration.asked = ALL_EDGES;
        final int result = add(registration);
        if (result < 0) {
            forget(registration);
            throw Errno.of("epoll_ctl for " + descriptor, -result);
        }
        stream.readiness(registration);
        return registration;
    }

    /** Transports were closed, which the kernel knows, or went to another backend: their registrations are free. */
    private void letGoOfEnded() {
        Registration ended;
        synchronized (endedLock) {
            ended = lastEnded;
            lastEnded = null;
            someEnded = false;
        }
        while (ended != null) {
            final Registration next = ended.nextEnded;
            ended.nextEnded = null;
            if (ended.elsewhere) change(EpollNative.CTL_DEL, ended.fd, 0, 0);
            forget(ended);
            ended = next;
        }
    }

    /** Level is what epoll does by itself. Error and hang-up come unasked. */
    private static int mask(final int wanted) {
        return ((wanted & Event.READ) != 0 ? EpollNative.IN : 0)
                | ((wanted & Event.WRITE) != 0 ? EpollNative.OUT : 0)
                | ((wanted & Event.CLOSED) != 0 ? EpollNative.RDHUP : 0)
                | ((wanted & Event.ET) != 0 ? EpollNative.ET : 0);
    }

    private int add(final Registration registration) {
        final int result = change(EpollNative.CTL_ADD, registration.fd, registration.asked, registration.data());
        return result == -Errno.EEXIST
                ? change(EpollNative.CTL_MOD, registration.fd, registration.asked, registration.data())
                : result; // it exists where a duplicate of the number has kept the file registered
    }

    private int change(final Registration registration) {
        final int result = change(EpollNative.CTL_MOD, registration.fd, registration.asked, registration.data());
        return result == -Errno.ENOENT
                ? change(EpollNative.CTL_ADD, registration.fd, registration.asked, registration.data())
                : result; // it is not there where the number was closed, and perhaps opened again
    }

    /** Whatever the kernel says, the descriptor is not registered any more: closed numbers leave by themselves. */
    private void withdraw(final Registration registration) {
        change(EpollNative.CTL_DEL, registration.fd, 0, 0);
        forget(registration);
    }

    private int change(final int operation, final int fd, final int mask, final long data) {
        calls.count(SystemCalls.Kind.INTEREST);
        return system.change(epoll, operation, fd, mask, data);
    }

    private Registration takePlain(final Descriptor descriptor) {
        final Registration registration = take(descriptor);
        plain[registration.index] = descriptor;
        plainData[registration.index] = registration.data();
        return registration;
    }

    private Registration take(final Descriptor descriptor) {
        Registration registration = free;
        if (registration != null) {
            free = registration.nextFree;
            registration.nextFree = null;
        } else {
            if (registrationCount == registrations.length) {
                plain = Arrays.copyOf(plain, 2 * registrationCount);
                plainTransports = Arrays.copyOf(plainTransports, 2 * registrationCount);
                plainData = Arrays.copyOf(plainData, 2 * registrationCount);
                registrations =
                        Arrays.copyOf(registrations, 2 * registrationCount); // last: it tells whether all have room
            }
            registration = new Registration(registrationCount);
            registrations[registrationCount++] = registration;
        }
        registration.generation++;
        registration.left = false;
        registration.wanted = 0;
        registration.ready = 0;
        registration.unsure = false;
        registration.ended = false;
        registration.descriptor = descriptor;
        registration.fd = descriptor.number();
        registration.ours = OpenSockets.contains(registration.fd);
        descriptor.slot(registration);
        return registration;
    }

    private void forget(final Registration registration) {
        final Descriptor descriptor = registration.descriptor;
        if (descriptor != null) descriptor.slot(null);
        registration.descriptor = null;
        plain[registration.index] = null;
        plainTransports[registration.index] = null;
        registration.fd = -1;
        registration.wanted = 0;
        registration.nextFree = free;
        free = registration;
    }

    // ---- poll ----

    @Override
    public void poll(final long waitNanos) throws IOException {
        final Thread thread = Thread.currentThread();
        if (poller != thread) poller = thread;
        if (readyCount == system.capacity()) system.grow();
        readyCount = 0;
        calls.count(SystemCalls.Kind.WAIT);
        final int result = system.await(epoll, servedCount > 0 && someAreDue() ? 0 : waitNanos);
        if (result < 0) throw Errno.of("epoll_wait", -result);
        readyCount = result;
    }

    /** Forgets those that are not due, and says whether one is. */
    private boolean someAreDue() {
        int due = 0;
        for (int i = 0; i < servedCount; i++) {
            final Registration registration = served[i];
            if (registration == null) continue;
            if (registration.due() != 0) served[due++] = registration;
            else registration.listed = false;
        }
        Arrays.fill(served, due, servedCount, null);
        servedCount = due;
        return due > 0;
    }

    private void reportServed(final ReadySink sink) {
        int kept = 0;
        for (int i = 0; i < servedCount; i++) {
            final Registration registration = served[i];
            if (registration == null) continue;
            final Descriptor descriptor = registration.descriptor;
            final int due = registration.due();
            if (descriptor != null && due != 0) sink.ready(descriptor, due);
            if (due != 0 && (registration.wanted & Event.ET) == 0) served[kept++] = registration; // a level lasts
            else registration.listed = false;
        }
        Arrays.fill(served, kept, servedCount, null);
        servedCount = kept;
    }

    @Override
    public void settle() {
        poller = null;
    }

    @Override
    public void report(final ReadySink sink) {
        if (someEnded) letGoOfEnded();
        if (readyCount > 1) expectReports(sink);
        boolean stale = readyCount > 0;
        for (int i = 0; i < readyCount; i++) {
            final long data = system.data(i);
            if (data == WAKER || data == PROBE) {
                stale = false;
                continue;
            }
            final Descriptor descriptor = plain[(int) data];
            if (descriptor == null) {
                stale &= !noteEdge(data, system.what(i));
            } else if (plainData[(int) data] == data) {
                stale = false;
                sink.ready(descriptor, bits(system.what(i)));
            }
        }
        if (servedCount > 0) reportServed(sink);
        stalePolls = stale ? stalePolls + 1 : 0;
        if (stalePolls >= STALE_LIMIT) rebuild();
    }

    /**
     * Reads what the reports will need. The objects of many sockets lie all over the heap, and the kernel's work between two
     * events empties the first caches: each event would wait for its descriptor, then its event, then its transport. Here
     * the loads for one socket do not wait for those for another.
     */
    private void expectReports(final ReadySink sink) {
        int open = 0;
        for (int i = 0; i < readyCount; i++) {
            final long data = system.data(i);
            final Descriptor descriptor = data == PROBE ? null : plain[(int) data];
            if (descriptor == null) continue;
            sink.expect(descriptor);
            final Transport transport = plainTransports[(int) data];
            if (transport != null && transport.isOpen()) open++;
        }
        fetched += open;
    }

    /** Returns whether it is one that is left registered. */
    private boolean noteEdge(final long data, final int what) {
        final Registration registration = registrations[(int) data];
        if (registration == null || registration.fd < 0 || registration.data() != data) return false;
        registration.ready |= bits(what);
        registration.unsure |= (what & ~(EpollNative.IN | EpollNative.OUT)) != 0;
        if (registration.due() != 0) serve(registration);
        return true;
    }

    /** The contract's table: an error, or a hang-up that is more than the peer's, is told to readers and writers. */
    private static int bits(final int what) {
        int bits = 0;
        if ((what & EpollNative.IN) != 0) bits |= Event.READ;
        if ((what & EpollNative.OUT) != 0) bits |= Event.WRITE;
        if ((what & EpollNative.RDHUP) != 0) bits |= Event.CLOSED;
        final boolean broken = (what & EpollNative.ERR) != 0;
        final boolean hungUp = (what & (EpollNative.HUP | EpollNative.RDHUP)) == EpollNative.HUP;
        return broken || hungUp ? bits | Event.READ | Event.WRITE : bits;
    }

    /** A new epoll with all that is registered: the old one has what no number leads to any more. */
    private void rebuild() {
        stalePolls = 0;
        final int outgrown = epoll;
        try {
            epoll = open();
        } catch (final IOException e) {
            LOG.log(Level.WARNING, "epoll tells only of files that were closed, and no other can be opened", e);
            return;
        }
        for (int i = 1; i < registrationCount; i++) {
            final Registration registration = registrations[i];
            if (registration != null && registration.fd >= 0) add(registration);
        }
        PosixNative.get().close(outgrown);
        rebuilds++;
        LOG.log(Level.WARNING, "epoll told only of files that were closed: replaced");
    }

    @Override
    public long rebuilds() {
        return rebuilds;
    }

    @Override
    public boolean needReinit() {
        return true;
    }

    /**
     * The counter of wake-ups stays, and is known to the new epoll with nothing in it. So is each stream that is left registered,
     * as its transport holds on to the registration; the base says anew who wants what.
     */
    @Override
    public void reinit() throws IOException {
        if (someEnded) letGoOfEnded();
        waker.consume();
        final int before = epoll;
        epoll = open();
        try {
            registerLeftAgain();
        } catch (final IOException e) {
            PosixNative.get().close(epoll);
            epoll = before;
            throw e;
        }
        for (int i = 1; i < registrationCount; i++) {
            final Registration registration = registrations[i];
            if (registration != null && registration.descriptor != null) loseInterest(registration);
        }
        readyCount = 0;
        stalePolls = 0;
        PosixNative.get().close(before);
    }

    private void registerLeftAgain() throws IOException {
        for (int i = 1; i < registrationCount; i++) {
            final Registration registration = registrations[i];
            if (registration == null || registration.fd < 0 || !registration.left) continue;
            final int result = add(registration);
            if (result < 0) throw Errno.of("epoll_ctl for descriptor " + registration.fd, -result);
        }
    }

    private void loseInterest(final Registration registration) {
        final Descriptor descriptor = registration.descriptor;
        if (descriptor != null && registration.left) want(registration, descriptor, 0);
        else forget(registration);
    }

    @Override
    public void wakeUp() {
        waker.wake();
    }

    // ---- transports ----

    @Override
    public Transport openStream(final @Nullable SocketAddress family) throws IOException {
        return sockets.openStream(family);
    }

    @Override
    public Transport openListener(final @Nullable SocketAddress family) throws IOException {
        return sockets.openListener(family);
    }

    @Override
    public FileSource openFile(final Path path) throws IOException {
        return sockets.openFile(path);
    }

    @Override
    public Transport wrap(final SelectableChannel channel) {
        throw sockets.refuse(channel);
    }

    @Override
    public void close() {
        if (!waker.close()) return;
        PosixNative.get().close(epoll);
        system.free();
    }

    @Override
    public String toString() {
        return "EpollBackend[descriptor " + epoll + "]";
    }
}
