/** Whether the cost of a byte stays the same, from buffers of a kibibyte to buffers of a gibibyte. */
@NullMarked
package io.evbuffer.perf.growth;

import org.jspecify.annotations.NullMarked;
