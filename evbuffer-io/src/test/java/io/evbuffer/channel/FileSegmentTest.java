package io.evbuffer.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.BufferEnd;
import io.evbuffer.EvBuffer;
import io.evbuffer.FrozenBufferException;
import io.evbuffer.channel.FileSegment.Flag;
import io.evbuffer.memory.BufferLimitException;
import io.evbuffer.memory.Segment;
import io.evbuffer.memory.SlabPool;
import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.EvBufferInvariants;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Files in buffers: what is shown, who holds it, who closes it, and what a failure leaves. */
@Timeout(120)
class FileSegmentTest {
    private static final int SMALL = 38;

    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    @TempDir
    Path directory;

    private final List<FileChannel> opened = new ArrayList<>();
    private final List<FileSegment> segments = new ArrayList<>();
    private final List<EvBuffer> shown = new ArrayList<>();

    /** Buffers before files, as what a buffer shows may still have to be read. */
    @AfterEach
    void closeEverything() throws IOException {
        for (final EvBuffer buffer : shown) {
            buffer.checkInvariants();
            buffer.close();
        }
        for (final FileSegment segment : segments) {
            segment.close();
            assertThat(segment.refCount()).isZero();
        }
        for (final FileChannel channel : opened) channel.close();
    }

    // ---- what is shown ----

    @ParameterizedTest
    @EnumSource(FileForm.class)
    @DisplayName("S-068: a small file goes through a socket, in each form")
    void aSmallFileIsSent(final FileForm form) throws IOException {
        checkSent(SMALL, 0, FileSegment.TO_THE_END, 0, FileSegment.TO_THE_END, form);
    }

    @ParameterizedTest
    @EnumSource(FileForm.class)
    @DisplayName("S-069: 512 KiB go through a socket in many partial writes, in each form")
    void aLargeFileIsSent(final FileForm form) throws IOException {
        checkSent(512 * 1024, 0, FileSegment.TO_THE_END, 0, FileSegment.TO_THE_END, form);
    }

    @ParameterizedTest
    @EnumSource(FileForm.class)
    @DisplayName("S-070: a segment over the middle half of a file is that range, in each form")
    void aSegmentOfTheMiddleIsSent(final FileForm form) throws IOException {
        checkSent(SMALL, SMALL / 4, SMALL / 2, 0, FileSegment.TO_THE_END, form);
        checkSent(512 * 1024, 128 * 1024, 256 * 1024, 0, FileSegment.TO_THE_END, form);
    }

    @ParameterizedTest
    @EnumSource(FileForm.class)
    @DisplayName("S-071: a part of a whole-file segment is that range, in each form")
    void aPartOfASegmentIsSent(final FileForm form) throws IOException {
        checkSent(SMALL, 0, SMALL, SMALL / 3, SMALL / 2, form);
        checkSent(512 * 1024, 0, 512 * 1024, 512 * 1024 / 3, 256 * 1024, form);
    }

    @ParameterizedTest
    @EnumSource(FileForm.class)
    @DisplayName("S-072: a part of a segment of the middle is that range, in each form")
    void aPartOfTheMiddleIsSent(final FileForm form) throws IOException {
        checkSent(SMALL, SMALL / 4, SMALL / 2, SMALL / 6, SMALL / 4, form);
        checkSent(400_000, 100_000, 200_000, 66_666, 100_001, form);
        checkSent(1000, 20, 980, 20, 50, form); // file bytes 40 to 89, as in the contract
    }

    private void checkSent(
            final int size,
            final long segmentOffset,
            final long segmentLength,
            final long offset,
            final long length,
            final FileForm form)
            throws IOException {
        final FileChannel channel = file(size);
        final EvBuffer output = draining();
        final long whole = segmentLength < 0 ? size - segmentOffset : segmentLength;
        final int count = (int) (length < 0 ? whole - offset : length);
        final FileSegment segment = segment(channel, segmentOffset, segmentLength, form);
        assertThat(segment.length()).isEqualTo(whole);
        segment.addTo(output, offset, length);
        assertThat(output.length()).isEqualTo(count);
        segment.close();
        assertThat(segment.refCount()).isPositive();
        checkReceived(output, ByteSequence.bytes(segmentOffset + offset, count));
        assertThat(segment.refCount()).isZero();
        assertThat(channel.isOpen()).as("it was not to be closed").isTrue();
    }

    /** Writes until the buffer is empty, with a send buffer so small that it takes many writes. */
    private void checkReceived(final EvBuffer output, final byte[] expected) throws IOException {
        final EvBuffer input = empty();
        input.maxRead(30_000);
        try (SocketPair pair = SocketPair.open()) {
            pair.client.configureBlocking(false);
            final ChannelWriter writer = new ChannelWriter(pair.client);
            final ChannelReader reader = new ChannelReader(pair.server);
            long sent = 0;
            while (input.length() < expected.length) {
                long taken = 1;
                while (!output.isEmpty() && taken > 0) {
                    taken = writer.write(output);
                    sent += taken;
                    assertThat(output.length()).isEqualTo(expected.length - sent);
                }
                assertThat(reader.read(input)).isPositive();
            }
            assertThat(sent).isEqualTo(expected.length);
            assertThat(output.isEmpty()).isTrue();
        }
        assertThat(input.copyToArray()).isEqualTo(expected);
        input.close();
    }

    @Test
    @DisplayName(
            "S-073: addFile with length and offset, and with -1 and 0; the file is closed after its last byte was sent")
    void addFileClosesTheFileAfterItsLastByte() throws IOException {
        for (final boolean whole : new boolean[] {false, true}) {
            for (final boolean drains : new boolean[] {false, true}) {
                final FileChannel channel = file(2000);
                final EvBuffer output = empty();
                output.drainsToFd(drains);
                FileSegment.addFile(output, channel, whole ? 0 : 4, whole ? FileSegment.TO_THE_END : 1000);
                final ScriptedSink sink = new ScriptedSink().take(output.length() - 1);
                final ChannelWriter writer = new ChannelWriter(sink);
                writer.write(output);
                assertThat(channel.isOpen()).as("one byte is left").isTrue();
                writer.write(output);
                assertThat(channel.isOpen()).isFalse();
                assertThat(sink.received()).isEqualTo(whole ? ByteSequence.bytes(2000) : ByteSequence.bytes(4, 1000));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(FileForm.class)
    @DisplayName(
            "S-074: cleanup is told once, after creator and buffer have let go, with segment, flags and attachment")
    void cleanupIsToldOnce(final FileForm form) throws IOException {
        final List<String> told = new ArrayList<>();
        final FileChannel channel = file(100);
        final FileSegment segment =
                new FileSegment(FileSource.of(channel), 3, 22, form.flags(Flag.CLOSE_ON_FREE), buffers.pool());
        segment.onCleanup((of, flags, attachment) -> told.add("replaced"), null);
        segment.onCleanup(
                (of, flags, attachment) -> {
                    assertThat(of).isSameAs(segment);
                    told.add(flags + " " + attachment + " open=" + channel.isOpen());
                    assertThat(buffers.segmentsInUse()).as("memory goes first").isZero();
                },
                "argument");
        final EvBuffer buffer = draining();
        segment.addTo(buffer);
        assertThat(segment.refCount()).isEqualTo(2);
        segment.close();
        segment.close();
        assertThat(segment.refCount()).isEqualTo(1);
        assertThat(told).isEmpty();
        buffer.close();
        assertThat(told).containsExactly(form.flags(Flag.CLOSE_ON_FREE) + " argument open=false");
        assertThatThrownBy(() -> segment.onCleanup(null, null)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(segment::retain).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(segment::release).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> segment.load(3, 1)).isInstanceOf(IllegalStateException.class);
        final EvBuffer other = draining();
        assertThatThrownBy(() -> segment.addTo(other)).isInstanceOf(IllegalStateException.class);
        assertThat(told).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(FileForm.class)
    @DisplayName("S-075: overlapping parts in two buffers; cleanup after the last of them, in any order")
    void partsMayOverlapAndRepeat(final FileForm form) throws IOException {
        for (int order = 0; order < 6; order++) {
            final AtomicInteger cleanups = new AtomicInteger();
            final FileSegment segment = segment(file(300_000), 1000, 200_000, form);
            segment.onCleanup((of, flags, attachment) -> cleanups.incrementAndGet(), null);
            final EvBuffer one = draining();
            final EvBuffer two = draining();
            segment.addTo(one, 0, 150_000);
            segment.addTo(two, 100_000, 100_000);
            segment.addTo(one, 65_000, 70_000);
            final byte[] inOne = join(ByteSequence.bytes(1000, 150_000), ByteSequence.bytes(66_000, 70_000));
            final byte[] inTwo = ByteSequence.bytes(101_000, 100_000);
            final List<Runnable> ends =
                    List.of(segment::close, () -> checkDrained(one, inOne), () -> checkDrained(two, inTwo));
            final int[][] orders = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
            for (int i = 0; i < 3; i++) {
                assertThat(cleanups).hasValue(0);
                ends.get(orders[order][i]).run();
            }
            assertThat(cleanups).hasValue(1);
        }
    }

    /** Looks at everything, draining bit by bit. */
    private static void checkDrained(final EvBuffer buffer, final byte[] expected) {
        final byte[] piece = new byte[7777];
        int at = 0;
        while (!buffer.isEmpty()) {
            final int count = buffer.remove(piece, 0, piece.length);
            assertThat(Arrays.copyOf(piece, count)).isEqualTo(Arrays.copyOfRange(expected, at, at + count));
            at += count;
            buffer.checkInvariants();
        }
        assertThat(at).isEqualTo(expected.length);
    }

    @ParameterizedTest
    @EnumSource(FileForm.class)
    @DisplayName("S-076: a file's offset does not touch what the buffer already holds (306)")
    void theOffsetIsTheFilesAlone(final FileForm form) throws IOException {
        final EvBuffer buffer = draining();
        buffer.add("0123456789".getBytes(StandardCharsets.US_ASCII));
        segment(file(50), 4, FileSegment.TO_THE_END, form).addTo(buffer);
        assertThat(buffer.copyToArray())
                .isEqualTo(join("0123456789".getBytes(StandardCharsets.US_ASCII), ByteSequence.bytes(4, 46)));
        buffer.close();
    }

    @ParameterizedTest
    @EnumSource(FileForm.class)
    @DisplayName("S-077: head, file part and tail keep their order, also over short writes")
    void headFileAndTailKeepTheirOrder(final FileForm form) throws IOException {
        final int[] sizes = {30, 100_000, 700_000};
        for (final int size : sizes) {
            final EvBuffer output = draining();
            final byte[] head = ByteSequence.bytes(5000, 200);
            final byte[] tail = ByteSequence.bytes(9000, 300);
            output.add(head);
            segment(file(size), 10, size - 20, form).addTo(output);
            output.add(tail);
            checkReceived(output, join(join(head, ByteSequence.bytes(10, size - 20)), tail));
        }
    }

    @Test
    @DisplayName("S-078: reading in leaves the channel's own position alone")
    void theChannelsPositionStays() throws IOException {
        final FileChannel channel = file(200_000);
        channel.position(7);
        for (final FileForm form : FileForm.values()) {
            final EvBuffer buffer = draining();
            segment(channel, 0, FileSegment.TO_THE_END, form).addTo(buffer);
            checkReceived(buffer, ByteSequence.bytes(200_000));
        }
        assertThat(channel.position()).isEqualTo(7);
    }

    @ParameterizedTest
    @EnumSource(FileForm.class)
    @DisplayName("S-079: parts that are not within the segment are refused")
    void partsOutsideTheSegmentAreRefused(final FileForm form) throws IOException {
        final EvBuffer buffer = draining();
        try (FileSegment segment = segment(file(50), 20, 10, form)) {
            final long[][] parts = {
                {-1, 5}, {11, 0}, {8, 5}, {0, 11}, {0, -2}, {11, -1}, {Long.MAX_VALUE, 1}, {1, Long.MAX_VALUE}
            };
            for (final long[] part : parts) {
                assertThatThrownBy(() -> segment.addTo(buffer, part[0], part[1]))
                        .as(Arrays.toString(part))
                        .isInstanceOf(IndexOutOfBoundsException.class);
                assertThat(segment.refCount()).isOne();
            }
            assertThat(buffer.countChains()).isZero();
            segment.addTo(buffer, 10, 0);
            segment.addTo(buffer, 0, 10);
            assertThat(buffer.length()).isEqualTo(10);
        }
    }

    @ParameterizedTest
    @EnumSource(FileForm.class)
    @DisplayName("S-080: adding a part is one notification")
    void addingIsOneNotification(final FileForm form) throws IOException {
        final EvBuffer buffer = draining();
        final List<String> log = new ArrayList<>();
        buffer.addListener(
                (of, change) -> log.add(change.originalLength() + "+" + change.added() + "-" + change.deleted()));
        try (FileSegment segment = segment(file(500_000), 0, FileSegment.TO_THE_END, form)) {
            segment.addTo(buffer, 30, 40);
            segment.addTo(buffer, 30, 400_000);
        }
        assertThat(log).containsExactly("0+40-0", "40+400000-0");
    }

    @ParameterizedTest
    @EnumSource(FileForm.class)
    @DisplayName("S-081: empty files and parts add no chain, tell nobody, and are let go at once")
    void emptyRangesAreLetGoAtOnce(final FileForm form) throws IOException {
        final EvBuffer buffer = draining();
        final List<String> log = new ArrayList<>();
        buffer.addListener((of, change) -> log.add("changed"));
        final AtomicInteger cleanups = new AtomicInteger();
        for (final int size : new int[] {0, 20}) {
            final FileChannel channel = file(size);
            final FileSegment segment = new FileSegment(
                    FileSource.of(channel),
                    size,
                    size == 0 ? FileSegment.TO_THE_END : 0,
                    form.flags(Flag.CLOSE_ON_FREE),
                    buffers.pool());
            segment.onCleanup((of, flags, attachment) -> cleanups.incrementAndGet(), null);
            segment.addTo(buffer);
            assertThat(segment.refCount()).isOne();
            segment.close();
            assertThat(channel.isOpen()).isFalse();
        }
        assertThat(cleanups).hasValue(2);
        final FileChannel added = file(0);
        FileSegment.addFile(buffer, added, 0, FileSegment.TO_THE_END);
        assertThat(added.isOpen()).isFalse();
        assertThat(buffer.countChains()).isZero();
        assertThat(log).isEmpty();
    }

    // ---- what is larger than 2 GiB ----

    @Test
    void filesBeyond2GiBAreSentMappedAndLookedAt() throws IOException {
        final long far = 5L << 30;
        final FileChannel channel = FileChannel.open(
                directory.resolve("sparse"),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.SPARSE);
        opened.add(channel);
        channel.write(ByteBuffer.wrap(ByteSequence.bytes(5000)), far);
        channel.write(ByteBuffer.wrap(ByteSequence.bytes(5000, 2000)), (1L << 30) + 100 - 1000);
        for (final FileForm form : List.of(FileForm.UNLOADED, FileForm.MAPPED)) {
            final EvBuffer buffer = draining();
            final FileSegment segment = segment(channel, 100, FileSegment.TO_THE_END, form);
            segment.addTo(buffer);
            segment.close();
            assertThat(buffer.length()).isEqualTo(far + 5000 - 100);
            final byte[] border = new byte[2000];
            buffer.copyOut((1L << 30) - 1000, border, 0, border.length);
            assertThat(border).isEqualTo(ByteSequence.bytes(5000, 2000));
            assertThat(buffer.drain(far - 100)).isEqualTo(far - 100);
            checkReceived(buffer, ByteSequence.bytes(5000));
            assertThat(segment.refCount()).isZero();
        }
        assertThatThrownBy(() -> segment(channel, 0, Long.MAX_VALUE / 2, FileForm.LINEAR))
                .isInstanceOf(EOFException.class);
    }

    // ---- sharing ----

    @ParameterizedTest
    @EnumSource(FileForm.class)
    @DisplayName("B-8: file data is shared by many buffers and outlives the buffer it was added to")
    void fileDataIsShared(final FileForm form) throws IOException {
        final AtomicInteger cleanups = new AtomicInteger();
        final EvBuffer source = draining();
        source.add(ByteSequence.bytes(10));
        final FileSegment segment = segment(file(300_000), 10, FileSegment.TO_THE_END, form);
        segment.onCleanup((of, flags, attachment) -> cleanups.incrementAndGet(), null);
        segment.addTo(source);
        segment.close();
        final EvBuffer one = empty();
        final EvBuffer two = empty();
        one.addBufferReference(source);
        two.addBufferReference(one);
        two.addBufferReference(source);
        source.drain(100_000);
        source.close();
        final byte[] all = ByteSequence.bytes(300_000);
        one.checkInvariants();
        checkReceived(one, all);
        assertThat(cleanups).hasValue(0);
        final EvBuffer front = empty();
        two.removeBuffer(front, 123_456);
        checkReceived(two, join(Arrays.copyOfRange(all, 123_456, all.length), all));
        checkDrained(front, Arrays.copyOf(all, 123_456));
        assertThat(cleanups).hasValue(1);
    }

    @ParameterizedTest
    @EnumSource(FileForm.class)
    void buffersOfTwoThreadsLetGoOfOneSegmentOnce(final FileForm form) throws Exception {
        final AtomicInteger cleanups = new AtomicInteger();
        final FileSegment segment = segment(file(100_000), 0, FileSegment.TO_THE_END, form);
        segment.onCleanup((of, flags, attachment) -> cleanups.incrementAndGet(), null);
        final int rounds = 300;
        final List<EvBuffer> mine = new ArrayList<>();
        final List<EvBuffer> others = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            final EvBuffer buffer = new EvBuffer();
            final EvBuffer sharer = new EvBuffer();
            buffer.drainsToFd(true);
            segment.addTo(buffer, i, 70_000);
            sharer.addBufferReference(buffer);
            mine.add(buffer);
            others.add(sharer);
        }
        segment.close();
        final CountDownLatch start = new CountDownLatch(2);
        final Thread other = new Thread(() -> letGo(others, start), "other");
        other.start();
        letGo(mine, start);
        other.join();
        assertThat(segment.refCount()).isZero();
        assertThat(cleanups).hasValue(1);
    }

    @Test
    @DisplayName("INV-23: holds are counted right when threads take and release them at once")
    void holdsAreCountedByManyThreads() throws Exception {
        final FileSegment segment = segment(file(10), 0, 10, FileForm.UNLOADED);
        final CountDownLatch start = new CountDownLatch(2);
        final Runnable holds = () -> {
            start.countDown();
            while (start.getCount() > 0) Thread.onSpinWait();
            for (int i = 0; i < 300_000; i++) {
                segment.retain();
                segment.release();
            }
        };
        final Thread other = new Thread(holds, "other");
        other.start();
        holds.run();
        other.join();
        assertThat(segment.refCount()).isOne();
    }

    @Test
    void threadsThatNeedASegmentAtOnceLoadItOnce() throws Exception {
        final CountDownLatch reading = new CountDownLatch(1);
        final CountDownLatch goOn = new CountDownLatch(1);
        final AtomicInteger reads = new AtomicInteger();
        final FileSource file = new Unmappable(new SequenceFile(100_000), ByteBuffer.allocateDirect(1), new int[2]) {
            @Override
            public int read(final long position, final Segment target, final int offset, final int length)
                    throws IOException {
                if (reads.incrementAndGet() == 1) {
                    reading.countDown();
                    await(goOn);
                }
                return super.read(position, target, offset, length);
            }
        };
        try (FileSegment segment = new FileSegment(file, 0, 100_000, Set.of(), SlabPool.shared())) {
            final List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
            final Runnable adds = () -> {
                try (EvBuffer buffer = new EvBuffer()) {
                    segment.addTo(buffer);
                    EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(100_000));
                } catch (final IOException | RuntimeException | Error e) {
                    failures.add(e);
                }
            };
            final Thread first = new Thread(adds, "first");
            final Thread second = new Thread(adds, "second");
            first.start();
            await(reading);
            second.start();
            while (second.getState() == Thread.State.NEW || second.getState() == Thread.State.RUNNABLE)
                Thread.onSpinWait();
            goOn.countDown();
            first.join();
            second.join();
            assertThat(failures).isEmpty();
            assertThat(reads).as("two pieces").hasValue(2);
        }
    }

    private static void await(final CountDownLatch latch) {
        try {
            latch.await();
        } catch (final InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void letGo(final List<EvBuffer> buffers, final CountDownLatch start) {
        start.countDown();
        try {
            start.await();
        } catch (final InterruptedException e) {
            throw new AssertionError(e);
        }
        final byte[] looked = new byte[10];
        for (final EvBuffer buffer : buffers) {
            buffer.copyOut(500, looked, 0, 10);
            buffer.close();
        }
    }

    // ---- looking ----

    @Test
    @DisplayName("B-13: lines, searches, pull-ups, copies and cuts load what they need of a file")
    void operationsThatLookLoadWhatTheyNeed() throws IOException {
        for (final Set<Flag> flags : List.of(EnumSet.noneOf(Flag.class), EnumSet.of(Flag.ALLOW_MMAP))) {
            final SequenceFile file = new SequenceFile(1 << 20).readAtMost(9999).mapping();
            final EvBuffer buffer = draining();
            final FileSegment segment = new FileSegment(file, 11, FileSegment.TO_THE_END, flags, buffers.pool());
            segment.addTo(buffer);
            segment.close();
            final byte[] all = ByteSequence.bytes(11, (1 << 20) - 11);
            final byte[] needle = Arrays.copyOfRange(all, 500_000, 500_300);
            assertThat(file.calls()).as("only the size").isOne();
            assertThat(buffer.search(needle, 400_000)).isEqualTo(indexOf(all, needle, 400_000));
            final byte[] seen = new byte[100_000];
            buffer.copyOut(900_000, seen, 0, seen.length);
            assertThat(seen).isEqualTo(Arrays.copyOfRange(all, 900_000, 1_000_000));
            final EvBuffer front = empty();
            buffer.removeBuffer(front, 70_001);
            front.pullUp(70_000, new UnsafeBuffer(0, 0));
            assertThat(front.copyToArray()).isEqualTo(Arrays.copyOf(all, 70_001));
            buffer.prependBuffer(front);
            EvBufferInvariants.checkContent(buffer, all);
            buffer.close();
            front.close();
            assertThat(segment.refCount()).isZero();
            assertThat(file.mappings()).isZero();
        }
    }

    private static long indexOf(final byte[] all, final byte[] needle, final int from) {
        for (int i = from; ; i++) {
            if (Arrays.equals(all, i, i + needle.length, needle, 0, needle.length)) return i;
        }
    }

    @Test
    @DisplayName("INV-23: each unloaded chain and each loaded range holds the segment")
    void rangesLoadedHoldTheSegment() throws IOException {
        final SequenceFile file = new SequenceFile(200_000);
        final EvBuffer buffer = draining();
        final FileSegment segment =
                new FileSegment(file, 0, FileSegment.TO_THE_END, EnumSet.of(Flag.CLOSE_ON_FREE), buffers.pool());
        segment.addTo(buffer);
        segment.close();
        assertThat(segment.refCount()).isOne();
        buffer.copyOut(new byte[10], 0, 10);
        assertThat(segment.refCount()).isEqualTo(2);
        buffer.drain(65_536);
        assertThat(segment.refCount()).isOne();
        buffer.copyOut(buffer.length() - 1, new byte[1], 0, 1);
        buffer.drain(buffer.length() - 1);
        assertThat(file.closes())
                .as("the last byte is loaded, and may be looked at")
                .isZero();
        buffer.drain(1);
        assertThat(file.closes()).isOne();
        assertThat(segment).hasToString("FileSegment[200000 bytes at 0 of sequence file, [CLOSE_ON_FREE], 0 holds]");
    }

    @Test
    void theWholeSegmentIsLoadedOnceForAllParts() throws IOException {
        for (final boolean maps : new boolean[] {true, false}) {
            final SequenceFile file = new SequenceFile(200_000);
            if (maps) file.mapping();
            try (FileSegment segment =
                    new FileSegment(file, 0, FileSegment.TO_THE_END, EnumSet.of(Flag.ALLOW_MMAP), buffers.pool())) {
                final EvBuffer buffer = empty();
                segment.addTo(buffer, 10, 20);
                final int calls = file.calls();
                segment.addTo(buffer, 1000, 150_000);
                assertThat(file.calls()).isEqualTo(calls);
                assertThat(file.mappings()).isEqualTo(maps ? 1 : 0);
                assertThat(buffer.copyToArray())
                        .isEqualTo(join(ByteSequence.bytes(10, 20), ByteSequence.bytes(1000, 150_000)));
                assertThat(buffers.segmentsInUse()).isEqualTo(maps ? 0 : 4);
                buffer.close();
            }
            assertThat(file.mappings()).isZero();
        }
    }

    @Test
    void nothingIsMappedUnlessItIsAllowed() throws IOException {
        final SequenceFile file = new SequenceFile(100_000).mapping();
        try (FileSegment segment =
                new FileSegment(file, 0, FileSegment.TO_THE_END, EnumSet.noneOf(Flag.class), buffers.pool())) {
            final EvBuffer loaded = empty();
            segment.addTo(loaded);
            final EvBuffer onDemand = draining();
            segment.addTo(onDemand);
            assertThat(onDemand.copyToArray()).isEqualTo(loaded.copyToArray());
            assertThat(file.mappings()).isZero();
        }
    }

    // ---- failures ----

    @Test
    @DisplayName("B-12: what fails before anything was added leaves the file with the caller")
    void failuresLeaveTheFileWithTheCaller() throws IOException {
        for (final boolean drains : new boolean[] {true, false}) {
            final SequenceFile file = new SequenceFile(1000);
            final EvBuffer buffer = empty();
            buffer.drainsToFd(drains);
            for (final long[] range : new long[][] {{-1, 5}, {0, -2}, {5, Long.MAX_VALUE}}) {
                assertThatThrownBy(() -> FileSegment.addFile(buffer, file, range[0], range[1]))
                        .isInstanceOf(IndexOutOfBoundsException.class);
            }
            assertThatThrownBy(() -> FileSegment.addFile(buffer, file, 1001, FileSegment.TO_THE_END))
                    .isInstanceOf(EOFException.class)
                    .hasMessageContaining("1000");
            if (!drains) {
                assertThatThrownBy(() -> FileSegment.addFile(buffer, file, 10, 991))
                        .isInstanceOf(EOFException.class)
                        .hasMessage("the file has no byte at 1000, bytes up to 1001 were promised");
            }
            assertThatThrownBy(() -> FileSegment.addFile(buffer, file.failAt(1), 0, FileSegment.TO_THE_END))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("fails");
            buffer.maxLength(999);
            final int calls = file.calls();
            assertThatThrownBy(() -> FileSegment.addFile(buffer, file, 0, 1000))
                    .isInstanceOf(BufferLimitException.class);
            buffer.freeze(BufferEnd.END);
            assertThatThrownBy(() -> FileSegment.addFile(buffer, file, 0, 10))
                    .isInstanceOf(FrozenBufferException.class);
            assertThatThrownBy(() -> FileSegment.addFile(buffer, file, 0, 0)).isInstanceOf(FrozenBufferException.class);
            assertThat(file.calls())
                    .as("nothing is loaded for a buffer that takes nothing")
                    .isEqualTo(calls);
            buffer.unfreeze(BufferEnd.END);
            buffer.close();
            assertThatThrownBy(() -> FileSegment.addFile(buffer, file, 0, 10))
                    .isInstanceOf(IllegalStateException.class);
            assertThat(file.closes()).isZero();
        }
    }

    @Test
    void aListenersExceptionDoesNotUndoTheAddition() throws IOException {
        for (final boolean drainedAtOnce : new boolean[] {false, true}) {
            final SequenceFile file = new SequenceFile(1000);
            final EvBuffer buffer = draining();
            buffer.addListener((of, change) -> {
                if (change.added() == 0) return;
                if (drainedAtOnce) of.drain(1000);
                throw new IllegalStateException("listener");
            });
            assertThatThrownBy(() -> FileSegment.addFile(buffer, file, 0, 1000)).hasMessage("listener");
            assertThat(buffer.length()).isEqualTo(drainedAtOnce ? 0 : 1000);
            buffer.drain(1000);
            assertThat(file.closes()).isOne();
        }
    }

    /** Throws at the n-th time it is taken, as anything may that runs out of heap. */
    @SuppressWarnings("serial")
    private static final class FailingLock extends ReentrantLock {
        private int until = Integer.MAX_VALUE;

        @Override
        public void lock() {
            if (--until == 0) throw new OutOfMemoryError("lock");
            super.lock();
        }
    }

    @ParameterizedTest
    @EnumSource(FileForm.class)
    @DisplayName("INV-23, B-12: running out of heap at any step adds the part with its hold, or neither")
    void runningOutOfHeapAddsThePartWithItsHoldOrNeither(final FileForm form) throws IOException {
        for (final int length : new int[] {100, 150_000}) { // one piece in memory, or several
            int failures = 0;
            boolean failed = true;
            for (int step = 1; failed; step++) {
                final FailingLock lock = new FailingLock();
                final EvBuffer buffer = draining();
                buffer.enableLocking(lock);
                final FileSegment segment = segment(file(200_000), 0, FileSegment.TO_THE_END, form);
                lock.until = step;
                try {
                    segment.addTo(buffer, 10, length);
                    failed = false;
                } catch (final OutOfMemoryError e) {
                    failures++;
                }
                lock.until = Integer.MAX_VALUE;
                assertThat(lock.isLocked()).isFalse();
                assertThat(buffer.length()).isIn(0L, (long) length);
                assertThat(segment.refCount()).isEqualTo(buffer.isEmpty() ? 1 : 2);
                buffer.close();
                assertThat(segment.refCount()).isOne();
                segment.close();
            }
            assertThat(failures).isGreaterThan(3);
        }
    }

    @Test
    @DisplayName("B-12: running out of heap at any step of addFile leaves the file with the caller, or with the buffer")
    void runningOutOfHeapLeavesAFileWithOneOwner() throws IOException {
        for (final boolean drains : new boolean[] {true, false}) {
            int failures = 0;
            boolean failed = true;
            for (int step = 1; failed; step++) {
                final FailingLock lock = new FailingLock();
                final EvBuffer buffer = empty();
                buffer.drainsToFd(drains);
                buffer.enableLocking(lock);
                final SequenceFile file = new SequenceFile(1000);
                lock.until = step;
                try {
                    FileSegment.addFile(buffer, file, 0, FileSegment.TO_THE_END);
                    failed = false;
                } catch (final OutOfMemoryError e) {
                    failures++;
                }
                lock.until = Integer.MAX_VALUE;
                assertThat(file.closes()).isZero();
                final boolean added = !buffer.isEmpty();
                buffer.close();
                assertThat(file.closes()).isEqualTo(added ? 1 : 0);
            }
            assertThat(failures).isGreaterThan(3);
        }
    }

    @Test
    @DisplayName("INV-23: a listener that runs out of heap does not undo the addition, whatever it did to the buffer")
    void aListenerThatRunsOutOfHeapDoesNotUndoTheAddition() throws IOException {
        final List<Consumer<EvBuffer>> deeds = List.of(
                buffer -> {}, // what was added stays
                buffer -> buffer.drain(100), // what was there goes
                buffer -> buffer.drain(Long.MAX_VALUE),
                EvBuffer::close);
        for (final FileForm form : FileForm.values()) {
            for (int before = 0; before <= 100; before += 100) {
                for (final Consumer<EvBuffer> deed : deeds) {
                    final EvBuffer buffer = draining();
                    buffer.add(new byte[before]);
                    final FileSegment segment = segment(file(200), 0, FileSegment.TO_THE_END, form);
                    buffer.addListener((of, change) -> {
                        if (change.added() == 0) return;
                        deed.accept(of);
                        throw new OutOfMemoryError("listener");
                    });
                    assertThatThrownBy(() -> segment.addTo(buffer, 50, 100)).hasMessage("listener");
                    final boolean gone = buffer.isClosed() || buffer.isEmpty();
                    assertThat(segment.refCount()).isEqualTo(gone ? 1 : 2);
                    buffer.close();
                    assertThat(segment.refCount()).isOne();
                }
            }
        }
    }

    /** A file whose mappings cannot be used. */
    private static class Unmappable implements FileSource {
        private final SequenceFile file;
        private final ByteBuffer memory;
        private final int[] mapped;

        Unmappable(final SequenceFile file, final ByteBuffer memory, final int[] mapped) {
            this.file = file;
            this.memory = memory;
            this.mapped = mapped;
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public int read(final long position, final Segment target, final int offset, final int length)
                throws IOException {
            return file.read(position, target, offset, length);
        }

        @Override
        public Mapping map(final long position, final int length) throws IOException {
            mapped[0]++;
            return new Mapping() {
                @Override
                public ByteBuffer memory() {
                    return memory;
                }

                @Override
                public void unmap() {
                    mapped[1]++;
                }
            };
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }

    @Test
    void whatCannotBeMappedIsReadIn() throws IOException {
        final SequenceFile file = new SequenceFile(200_000).mapping().failAt(3); // size, size, map
        try (FileSegment segment =
                new FileSegment(file, 0, FileSegment.TO_THE_END, FileForm.MAPPED.flags(), buffers.pool())) {
            final EvBuffer buffer = empty();
            segment.addTo(buffer);
            assertThat(buffers.segmentsInUse()).isEqualTo(4);
            assertThat(file.mappings()).isZero();
            EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(200_000));
            buffer.close();
        }
    }

    @Test
    void ifALaterWindowCannotBeMappedTheOthersAreEnded() throws IOException {
        final int[] mapped = new int[2]; // and unmapped
        final ByteBuffer memory = ByteBuffer.allocateDirect(1); // a GiB of it is promised, and never touched
        final SequenceFile tooLarge = new SequenceFile((1L << 30) + 1).failAt(2); // size, and read instead
        final FileSource file = new Unmappable(tooLarge, memory, mapped) {
            @Override
            public Mapping map(final long position, final int length) throws IOException {
                if (position > 0) throw new IOException("no second window");
                return super.map(position, length);
            }
        };
        assertThatThrownBy(() -> new FileSegment(file, 0, (1L << 30) + 1, FileForm.MAPPED.flags(), buffers.pool()))
                .isInstanceOf(IOException.class);
        assertThat(mapped).containsExactly(1, 1);
    }

    @Test
    @DisplayName("B-11: a mapped file that was cut short is too short when it is looked at, and is not made longer")
    void aFileCutShortIsNotMapped() throws IOException {
        final FileChannel channel = file(100_000);
        final EvBuffer buffer = draining();
        final FileSegment segment = new FileSegment(
                FileSource.of(channel), 0, FileSegment.TO_THE_END, EnumSet.of(Flag.ALLOW_MMAP), buffers.pool());
        segment.addTo(buffer);
        segment.close();
        channel.truncate(10);
        assertThatThrownBy(() -> buffer.copyOut(0, new byte[100], 0, 100))
                .isInstanceOf(UncheckedIOException.class)
                .hasRootCauseInstanceOf(EOFException.class);
        assertThat(channel.size()).isEqualTo(10);
    }

    @Test
    void whatNoMemoryCanHoldIsRefusedBeforeItIsRead() {
        final SequenceFile file = new SequenceFile(1L << 50);
        assertThatThrownBy(
                        () -> new FileSegment(file, 0, FileSegment.TO_THE_END, FileForm.LINEAR.flags(), buffers.pool()))
                .isInstanceOf(BufferLimitException.class);
        assertThat(file.calls()).as("the size alone, twice").isEqualTo(2);
    }

    @Test
    void aFileThatReadsNothingIsTooShort() throws IOException {
        final SequenceFile file = new SequenceFile(100).readAtMost(0);
        assertThatThrownBy(
                        () -> new FileSegment(file, 0, FileSegment.TO_THE_END, FileForm.LINEAR.flags(), buffers.pool()))
                .isInstanceOf(EOFException.class);
        assertThat(buffers.segmentsInUse()).isZero();
    }

    @Test
    void aMappingThatCannotBeUsedIsEnded() throws IOException {
        for (final ByteBuffer memory : List.of(ByteBuffer.allocate(100), ByteBuffer.allocateDirect(99))) {
            final int[] mapped = new int[2];
            final FileSource file = new Unmappable(new SequenceFile(100), memory, mapped);
            assertThatThrownBy(() ->
                            new FileSegment(file, 0, FileSegment.TO_THE_END, FileForm.MAPPED.flags(), buffers.pool()))
                    .isInstanceOf(RuntimeException.class);
            assertThat(mapped).containsExactly(1, 1);
        }
    }

    @ParameterizedTest
    @EnumSource(FileForm.class)
    @DisplayName("a load that fails at any call changes nothing and keeps nothing")
    void aLoadThatFailsAtAnyCallChangesNothing(final FileForm form) throws IOException {
        int failures = 0;
        for (int call = 1; ; call++) {
            final SequenceFile file = new SequenceFile(200_000).readAtMost(30_000);
            if (form == FileForm.MAPPED) file.mapping();
            final EvBuffer buffer = draining();
            buffer.add(new byte[] {1, 2, 3});
            file.failAt(call);
            boolean failed = false;
            try (FileSegment segment =
                    new FileSegment(file, 10, FileSegment.TO_THE_END, form.flags(), buffers.pool())) {
                segment.addTo(buffer);
                final int holds = segment.refCount();
                final long length = buffer.length();
                try {
                    checkContentFrom(buffer, 3, ByteSequence.bytes(10, 199_990));
                } catch (final UncheckedIOException e) {
                    assertThat(e.getCause()).hasMessageContaining("fails");
                    assertThat(segment.refCount()).isGreaterThanOrEqualTo(holds);
                    assertThat(buffer.length()).isEqualTo(length);
                    buffer.checkInvariants();
                    failed = true;
                    checkContentFrom(buffer, 3, ByteSequence.bytes(10, 199_990)); // it works the next time
                }
            } catch (final IOException e) {
                assertThat(e).hasMessageContaining("fails");
                assertThat(buffer.length()).isEqualTo(3);
                failed = true;
            }
            buffer.close();
            assertThat(buffers.segmentsInUse()).isZero();
            assertThat(file.mappings()).isZero();
            if (!failed) {
                if (file.calls() < call) break; // the call to fail never came
                assertThat(form).as("what cannot be mapped is read in").isEqualTo(FileForm.MAPPED);
            }
            failures++;
        }
        assertThat(failures).isGreaterThanOrEqualTo(3);
    }

    private static void checkContentFrom(final EvBuffer buffer, final int from, final byte[] expected) {
        final byte[] seen = new byte[expected.length];
        assertThat(buffer.copyOut(from, seen, 0, seen.length)).isEqualTo(seen.length);
        assertThat(seen).isEqualTo(expected);
    }

    @Test
    void aFileThatEndsWhileItIsReadInIsTooShort() throws IOException {
        final FileChannel channel = file(200_000);
        final EvBuffer buffer = draining();
        final FileSegment segment = segment(channel, 0, FileSegment.TO_THE_END, FileForm.UNLOADED);
        segment.addTo(buffer);
        segment.close();
        channel.truncate(100_000);
        buffer.drain(90_000);
        assertThatThrownBy(() -> buffer.copyOut(new byte[20_000], 0, 20_000))
                .isInstanceOf(UncheckedIOException.class)
                .hasRootCauseInstanceOf(EOFException.class)
                .hasMessageContaining("the file has no byte at 100000, bytes up to 155536 were promised");
        assertThat(buffer.length()).isEqualTo(110_000);
        buffer.checkInvariants();
    }

    @Test
    @DisplayName("B-11: a file cut short underneath is an exception at the byte that is gone; what was read in stays")
    void aFileCutShortUnderneath() throws IOException {
        for (final FileForm form : FileForm.values()) {
            final FileChannel channel = file(300_000);
            final EvBuffer output = draining();
            output.add(new byte[] {7});
            segment(channel, 0, FileSegment.TO_THE_END, form).addTo(output);
            if (form == FileForm.MAPPED) continue; // not to be tried, as the class comment says
            channel.truncate(4096);
            try (FileChannel target = FileChannel.open(
                    directory.resolve("copy" + form), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                final ChannelWriter writer = new ChannelWriter(target);
                if (form == FileForm.LINEAR) {
                    while (!output.isEmpty()) writer.write(output);
                    assertThat(Files.readAllBytes(directory.resolve("copyLINEAR")))
                            .isEqualTo(join(new byte[] {7}, ByteSequence.bytes(300_000)));
                } else {
                    assertThat(writer.write(output)).isOne();
                    assertThat(writer.write(output)).isEqualTo(4096);
                    for (int i = 0; i < 2; i++) {
                        assertThatThrownBy(() -> writer.write(output))
                                .isInstanceOf(EOFException.class)
                                .hasMessage("nothing to send from 4096 on: the file has 4096 bytes");
                    }
                    assertThat(output.length()).isEqualTo(300_000 - 4096);
                }
            }
        }
    }

    @Test
    void aFileClosedUnderneath() throws IOException {
        for (final FileForm form : FileForm.values()) {
            final FileChannel channel = file(100_000);
            final EvBuffer output = draining();
            segment(channel, 0, FileSegment.TO_THE_END, form).addTo(output);
            channel.close();
            if (form == FileForm.UNLOADED) {
                try (SocketPair pair = SocketPair.open()) {
                    final ChannelWriter writer = new ChannelWriter(pair.client);
                    assertThatThrownBy(() -> writer.write(output)).isInstanceOf(ClosedChannelException.class);
                }
                assertThatThrownBy(() -> output.copyOut(new byte[1], 0, 1))
                        .isInstanceOf(UncheckedIOException.class)
                        .hasCauseInstanceOf(ClosedChannelException.class);
                assertThat(output.length()).isEqualTo(100_000);
            } else {
                checkReceived(output, ByteSequence.bytes(100_000));
            }
        }
    }

    @Test
    @DisplayName("B-15: whatever throws at the end, memory, file and cleanup all have their turn")
    void whateverThrowsAtTheEndAllElseIsDone() throws IOException {
        final SequenceFile file = new SequenceFile(100).failWhenClosed(new IOException("close"));
        final FileSegment segment = new FileSegment(
                file, 0, FileSegment.TO_THE_END, FileForm.LINEAR.flags(Flag.CLOSE_ON_FREE), buffers.pool());
        segment.onCleanup(
                (of, flags, attachment) -> {
                    throw new IllegalStateException("cleanup");
                },
                null);
        final EvBuffer buffer = empty();
        segment.addTo(buffer);
        segment.close();
        assertThatThrownBy(() -> buffer.drain(100))
                .isInstanceOf(UncheckedIOException.class)
                .hasRootCauseMessage("close")
                .satisfies(thrown -> assertThat(thrown.getSuppressed()).hasSize(1));
        assertThat(buffer.isEmpty()).isTrue();
        assertThat(buffers.segmentsInUse()).isZero();
        assertThat(file.closes()).isOne();

        final SequenceFile empty = new SequenceFile(0).failWhenClosed(new IOException("close"));
        assertThatThrownBy(() -> FileSegment.addFile(buffer, empty, 0, FileSegment.TO_THE_END))
                .isInstanceOf(IOException.class)
                .hasMessage("close");
    }

    @Test
    @SuppressWarnings("NullAway") // null is what is tested
    void aSegmentNeedsAFileAndMemory() {
        assertThatThrownBy(() -> FileSource.of(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> new FileSegment((FileSource) null, 0, 1, Set.of(), buffers.pool()))
                .isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> new FileSegment(new SequenceFile(1), 0, 1, Set.of(), null))
                .isInstanceOf(NullPointerException.class);
    }

    // ---- help ----

    private EvBuffer empty() {
        final EvBuffer buffer = buffers.empty();
        shown.add(buffer);
        return buffer;
    }

    private EvBuffer draining() {
        final EvBuffer buffer = empty();
        buffer.drainsToFd(true);
        return buffer;
    }

    /** A segment with memory of this test's pool. */
    private FileSegment segment(final FileChannel channel, final long offset, final long length, final FileForm form)
            throws IOException {
        final FileSegment segment =
                new FileSegment(FileSource.of(channel), offset, length, form.flags(), buffers.pool());
        segments.add(segment);
        return segment;
    }

    /** A file of so many bytes of the sequence, open for reading and writing. */
    private FileChannel file(final int size) throws IOException {
        final Path path = directory.resolve("file" + opened.size());
        Files.write(path, ByteSequence.bytes(size));
        final FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        opened.add(channel);
        return channel;
    }

    private static byte[] join(final byte[] first, final byte[] second) {
        final byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }
}
