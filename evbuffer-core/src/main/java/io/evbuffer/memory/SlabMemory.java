package io.evbuffer.memory;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.ReentrantLock;
import org.agrona.BufferUtil;
import org.jspecify.annotations.Nullable;

/**
 * Gets memory from the system for slabs and gives it back: private mappings of one empty, unlinked temporary file.
 *
 * <p>Why mappings and not direct buffers: a direct buffer is cleared at once and its memory stays with malloc when freed,
 * and at the JVM's direct-memory limit an allocation stops its thread. A private mapping costs a few microseconds, then
 * one page fault a page, and goes back whole. All mappings start at the file's position 0: written pages are private
 * copies, so they share nothing, and the file stays sparse.
 *
 * <p>No huge pages. Tried on 256 MiB of anonymous memory (Linux, JDK 25, madvise through FFM): copying 1500 bytes into one of
 * the 64 segments used last, as a pool lends them, took 30 ns with them and without; into a random one 283 ns instead of
 * 370 ns; the first touch 0.8 us per 4 KiB instead of 2.7 us. But a file's mapping gets none, so every slab would have to be
 * mapped by native code, and each slab's first byte would make 2 MiB resident, of which a small pool touches little.
 *
 * <p>While no such file can be made, memory comes from direct buffers and one log line says so. It may be for a moment only
 * (all file descriptors in use), so the file is tried again, ever more seldom.
 */
final class SlabMemory {
    static final int PAGE = 4096;

    private static final Logger LOG = System.getLogger(SlabMemory.class.getName());
    private static final int LONGEST_PAUSE = 63;
    private static final int ATTEMPTS = 4; // an interrupt closes the channel under us; then the file is made anew
    static final ReentrantLock LOCK = new ReentrantLock();
    private static @Nullable FileChannel file;
    private static int pause; // direct buffers from one attempt to make the file to the next; 0 if none has failed
    private static int untilNextAttempt;

    private SlabMemory() {}

    /**
     * Makes the file that slabs are mapped from, if it is not there: when a pool is built, not when its first slab is needed.
     * That may be when all descriptors are in use, and then the JDK cannot even begin to look for a random name.
     */
    static void prepare() {
        LOCK.lock();
        try {
            openFile();
        } finally {
            LOCK.unlock();
        }
    }

    /**
     * Maps {@code size} bytes, zeroed.
     *
     * @throws MemoryLimitException if the system gives none.
     */
    static ByteBuffer map(final int size) {
        // The status would close the channel that all slabs of this process are mapped from: taken off, put back.
        boolean interrupted = Thread.interrupted();
        LOCK.lock();
        try {
            for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
                final FileChannel open = openFile();
                if (open == null) break;
                try {
                    return open.map(FileChannel.MapMode.PRIVATE, 0, size);
                } catch (final ClosedChannelException e) {
                    interrupted |= Thread.interrupted(); // one that came in between
                    file = null;
                }
            }
            return ByteBuffer.allocateDirect(size);
        } catch (final IOException | OutOfMemoryError e) {
            throw new MemoryLimitException("the system gave no " + size + " bytes for a slab: " + e.getMessage(), e);
        } finally {
            LOCK.unlock();
            if (interrupted) Thread.currentThread().interrupt();
        }
    }

    /** The file to map, made when it is not there; null while none can be made. */
    private static @Nullable FileChannel openFile() {
        if (file == null && --untilNextAttempt < 0) {
            try {
                file = makeFile();
                if (pause > 0) LOG.log(Level.INFO, "slabs are mapped from a temporary file from now on");
                pause = 0;
            } catch (final IOException
                    | SecurityException
                    | LinkageError
                    | InternalError e) { // errors: no descriptor left
                if (pause == 0) tellNoFile(e);
                pause = Math.min(2 * pause + 1, LONGEST_PAUSE);
            }
            untilNextAttempt = pause;
        }
        return file;
    }

    private static void tellNoFile(final Throwable why) {
        try {
            LOG.log(
                    Level.WARNING,
                    "no temporary file to map slabs from, using direct buffers instead: {0}",
                    why.toString());
        } catch (final RuntimeException | Error e) {
            why.addSuppressed(e); // a log may need a descriptor, too; memory is to be had all the same
        }
    }

    private static FileChannel makeFile() throws IOException {
        final Path path = Files.createTempFile("evbuffer", ".slabs");
        try {
            return FileChannel.open(
                    path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
        } finally {
            unlink(path); // opened or not
        }
    }

    private static void unlink(final Path path) {
        try {
            Files.deleteIfExists(path); // most systems have done so by now: DELETE_ON_CLOSE
        } catch (final IOException e) {
            LOG.log(
                    Level.DEBUG,
                    "{0} cannot be unlinked while open and goes with the process: {1}",
                    path,
                    e.toString());
        }
    }

    /** Gives memory back to the system. Nobody may touch it from now on. */
    static void unmap(final ByteBuffer memory) {
        BufferUtil.free(memory);
    }
}
