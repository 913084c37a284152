/** Many connections to a server that is a process of its own: does it serve them all, and what does it cost. */
@NullMarked
package io.evbuffer.perf.load;

import org.jspecify.annotations.NullMarked;
