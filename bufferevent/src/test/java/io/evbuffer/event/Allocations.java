package io.evbuffer.event;

/** What threads allocate. By name, as the descriptor of the module does not read java.management. */
final class Allocations {
    private Allocations() {}

    static long ofThisThread() throws ReflectiveOperationException {
        final Object threads = Class.forName("java.lang.management.ManagementFactory")
                .getMethod("getThreadMXBean")
                .invoke(null);
        return (long) Class.forName("com.sun.management.ThreadMXBean")
                .getMethod("getCurrentThreadAllocatedBytes")
                .invoke(threads);
    }
}
