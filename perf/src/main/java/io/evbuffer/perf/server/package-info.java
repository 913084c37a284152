/**
 * Servers that real clients use: small programs, to be read as examples of the library and run as its proof.
 *
 * <p>Each is a {@link io.evbuffer.perf.server.Service} for the connections of one reactor; {@link
 * io.evbuffer.perf.server.Reactors} runs as many reactors as are wanted, each with a thread, a pool and a service of its own, so
 * nothing here is shared or locked. {@link io.evbuffer.perf.server.ServerProgram} is what all do as programs.
 */
@NullMarked
package io.evbuffer.perf.server;

import org.jspecify.annotations.NullMarked;
