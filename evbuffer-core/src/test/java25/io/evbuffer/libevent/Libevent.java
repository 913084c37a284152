package io.evbuffer.libevent;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Assumptions;

/**
 * The native functions of libevent_core, for 64-bit systems: the one class of this package that links. Callbacks are known by
 * a number that libevent hands back as their argument. Threads: of one thread.
 */
final class Libevent {
    private static final List<String> NAMES =
            List.of("libevent_core.so", "libevent_core-2.1.so.7", "libevent_core.dylib");

    /** {@code struct evbuffer_ptr}: position, chain, position in the chain. */
    static final MemoryLayout POINTER = MemoryLayout.structLayout(JAVA_LONG, ADDRESS, JAVA_LONG);

    /** {@code struct evbuffer_iovec}: address, length. */
    static final MemoryLayout VECTOR = MemoryLayout.structLayout(ADDRESS, JAVA_LONG);

    /** What is told to a listener. */
    interface Listener {
        void told(long originalLength, long added, long deleted);
    }

    private final Linker linker = Linker.nativeLinker();
    private final SymbolLookup library;
    private final Map<Long, Listener> listeners = new HashMap<>();
    private final Map<Long, LongConsumer> releases = new HashMap<>();
    private long lastNumber;
    private Object underway = "nothing";

    final String version;
    final Function newBuffer;
    final Function freeBuffer;
    final Function length;
    final Function contiguousSpace;
    final Function add;
    final Function prepend;
    final Function addIovec;
    final Function addBuffer;
    final Function prependBuffer;
    final Function addBufferReference;
    final Function removeBuffer;
    final Function drain;
    final Function remove;
    final Function copyOut;
    final Function copyOutFrom;
    final Function readLine;
    final Function free;
    final Function peek;
    final Function pullUp;
    final Function expand;
    final Function reserveSpace;
    final Function commitSpace;
    final Function freeze;
    final Function unfreeze;
    final Function setPointer;
    final Function search;
    final Function searchRange;
    final Function searchEol;
    final Function removeListener;
    final Function setListenerFlags;
    final Function clearListenerFlags;
    private final Function addListener;
    private final Function addReference;
    private final MemorySegment listenerStub;
    private final MemorySegment releaseStub;

    private Libevent(final SymbolLookup library) {
        this.library = library;
        version = ((MemorySegment) function("event_get_version", ADDRESS).call())
                .reinterpret(Long.MAX_VALUE)
                .getString(0);
        newBuffer = function("evbuffer_new", ADDRESS);
        freeBuffer = procedure("evbuffer_free", ADDRESS);
        length = function("evbuffer_get_length", JAVA_LONG, ADDRESS);
        contiguousSpace = function("evbuffer_get_contiguous_space", JAVA_LONG, ADDRESS);
        add = function("evbuffer_add", JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);
        prepend = function("evbuffer_prepend", JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);
        addIovec = function("evbuffer_add_iovec", JAVA_LONG, ADDRESS, ADDRESS, JAVA_INT);
        addBuffer = function("evbuffer_add_buffer", JAVA_INT, ADDRESS, ADDRESS);
        prependBuffer = function("evbuffer_prepend_buffer", JAVA_INT, ADDRESS, ADDRESS);
        addBufferReference = function("evbuffer_add_buffer_reference", JAVA_INT, ADDRESS, ADDRESS);
        removeBuffer = function("evbuffer_remove_buffer", JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);
        drain = function("evbuffer_drain", JAVA_INT, ADDRESS, JAVA_LONG);
        remove = function("evbuffer_remove", JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);
        copyOut = function("evbuffer_copyout", JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG);
        copyOutFrom = function("evbuffer_copyout_from", JAVA_LONG, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG);
        readLine = function("evbuffer_readln", ADDRESS, ADDRESS, ADDRESS, JAVA_INT);
        peek = function("evbuffer_peek", JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS, JAVA_INT);
        pullUp = function("evbuffer_pullup", ADDRESS, ADDRESS, JAVA_LONG);
        expand = function("evbuffer_expand", JAVA_INT, ADDRESS, JAVA_LONG);
        reserveSpace = function("evbuffer_reserve_space", JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS, JAVA_INT);
        commitSpace = function("evbuffer_commit_space", JAVA_INT, ADDRESS, ADDRESS, JAVA_INT);
        freeze = function("evbuffer_freeze", JAVA_INT, ADDRESS, JAVA_INT);
        unfreeze = function("evbuffer_unfreeze", JAVA_INT, ADDRESS, JAVA_INT);
        setPointer = function("evbuffer_ptr_set", JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT);
        search = function("evbuffer_search", POINTER, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
        searchRange = function("evbuffer_search_range", POINTER, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS);
        searchEol = function("evbuffer_search_eol", POINTER, ADDRESS, ADDRESS, ADDRESS, JAVA_INT);
        addListener = function("evbuffer_add_cb", ADDRESS, ADDRESS, ADDRESS, JAVA_LONG);
        removeListener = function("evbuffer_remove_cb_entry", JAVA_INT, ADDRESS, ADDRESS);
        setListenerFlags = function("evbuffer_cb_set_flags", JAVA_INT, ADDRESS, ADDRESS, JAVA_INT);
        clearListenerFlags = function("evbuffer_cb_clear_flags", JAVA_INT, ADDRESS, ADDRESS, JAVA_INT);
        addReference = function("evbuffer_add_reference", JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG);
        free = new Function(linker, linker.defaultLookup().findOrThrow("free"), FunctionDescriptor.ofVoid(ADDRESS));
        listenerStub = stub("told", ADDRESS, ADDRESS, JAVA_LONG);
        releaseStub = stub("released", ADDRESS, JAVA_LONG, JAVA_LONG);
        procedure("event_set_fatal_callback", ADDRESS).call(stub("gaveUp", JAVA_INT));
    }

    /** Loads the library, unless the system has none. */
    static Optional<Libevent> load() {
        for (final String name : NAMES) {
            try {
                return Optional.of(new Libevent(SymbolLookup.libraryLookup(name, Arena.global())));
            } catch (final IllegalArgumentException e) {
                continue; // no library of this name
            }
        }
        return Optional.empty();
    }

    /** For tests: skips them if the system has no libevent, but fails where everything has to run. */
    static Libevent loadOrSkip() {
        final Optional<Libevent> found = load();
        final String missing = "no libevent_core: install it (Debian: libevent-dev)";
        if (System.getenv("CI") != null && found.isEmpty()) throw new AssertionError(missing);
        Assumptions.assumeTrue(found.isPresent(), missing);
        return found.orElseThrow();
    }

    private Function function(final String name, final MemoryLayout result, final MemoryLayout... arguments) {
        return new Function(linker, library.findOrThrow(name), FunctionDescriptor.of(result, arguments));
    }

    private Function procedure(final String name, final MemoryLayout... arguments) {
        return new Function(linker, library.findOrThrow(name), FunctionDescriptor.ofVoid(arguments));
    }

    private MemorySegment stub(final String method, final MemoryLayout... arguments) {
        final FunctionDescriptor descriptor = FunctionDescriptor.ofVoid(arguments);
        try {
            final MethodHandle handle = MethodHandles.lookup().bind(this, method, descriptor.toMethodType());
            return linker.upcallStub(handle, descriptor, Arena.global());
        } catch (final ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    // ---- callbacks ----

    /** Adds a callback to a buffer and returns its entry. */
    MemorySegment addListener(final MemorySegment buffer, final Listener listener) {
        listeners.put(++lastNumber, listener);
        return (MemorySegment) addListener.call(buffer, listenerStub, lastNumber);
    }

    /** Adds a reference to a buffer; the handler is given the extent. */
    int addReference(
            final MemorySegment buffer, final MemorySegment memory, final long length, final LongConsumer handler) {
        releases.put(++lastNumber, handler);
        return addReference.callForInt(buffer, memory, length, releaseStub, lastNumber);
    }

    /** Forgets all callbacks, which no buffer may have any more. */
    void forgetCallbacks() {
        listeners.clear();
        releases.clear();
    }

    /** What is being done, to be said if libevent ends the process. */
    void underway(final Object what) {
        underway = what;
    }

    /** {@code evbuffer_cb_func}. */
    @SuppressWarnings("unused")
    private void told(final MemorySegment buffer, final MemorySegment info, final long number) {
        final MemorySegment sizes = info.reinterpret(3 * JAVA_LONG.byteSize());
        listeners
                .get(number)
                .told(sizes.getAtIndex(JAVA_LONG, 0), sizes.getAtIndex(JAVA_LONG, 1), sizes.getAtIndex(JAVA_LONG, 2));
    }

    /** {@code evbuffer_ref_cleanup_cb}. */
    @SuppressWarnings("unused")
    private void released(final MemorySegment memory, final long extent, final long number) {
        releases.get(number).accept(extent);
    }

    /** {@code event_fatal_cb}: an assertion of libevent failed; it would call exit now. */
    @SuppressWarnings("unused")
    private void gaveUp(final int error) {
        System.err.println("libevent gave up: " + underway);
        Runtime.getRuntime().halt(1);
    }

    /** A native function, called with boxed arguments: its speed does not matter here. */
    static final class Function {
        private final MethodHandle handle;

        private Function(final Linker linker, final MemorySegment address, final FunctionDescriptor descriptor) {
            final MethodHandle exact = linker.downcallHandle(address, descriptor);
            handle = exact.asSpreader(Object[].class, exact.type().parameterCount())
                    .asType(MethodType.methodType(Object.class, Object[].class));
        }

        Object call(final Object... arguments) {
            try {
                return (Object) handle.invokeExact(arguments);
            } catch (final Throwable e) {
                throw new AssertionError("native functions do not throw", e);
            }
        }

        int callForInt(final Object... arguments) {
            return (int) call(arguments);
        }

        long callForLong(final Object... arguments) {
            return (long) call(arguments);
        }
    }
}
