/** Byte buffers held off the heap in pooled slabs. Runs on Java 17 and later. */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"}) // Agrona names its module, no more
module io.evbuffer {
    requires transitive org.agrona; // DirectBuffer is part of our signatures
    requires static jdk.jfr; // events exist where the runtime has Flight Recorder
    requires static org.jspecify;

    exports io.evbuffer;
    exports io.evbuffer.memory;
}
