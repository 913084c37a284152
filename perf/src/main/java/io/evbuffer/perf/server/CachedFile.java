package io.evbuffer.perf.server;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.evbuffer.channel.FileSegment;
import io.evbuffer.channel.FileSegment.Flag;
import io.evbuffer.channel.FileSource;
import io.evbuffer.event.EventBase;
import io.evbuffer.memory.BufferLimitException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Objects;

/**
 * An open file and what a response says of it. Small files stand in memory, others are sent by the system.
 *
 * <p>Ownership: whoever opened it closes it; connections that still send it hold the segment themselves.
 */
final class CachedFile implements AutoCloseable {
    /** What is no longer stands in memory. */
    private static final long LOADED = 16 * 1024;

    private final byte[] name; // below the root, as the client wrote it
    private final Path path;
    private final BasicFileAttributes attributes;
    private final FileSegment segment;
    private final byte[] modified;
    private final byte[] fields;
    private long checkedNanos;

    private CachedFile(
            final byte[] name, final Path path, final BasicFileAttributes attributes, final FileSegment segment) {
        this.name = name;
        this.path = path;
        this.attributes = attributes;
        this.segment = segment;
        modified = HttpDate.bytes(modifiedSecond());
        fields = HttpText.bytes("Accept-Ranges: bytes\r\nLast-Modified: " + new String(modified, US_ASCII)
                + "\r\nContent-Type: " + MediaTypes.of(path) + "\r\n");
    }

    /** Opens a regular file. Throws NoSuchFileException if it is none. */
    static CachedFile open(final EventBase base, final byte[] name, final Path path) throws IOException {
        // Looked at before it is opened: what is exchanged in between is found out by the next look.
        final BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        if (!attributes.isRegularFile()) throw new NoSuchFileException(path.toString());
        final FileSource file = base.openFile(path);
        try {
            return new CachedFile(name, path, attributes, segment(base, file));
        } catch (final IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static FileSegment segment(final EventBase base, final FileSource file) throws IOException {
        if (file.size() <= LOADED) {
            try {
                return new FileSegment(
                        file,
                        0,
                        FileSegment.TO_THE_END,
                        EnumSet.of(Flag.CLOSE_ON_FREE, Flag.DISABLE_SENDFILE),
                        base.pool());
            } catch (final BufferLimitException e) {
                // no memory for it: sent like a large one
            }
        }
        return new FileSegment(file, 0, FileSegment.TO_THE_END, EnumSet.of(Flag.CLOSE_ON_FREE), base.pool());
    }

    boolean isNamed(final byte[] bytes, final int length) {
        return Arrays.equals(name, 0, name.length, bytes, 0, length);
    }

    /** Looks, at most once in so many nanoseconds, whether the file is still the one that was opened. */
    boolean isCurrent(final long nowNanos, final long intervalNanos) {
        if (nowNanos - checkedNanos < intervalNanos) return true;
        checkedNanos = nowNanos;
        try {
            final BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
            return now.size() == segment.length()
                    && now.lastModifiedTime().equals(attributes.lastModifiedTime())
                    && Objects.equals(now.fileKey(), attributes.fileKey());
        } catch (final IOException e) {
            return false;
        }
    }

    void checked(final long nowNanos) {
        checkedNanos = nowNanos;
    }

    FileSegment segment() {
        return segment;
    }

    long size() {
        return segment.length();
    }

    long modifiedSecond() {
        return Math.floorDiv(attributes.lastModifiedTime().toMillis(), 1000);
    }

    /** The value of {@code Last-Modified}. */
    byte[] modified() {
        return modified;
    }

    /** Field lines that every response with this file has. */
    byte[] fields() {
        return fields;
    }

    @Override
    public void close() {
        segment.close();
    }
}
