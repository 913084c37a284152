/** Waits with {@code epoll}, which Linux has. Ownership, threads and failure as in the package above. */
@NullMarked
package io.evbuffer.event.backend.epoll;

import org.jspecify.annotations.NullMarked;
