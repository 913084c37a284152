package io.evbuffer.event;

/** Settings with which a base gets one method and no other. */
public final class Methods {
    private Methods() {}

    /** Only this method; the environment has no say. */
    public static EventConfig only(final String method) {
        final EventConfig config = EventConfig.create().ignoreEnvironment();
        for (final String other : EventBase.supportedMethods()) {
            if (!other.equals(method)) config.avoidMethod(other);
        }
        return config;
    }
}
