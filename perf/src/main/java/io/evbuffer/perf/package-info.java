/** Programs that show what the libraries do: benchmarks, servers, the main job. */
@NullMarked
package io.evbuffer.perf;

import org.jspecify.annotations.NullMarked;
