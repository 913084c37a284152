package io.evbuffer.perf.load;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.TimeUnit;

/**
 * The processor time of a process and those it has started, in nanoseconds: what the scheduler has counted for all their
 * threads, those that have ended too.
 *
 * <p>Linux: {@code clock_gettime} of the process's own clock, whose number is the complement of the process's, three bits up, and 2
 * for what the scheduler counts (linux/posix-timers.h, {@code make_process_cpuclock}). Elsewhere what the JVM knows, in steps of 10 ms.
 */
final class ProcessTime {
    private static final int SCHEDULED = 2;
    private static final int KIND_BITS = 3;
    private static final boolean LINUX = System.getProperty("os.name").startsWith("Linux");

    private ProcessTime() {}

    /** Of the process and its children so far; of children that have ended only what the JVM knows: nothing. */
    static long nanos(final ProcessHandle process) throws IOException {
        long nanos = own(process);
        for (final ProcessHandle child : process.children().toList()) nanos += nanos(child);
        return nanos;
    }

    private static long own(final ProcessHandle process) throws IOException {
        if (LINUX) return Clock.nanos(~(int) process.pid() << KIND_BITS | SCHEDULED);
        return process.info()
                .totalCpuDuration()
                .orElseThrow(() -> new IOException("this system does not tell the processor time of a process"))
                .toNanos();
    }

    private static final class Clock {
        private static final MethodHandle CLOCK_GETTIME = Linker.nativeLinker()
                .downcallHandle(
                        Linker.nativeLinker().defaultLookup().findOrThrow("clock_gettime"),
                        FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));

        static long nanos(final int clock) throws IOException {
            try (Arena arena = Arena.ofConfined()) {
                final MemorySegment time = arena.allocate(JAVA_LONG, 2);
                final int status = (int) CLOCK_GETTIME.invokeExact(clock, time);
                if (status != 0) throw new IOException("the process has ended");
                return TimeUnit.SECONDS.toNanos(time.getAtIndex(JAVA_LONG, 0)) + time.getAtIndex(JAVA_LONG, 1);
            } catch (final IOException | RuntimeException | Error e) {
                throw e;
            } catch (final Throwable e) {
                throw new IllegalStateException("clock_gettime", e);
            }
        }
    }
}
