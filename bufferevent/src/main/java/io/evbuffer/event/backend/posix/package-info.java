/**
 * Sockets and files as the system knows them, by number: what the backends share that call the kernel directly.
 *
 * <p>Ownership: a transport owns its descriptor and closes it. Threads: a transport is used by one thread at a time, and may
 * be closed by any. Failure: an error of the system is an exception of the type that NIO has for it, with the error's name.
 */
@NullMarked
package io.evbuffer.event.backend.posix;

import org.jspecify.annotations.NullMarked;
