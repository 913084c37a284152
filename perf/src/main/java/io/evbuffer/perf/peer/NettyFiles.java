package io.evbuffer.perf.peer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.FileRegion;
import io.netty.handler.codec.DateFormatter;
import io.netty.util.AbstractReferenceCounted;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCounted;
import java.io.IOException;
import java.net.URLConnection;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The files below a root that were asked for lately, kept as our server keeps its own: at most 256, those of up to 16 KiB in memory,
 * others open, each looked at again after a second. Threads: one.
 */
final class NettyFiles {
    private static final int SIZE = 256;
    private static final int LOADED = 16 * 1024;
    private static final long CHECKED_FOR_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Path root;
    private final Map<String, OpenFile> files = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(final Map.Entry<String, OpenFile> eldest) {
            if (size() <= SIZE) return false;
            eldest.getValue().release();
            return true;
        }
    };

    /** Files below a folder that is there. */
    NettyFiles(final Path root) throws IOException {
        this.root = root.toRealPath();
    }

    /**
     * Finds or opens a file.
     *
     * @param path of a request's target, decoded.
     * @throws NoSuchFileException if there is no such file.
     * @throws AccessDeniedException if it may not be read, or lies elsewhere.
     * @throws IOException what the file system says otherwise.
     */
    OpenFile find(final String path) throws IOException {
        final OpenFile known = files.get(path);
        final long now = System.nanoTime();
        if (known != null && known.isCurrent(now)) return known;
        if (known != null) {
            files.remove(path);
            known.release();
        }
        final String name = path.endsWith("/") ? path + "index.html" : path;
        final Path real =
                root.resolve(name.substring(name.startsWith("/") ? 1 : 0)).toRealPath();
        if (!real.startsWith(root)) throw new AccessDeniedException(path, null, "not below " + root);
        final OpenFile opened = new OpenFile(real, now);
        files.put(path, opened);
        return opened;
    }

    /** An open file, or one in memory, and what a response says of it. Who sends a part of it holds it. */
    static final class OpenFile extends AbstractReferenceCounted {
        private final Path path;
        private final BasicFileAttributes attributes;
        private final FileChannel channel;
        private final @Nullable ByteBuf bytes;
        private final AsciiString length;
        private final AsciiString modified;
        private final AsciiString type;
        private long checkedNanos;

        private OpenFile(final Path path, final long nowNanos) throws IOException {
            this.path = path;
            checkedNanos = nowNanos;
            attributes = Files.readAttributes(path, BasicFileAttributes.class);
            if (!attributes.isRegularFile()) throw new NoSuchFileException(path.toString());
            length = AsciiString.cached(Long.toString(attributes.size()));
            modified = AsciiString.cached(
                    DateFormatter.format(Date.from(attributes.lastModifiedTime().toInstant())));
            type = AsciiString.cached(Objects.requireNonNullElse(
                    URLConnection.guessContentTypeFromName(path.toString()), "application/octet-stream"));
            channel = FileChannel.open(path);
            bytes = attributes.size() <= LOADED ? load() : null;
        }

        private ByteBuf load() throws IOException {
            final int size = (int) attributes.size();
            final ByteBuf loaded = Unpooled.directBuffer(Math.max(1, size));
            try (channel) {
                while (loaded.readableBytes() < size) {
                    if (loaded.writeBytes(channel, size - loaded.readableBytes()) < 0) {
                        throw new NoSuchFileException(path.toString(), null, "cut short");
                    }
                }
                return loaded;
            } catch (final IOException e) {
                loaded.release();
                throw e;
            }
        }

        private boolean isCurrent(final long nowNanos) {
            if (nowNanos - checkedNanos < CHECKED_FOR_NANOS) return true;
            checkedNanos = nowNanos;
            try {
                final BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
                return now.size() == attributes.size()
                        && now.lastModifiedTime().equals(attributes.lastModifiedTime())
                        && Objects.equals(now.fileKey(), attributes.fileKey());
            } catch (final IOException e) {
                return false;
            }
        }

        /** Its bytes, if it is small, for one response. */
        @Nullable
        ByteBuf content() {
            return bytes == null ? null : bytes.retainedDuplicate();
        }

        /** All of it, sent by the system, for one response. */
        FileRegion region() {
            retain();
            return new DefaultFileRegion(channel, 0, attributes.size()) {
                @Override
                protected void deallocate() { // and not close it
                    OpenFile.this.release();
                }
            };
        }

        AsciiString length() {
            return length;
        }

        AsciiString modified() {
            return modified;
        }

        /** In seconds. */
        long modifiedSecond() {
            return Math.floorDiv(attributes.lastModifiedTime().toMillis(), 1000);
        }

        AsciiString type() {
            return type;
        }

        @Override
        protected void deallocate() {
            if (bytes != null) bytes.release();
            try {
                channel.close();
            } catch (final IOException e) {
                // only read, so nothing is lost
            }
        }

        @Override
        public ReferenceCounted touch(final Object hint) {
            return this;
        }
    }
}
