/** Waits with {@code poll}. Ownership, threads and failure as in the package above. */
@NullMarked
package io.evbuffer.event.backend.poll;

import org.jspecify.annotations.NullMarked;
