package io.evbuffer.perf.stress;

import io.evbuffer.EvBuffer;
import io.evbuffer.memory.Segment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Reference counts that two threads share: of segments, of buffers that show the same bytes, of the caller's memory. */
public final class SharedCountStress {
    private static final int LENGTH = 16;
    private static final ByteBuffer MEMORY = ByteBuffer.allocateDirect(LENGTH);
    private static final byte OLD = 'o';
    private static final byte NEW = 'n';

    private SharedCountStress() {}

    private static EvBuffer holding(final CountingSource source, final byte value) {
        final EvBuffer buffer = new EvBuffer(source);
        final byte[] bytes = new byte[LENGTH];
        Arrays.fill(bytes, value);
        buffer.add(bytes);
        return buffer;
    }

    private static EvBuffer sharerOf(final EvBuffer shared, final CountingSource source) {
        final EvBuffer sharer = new EvBuffer(source);
        sharer.addBufferReference(shared);
        return sharer;
    }

    /** Two holders let go of a segment: it goes home once, and who sends it there sees what both did before. */
    @JCStressTest
    @Outcome(id = "1, 2", expect = Expect.ACCEPTABLE, desc = "home once, after both")
    @State
    public static class TwoHoldersRelease {
        private final AtomicInteger homecomings = new AtomicInteger();
        private final Segment segment = new Segment(this::home, MEMORY).lend().retain();
        private int first;
        private int second;
        private int seenAtHome;

        private void home(final Segment ignored) {
            seenAtHome = first + second; // plain reads of plain writes: the count alone orders them
            homecomings.incrementAndGet();
        }

        @Actor
        public void one() {
            first = 1;
            segment.release();
        }

        @Actor
        public void other() {
            second = 1;
            segment.release();
        }

        @Arbiter
        public void result(final II_Result result) {
            result.r1 = homecomings.get();
            result.r2 = seenAtHome;
        }
    }

    /** One holder lets go while the other adds one, without an atomic step if it is alone by then: no count is lost. */
    @JCStressTest
    @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "home once, after all three")
    @State
    public static class RetainMeetsRelease {
        private final AtomicInteger homecomings = new AtomicInteger();
        private final Segment segment = new Segment(this::home, MEMORY).lend().retain();

        private void home(final Segment ignored) {
            homecomings.incrementAndGet();
        }

        @Actor
        public void leaves() {
            segment.release();
        }

        @Actor
        public void stays() {
            segment.retain();
            segment.release();
            segment.release();
        }

        @Arbiter
        public void result(final II_Result result) {
            result.r1 = homecomings.get();
            result.r2 = segment.refCount();
        }
    }

    /** Two buffers that show the same bytes are drained: each segment goes home once. */
    @JCStressTest
    @Outcome(id = "16, 0", expect = Expect.ACCEPTABLE, desc = "both had all bytes, no segment is left out")
    @State
    public static class TwoSharersDrain {
        private final CountingSource source = new CountingSource();
        private final EvBuffer one;
        private final EvBuffer other;
        private long drainedByOne;
        private long drainedByOther;

        public TwoSharersDrain() {
            try (EvBuffer shared = holding(source, OLD)) {
                one = sharerOf(shared, source);
                other = sharerOf(shared, source);
            }
        }

        @Actor
        public void one() {
            drainedByOne = one.drain(Long.MAX_VALUE);
        }

        @Actor
        public void other() {
            drainedByOther = other.drain(Long.MAX_VALUE);
        }

        @Arbiter
        public void result(final II_Result result) {
            result.r1 = (int) (drainedByOne & drainedByOther);
            one.close();
            other.close();
            result.r2 = source.outstanding();
        }
    }

    /** Bytes that were shared on are shared on again by one thread while another one drains them. */
    @JCStressTest
    @Outcome(id = "16, 0", expect = Expect.ACCEPTABLE, desc = "the new sharer has all bytes, no segment is left out")
    @State
    public static class ShareMeetsDrain {
        private final CountingSource source = new CountingSource();
        private final EvBuffer one;
        private final EvBuffer other;
        private final EvBuffer third = new EvBuffer(new CountingSource());
        private int seenByThird;

        public ShareMeetsDrain() {
            try (EvBuffer shared = holding(source, OLD)) {
                one = sharerOf(shared, source);
                other = sharerOf(shared, source);
            }
        }

        @Actor
        public void share() {
            third.addBufferReference(one);
            one.close();
            for (final byte value : third.copyToArray()) seenByThird += value == OLD ? 1 : 0;
        }

        @Actor
        public void drain() {
            other.close();
        }

        @Arbiter
        public void result(final II_Result result) {
            result.r1 = seenByThird;
            third.close();
            result.r2 = source.outstanding();
        }
    }

    /** The last holder may write again where shared bytes were, but never while somebody still reads them. */
    @JCStressTest
    @Outcome(id = "16, 0", expect = Expect.ACCEPTABLE, desc = "the reader saw no new byte, no segment is left out")
    @State
    public static class WriteMeetsRead {
        private final CountingSource source = new CountingSource();
        private final EvBuffer writer = holding(source, OLD);
        private final EvBuffer reader = sharerOf(writer, source);
        private final byte[] more = {NEW, NEW, NEW, NEW};
        private int oldBytesRead;

        @Actor
        public void write() {
            writer.drain(more.length);
            writer.prepend(more); // where the drained bytes are, if nobody shares them any more
        }

        @Actor
        public void read() {
            for (final byte value : reader.copyToArray()) oldBytesRead += value == OLD ? 1 : 0;
            reader.close();
        }

        @Arbiter
        public void result(final II_Result result) {
            result.r1 = oldBytesRead;
            writer.close();
            result.r2 = source.outstanding();
        }
    }

    /** The caller's memory is shown by two buffers: its handler runs once, and sees what both threads did before. */
    @JCStressTest
    @Outcome(id = "1, 2", expect = Expect.ACCEPTABLE, desc = "released once, after both")
    @State
    public static class HandlerRunsOnce {
        private final AtomicInteger calls = new AtomicInteger();
        private final EvBuffer one;
        private final EvBuffer other;
        private int first;
        private int second;
        private int seenByHandler;

        public HandlerRunsOnce() {
            final CountingSource source = new CountingSource();
            try (EvBuffer shared = new EvBuffer(source)) {
                shared.addReference(new UnsafeBuffer(MEMORY), 0, LENGTH, this::released, null);
                one = sharerOf(shared, source);
                other = sharerOf(shared, source);
            }
        }

        private void released(final DirectBuffer memory, final long extent, final @Nullable Object attachment) {
            seenByHandler = first + second;
            calls.incrementAndGet();
        }

        @Actor
        public void one() {
            first = 1;
            one.drain(Long.MAX_VALUE);
        }

        @Actor
        public void other() {
            second = 1;
            other.close();
        }

        @Arbiter
        public void result(final II_Result result) {
            result.r1 = calls.get();
            result.r2 = seenByHandler;
            one.close();
        }
    }
}
