/**
 * Benchmarks of bytes on their way between buffers and the kernel: sockets, files and {@code /dev/null}.
 *
 * <p>All of them go through connections over the loopback device whose other end belongs to the harness and is read and
 * written by plain NIO, the same for all contenders. Everything happens on one thread, so that what is measured is the work
 * and not the scheduler.
 */
@NullMarked
package io.evbuffer.perf.bench.channel;

import org.jspecify.annotations.NullMarked;
