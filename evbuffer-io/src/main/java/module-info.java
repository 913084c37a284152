/** Scattering reads and gathering writes between an EvBuffer and channels. Runs on Java 17 and later. */
module io.evbuffer.channel {
    requires transitive io.evbuffer;
    requires static org.jspecify;

    exports io.evbuffer.channel;
}
