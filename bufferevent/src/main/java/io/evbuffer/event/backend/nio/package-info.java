/**
 * The backend over NIO selectors: runs wherever Java does.
 *
 * <p>Ownership: the backend owns its selector, a transport its channel. Threads: as the backend interface says. Failure:
 * a channel this backend cannot wait for is refused with the reason.
 */
@NullMarked
package io.evbuffer.event.backend.nio;

import org.jspecify.annotations.NullMarked;
