/** A reactor and buffered connections on it. Runs on Java 25 and later. */
module io.evbuffer.bufferevent {
    requires transitive io.evbuffer.channel;
    requires static jdk.jfr; // events exist where the runtime has Flight Recorder
    requires jdk.unsupported; // signals
    requires static org.jspecify;

    exports io.evbuffer.bufferevent;
    exports io.evbuffer.event;
    exports io.evbuffer.event.backend;
    exports io.evbuffer.event.backend.sim;
}
