package io.evbuffer.event.backend.epoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.evbuffer.event.EventConfig;
import io.evbuffer.event.backend.posix.Descriptors;
import io.evbuffer.event.backend.posix.Errno;
import io.evbuffer.event.backend.posix.PosixNative;
import io.evbuffer.event.backend.posix.Seccomp;
import io.evbuffer.event.backend.posix.Seccomp.Call;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** How a backend on epoll is opened, and when it is not. */
@EnabledOnOs(OS.LINUX)
@Timeout(120)
class EpollProviderTest {
    private static final long GET_PARAMETERS = 0x80088a02L; // EPIOCGPARAMS

    @Test
    @DisplayName(
            "A kernel that refuses the wait is found out before the first base uses it, and nothing is left behind")
    void theSelfTestFindsOut() throws Exception {
        new EpollBackend.Provider().open(EventConfig.create()).close(); // the classes are loaded
        final EpollBackend.Provider untested = new EpollBackend.Provider();
        final long before = Descriptors.open();
        final IOException refused = Seccomp.without(
                Errno.ENOSYS,
                () -> assertThrows(IOException.class, () -> untested.open(EventConfig.create())),
                Call.EPOLL_PWAIT2,
                Call.EPOLL_WAIT,
                Call.EPOLL_PWAIT);
        assertEquals("epoll_wait: Function not implemented (ENOSYS)", refused.getMessage());
        assertEquals(before, Descriptors.open());
    }

    @Test
    @DisplayName(
            "BTR-18: the kernel is told how long to poll devices, in microseconds rounded up, also after a new start")
    void busyPollIsHandedOn() throws IOException {
        final EpollBackend backend = (EpollBackend)
                new EpollBackend.Provider().open(EventConfig.create().busyPoll(49_001));
        final int before = parameters(backend.number());
        assertEquals(knowsParameters() ? 50 : -1, before);
        backend.reinit();
        assertEquals(before, parameters(backend.number()));
        backend.close();
    }

    /** Whether the kernel has these parameters: it is asked as we ask it, of an epoll that was told nothing. */
    private static boolean knowsParameters() throws IOException {
        final EpollBackend plain = (EpollBackend) new EpollBackend.Provider().open(EventConfig.create());
        try {
            return parameters(plain.number()) == 0;
        } finally {
            plain.close();
        }
    }

    /** The microseconds that an epoll polls devices; -1 if the kernel does not tell. */
    private static int parameters(final int epoll) {
        final MethodHandle ioctl = PosixNative.variadic(
                "ioctl", 2, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG);
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment parameters = arena.allocate(8, 8);
            final int result =
                    (int) ioctl.invokeExact(PosixNative.newCallState(), epoll, GET_PARAMETERS, parameters.address());
            return result < 0 ? -1 : parameters.get(ValueLayout.JAVA_INT, 0);
        } catch (final Throwable e) {
            throw new AssertionError("ioctl does not throw", e);
        }
    }
}
