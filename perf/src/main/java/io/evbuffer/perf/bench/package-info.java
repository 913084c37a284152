/**
 * The benchmarks: one workload a class, in it one method a contender. Each contender does the same work in the way its
 * own documentation would have it done, in a JVM of its own; a unit test compares their bytes.
 *
 * <p>Method names are contenders: {@code evbuffer} is ours, {@code nettyAdaptive} and {@code nettyPooled} are Netty's
 * allocators, the suffix {@code Unsafe} says that Netty may use {@code sun.misc.Unsafe}, which it prefers and which Java 25
 * no longer grants without a flag.
 */
@NullMarked
package io.evbuffer.perf.bench;

import org.jspecify.annotations.NullMarked;
