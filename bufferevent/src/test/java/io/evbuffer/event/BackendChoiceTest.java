package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.event.backend.Backend;
import io.evbuffer.event.backend.BackendProvider;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which backend a base gets: reactor.md section 6.1. Switches are set as system properties. */
@Isolated
class BackendChoiceTest {
    private final ScriptedBackend extra = new ScriptedBackend(new ManualClock());

    @AfterEach
    void clearSwitches() {
        for (final String name : List.of("EVENT_NONIO", "EVENT_NOSCRIPTED", "EVENT_SHOW_METHOD", "EVBUFFER_BACKEND")) {
            System.clearProperty(name);
        }
    }

    private static String methodOf(final EventConfig config) {
        try (EventBase base = EventBase.open(config)) {
            return base.method();
        }
    }

    /** The extra one, then nio: the others are left out, as what they can is another matter. */
    private EventConfig withExtra() {
        return EventConfig.create().backend(extra).avoidMethod("epoll").avoidMethod("poll");
    }

    @Test
    @DisplayName("The methods of this library are listed without being opened, and the default is the first that works")
    void supported() {
        assertTrue(EventBase.supportedMethods().contains("nio"));
        assertEquals("scripted", methodOf(withExtra()));
    }

    @Test
    @DisplayName("RS-075: an avoided method is not used")
    void avoid() {
        assertEquals("nio", methodOf(withExtra().avoidMethod("scripted")));
        assertFalse(extra.closed);
    }

    @Test
    @DisplayName("RS-076: a method without a required feature is not used; none is an exception with the reasons")
    void features() {
        assertEquals("scripted", methodOf(withExtra().requireFeatures(EventBase.FEATURE_ET)));
        extra.features = 0;
        final EventException none = assertThrows(
                EventException.class, () -> EventBase.open(withExtra().requireFeatures(EventBase.FEATURE_ET)));
        assertTrue(none.getMessage().contains("scripted lacks the features 0x1"), none.getMessage());
        assertTrue(none.getMessage().contains("nio lacks the features 0x1"), none.getMessage());
    }

    @Test
    @DisplayName("RS-077: a switch takes a method out, unless the environment is ignored")
    void switchedOff() {
        System.setProperty("EVENT_NOSCRIPTED", "1");
        assertEquals("nio", methodOf(withExtra()));
        assertEquals("scripted", methodOf(withExtra().ignoreEnvironment()));
    }

    @ParameterizedTest
    @MethodSource("io.evbuffer.event.EventBase#supportedMethods")
    @DisplayName("The only method that is left is used")
    void onlyOne(final String method) {
        assertEquals(method, methodOf(EventConfig.create().ignoreEnvironment().onlyMethod(method)));
    }

    @Test
    @DisplayName("Only a method that exists can be the only one; the message names them all")
    void onlyUnknown() {
        final IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class, () -> EventConfig.create().onlyMethod("Nonesuch"));
        assertTrue(refused.getMessage().contains("'Nonesuch'"), refused.getMessage());
        assertTrue(refused.getMessage().contains("epoll, poll, nio"), refused.getMessage());
    }

    @Test
    @DisplayName("RS-078: avoiding an unknown method is harmless; names are case-sensitive")
    void unknownName() {
        assertEquals("scripted", methodOf(withExtra().avoidMethod("Nonesuch").avoidMethod("Scripted")));
    }

    @Test
    @DisplayName("RS-079: required features replace those required before")
    void replace() {
        assertEquals("scripted", methodOf(withExtra().requireFeatures(1 << 20).requireFeatures(0)));
    }

    @Test
    @DisplayName("RS-080: when every method is avoided there is no base")
    void noneLeft() {
        final EventConfig config = withExtra().avoidMethod("scripted");
        for (final String method : EventBase.supportedMethods()) config.avoidMethod(method);
        final EventException none = assertThrows(EventException.class, () -> EventBase.open(config));
        assertTrue(none.getMessage().contains("nio is avoided"), none.getMessage());
    }

    @Test
    @DisplayName("A method that cannot be opened gives way to the next")
    void openFails() {
        final BackendProvider broken = new BackendProvider() {
            @Override
            public String name() {
                return "broken";
            }

            @Override
            public int features() {
                return 0;
            }

            @Override
            public Backend open(final EventConfig config) throws IOException {
                throw new IOException("not here");
            }
        };
        final EventConfig config = EventConfig.create().backend(broken);
        assertTrue(EventBase.supportedMethods().contains(methodOf(config)));
        System.setProperty("EVBUFFER_BACKEND", "broken");
        final EventException forced = assertThrows(EventException.class, () -> EventBase.open(config));
        assertTrue(forced.getMessage().contains("broken cannot be opened: not here"), forced.getMessage());
    }

    @Test
    @DisplayName("A forced method is used against its switch, or the base fails loudly")
    void forced() {
        System.setProperty("EVBUFFER_BACKEND", "nio");
        System.setProperty("EVENT_NONIO", "1");
        System.setProperty("EVENT_SHOW_METHOD", "1");
        assertEquals("nio", methodOf(withExtra()));
        assertEquals("scripted", methodOf(withExtra().ignoreEnvironment()));
        System.setProperty("EVBUFFER_BACKEND", "kqueue");
        final EventException none = assertThrows(EventException.class, () -> EventBase.open(withExtra()));
        assertEquals("there is no backend 'kqueue', which EVBUFFER_BACKEND forces", none.getMessage());
    }

    @Test
    @DisplayName("Bad settings are refused")
    void badSettings() {
        final EventConfig config = EventConfig.create();
        assertThrows(IllegalArgumentException.class, () -> config.flags(0x4000));
        assertThrows(IllegalArgumentException.class, () -> config.maxDispatchInterval(1, 1, -1));
        assertThrows(IllegalArgumentException.class, () -> config.chainGuard(-1, 0));
        assertThrows(IllegalArgumentException.class, () -> config.starvationGuard(-1));
    }
}
