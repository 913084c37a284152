package io.evbuffer.perf.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.evbuffer.event.EventBase;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The files below a root that were asked for lately, open and ready to be sent.
 *
 * <pre>
 *   name --hash--&gt; one of {@value #SIZE} places: the file of that name, or of another one, which has to go
 * </pre>
 *
 * <p>So at most {@value #SIZE} files are open for it, beside those still being sent. A file is looked at again after a second;
 * one that has changed is opened anew. Symbolic links are followed as long as they stay below the root.
 *
 * <p><b>Cost:</b> found and looked at lately: one hash, nothing on the heap. Otherwise calls of the file system, in the loop,
 * which waits for the disk meanwhile. Threads: one.
 */
final class FileCache implements AutoCloseable {
    static final int SIZE = 256;

    private static final long CHECKED_FOR_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final EventBase base;
    private final Path root;
    private final @Nullable CachedFile[] places = new @Nullable CachedFile[SIZE];

    /** A cache of files below a folder that is there. */
    FileCache(final EventBase base, final Path root) throws IOException {
        this.base = base;
        this.root = root.toRealPath();
    }

    /**
     * Finds or opens a file.
     *
     * @throws NoSuchFileException if there is no such file.
     * @throws AccessDeniedException if it may not be read, or lies elsewhere.
     * @throws IOException what the file system says otherwise.
     */
    CachedFile find(final byte[] name, final int length) throws IOException {
        final int place = place(name, length);
        final CachedFile known = places[place];
        final long now = base.nowNanos();
        if (known != null && known.isNamed(name, length) && known.isCurrent(now, CHECKED_FOR_NANOS)) return known;
        if (known != null) {
            places[place] = null;
            known.close();
        }
        final CachedFile opened = open(Arrays.copyOf(name, length));
        opened.checked(now);
        places[place] = opened;
        return opened;
    }

    private static int place(final byte[] name, final int length) {
        int hash = 0;
        for (int i = 0; i < length; i++) hash = 31 * hash + name[i];
        return (hash ^ hash >>> 16) & SIZE - 1;
    }

    private CachedFile open(final byte[] name) throws IOException {
        final String text = new String(name, UTF_8);
        final Path path;
        try {
            path = root.resolve(text);
        } catch (final InvalidPathException e) {
            throw new NoSuchFileException(text, null, e.getReason());
        }
        final Path real = path.toRealPath();
        if (!real.startsWith(root)) throw new AccessDeniedException(text, null, "not below " + root);
        return CachedFile.open(base, name, real);
    }

    @Override
    public void close() {
        for (int i = 0; i < SIZE; i++) {
            final CachedFile file = places[i];
            if (file != null) file.close();
            places[i] = null;
        }
    }
}
