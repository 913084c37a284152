package io.evbuffer.event.backend.poll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.evbuffer.event.EventConfig;
import io.evbuffer.event.backend.posix.Descriptors;
import io.evbuffer.event.backend.posix.Errno;
import io.evbuffer.event.backend.posix.Seccomp;
import io.evbuffer.event.backend.posix.Seccomp.Call;
import java.io.IOException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** How a backend on poll is opened, and when it is not. */
@EnabledOnOs(OS.LINUX)
@Timeout(120)
class PollProviderTest {
    @Test
    @DisplayName(
            "A kernel that refuses the wait is found out before the first base uses it, and nothing is left behind")
    void theSelfTestFindsOut() throws Exception {
        new PollBackend.Provider().open(EventConfig.create()).close(); // the classes are loaded
        final PollBackend.Provider untested = new PollBackend.Provider();
        final long before = Descriptors.open();
        final IOException refused = Seccomp.without(
                Errno.ENOSYS,
                () -> assertThrows(IOException.class, () -> untested.open(EventConfig.create())),
                Call.PPOLL);
        assertEquals("ppoll: Function not implemented (ENOSYS)", refused.getMessage());
        assertEquals(before, Descriptors.open());
    }
}
