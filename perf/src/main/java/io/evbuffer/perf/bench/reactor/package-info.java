/**
 * What a reactor costs beside the work it calls for: dispatch, timers, wake-ups. The same in libevent's C is in
 * {@code libevent_peer.c}.
 */
package io.evbuffer.perf.bench.reactor;
