/** What memory is kept when the work is done: by our pool and by its peers, each in a JVM of its own. */
@NullMarked
package io.evbuffer.perf.memory;

import org.jspecify.annotations.NullMarked;
