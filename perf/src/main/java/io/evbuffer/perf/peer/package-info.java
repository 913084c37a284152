/** What others do, as programs: servers that loads are driven against, and programs in C. */
@NullMarked
package io.evbuffer.perf.peer;

import org.jspecify.annotations.NullMarked;
