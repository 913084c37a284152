package io.evbuffer.bufferevent;

import static io.evbuffer.bufferevent.SocketBasicsTest.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.EvBufferStats;
import io.evbuffer.bufferevent.LoopFixture.Connection;
import io.evbuffer.channel.FileSegment;
import io.evbuffer.channel.FileSource;
import io.evbuffer.event.EachBackend;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Files in a socket's output: sent from where they are, in order with what is around them. */
@EachBackend
class FileOutputTest {
    @RegisterExtension
    final LoopFixture loop;

    FileOutputTest(final String method) {
        loop = new LoopFixture(method);
    }

    @TempDir
    Path directory;

    private FileSource source(final byte[] content) throws IOException {
        return loop.closeLater(loop.base().openFile(Files.write(directory.resolve("file"), content)));
    }

    private FileChannel file(final byte[] content) throws IOException {
        final Path path = Files.write(directory.resolve("file"), content);
        return loop.closeLater(FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    @Test
    @DisplayName("S-077: head, file and tail leave in order, the file without being copied, and it is closed then")
    void aFileLeavesBetweenHeadAndTail() throws IOException {
        final byte[] all = bytes(1 << 20);
        final int head = 200;
        final int tail = 300;
        final Connection c = loop.connection(Options.NONE);
        final Journal journal = Journal.of(c.socket());
        final EvBufferStats stats = new EvBufferStats();
        c.socket().output().stats(stats);
        final FileSource file = source(Arrays.copyOfRange(all, head, all.length - tail));
        c.socket().write(all, 0, head);
        FileSegment.addFile(c.socket().output(), file, 0, FileSegment.TO_THE_END);
        c.socket().write(all, all.length - tail, tail);
        assertEquals(all.length, c.socket().output().length());

        loop.until(() -> c.peer().received() == all.length);
        loop.turns(2);

        assertArrayEquals(all, c.peer().bytes());
        assertEquals(
                all.length - head - tail,
                c.transport().sends.stream().mapToLong(Long::longValue).sum());
        assertEquals(
                head + tail,
                c.transport().writes.stream().mapToLong(Long::longValue).sum());
        assertEquals(head + tail, stats.copied());
        assertThrows(ClosedChannelException.class, file::size);
        assertEquals(List.of(), journal.events());
        assertTrue(journal.has("write"));
        loop.staysQuiet(c);
    }

    @Test
    @DisplayName("S-077: a transport that refuses or takes less is waited for, and nothing is lost or doubled")
    void aFileSurvivesAnUnwillingTransport() throws IOException {
        final byte[] all = bytes(50_000);
        final Connection c = loop.connection(Options.NONE);
        for (int i = 0; i < 40; i++) {
            c.transport().writeScript.addAll(List.of(0L, 777L));
        }
        try (FileSegment segment = new FileSegment(source(all), 0, FileSegment.TO_THE_END, Set.of(), loop.pool())) {
            c.socket().write(all, 0, 10_000);
            segment.addTo(c.socket().output(), 10_000, 30_000);
            segment.addTo(c.socket().output(), 40_000, 10_000);
        }
        loop.until(() -> c.peer().received() == all.length);
        assertArrayEquals(all, c.peer().bytes());
        assertTrue(c.transport().sends.contains(0L));
        loop.turns(4);
        loop.staysQuiet(c);
    }

    @Test
    @DisplayName("B-11: a file that is shorter than promised is an error of writing, which names the file's end")
    void aFileCutShortIsAnErrorOfWriting() throws IOException {
        final byte[] all = bytes(40_000);
        final Connection c = loop.connection(Options.NONE);
        final List<Throwable> causes = new ArrayList<>();
        final List<EventFlags> flags = new ArrayList<>();
        c.socket().setCallbacks(null, null, (source, what, cause) -> {
            flags.add(what);
            causes.add(cause);
        });
        final FileSource file = source(all);
        FileSegment.addFile(c.socket().output(), file, 0, all.length);
        try (FileChannel writer = FileChannel.open(directory.resolve("file"), StandardOpenOption.WRITE)) {
            writer.truncate(25_000);
        }

        loop.until(() -> !causes.isEmpty());
        loop.until(() -> c.peer().received() == 25_000);

        assertArrayEquals(Arrays.copyOf(all, 25_000), c.peer().bytes());
        assertEquals(List.of(EventFlags.WRITING.with(EventFlags.ERROR)), flags);
        assertInstanceOf(EOFException.class, causes.get(0).getCause());
        assertEquals(15_000, c.socket().output().length());
        assertEquals(25_000, file.size(), "what is not sent is still shown");
        c.socket().close();
        loop.turns(2);
        assertThrows(ClosedChannelException.class, file::size);
    }

    @Test
    @DisplayName("A file of the other world goes through memory, a segment at a time")
    void aFileChannelLeavesOnEveryBackend() throws IOException {
        final byte[] all = bytes(1 << 20);
        final Connection c = loop.connection(Options.NONE);
        final FileChannel file = file(all);
        FileSegment.addFile(c.socket().output(), file, 0, FileSegment.TO_THE_END);
        long most = 0;
        while (c.peer().received() < all.length) {
            loop.turns(1);
            most = Math.max(most, loop.pool().stats().segmentsInUse());
        }
        assertTrue(most <= 4, "segments in use: " + most);
        assertArrayEquals(all, c.peer().bytes());
        loop.turns(2);
        assertFalse(file.isOpen());
    }

    @Test
    @DisplayName("A file that is not there is an exception of the usual type")
    void openingFails() {
        assertThrows(NoSuchFileException.class, () -> loop.base().openFile(directory.resolve("nowhere")));
    }
}
