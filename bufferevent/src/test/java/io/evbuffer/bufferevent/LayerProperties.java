package io.evbuffer.bufferevent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.evbuffer.bufferevent.Filters.Watched;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.EventConfig;
import io.evbuffer.memory.SlabPool;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

/**
 * Random programs on a pair with two filters on each end, one of which changes the length: whatever is written, drained,
 * enabled, disabled, marked and flushed, in callbacks and out of them, all bytes arrive once and in order.
 */
class LayerProperties {
    private static final int STEPS = 250;
    private static final int MOST_PER_STEP = 700;

    @Property(tries = 300)
    @Label("BEV-13, BEV-23 to BEV-27: a chain of layers keeps every byte in order")
    void aChainOfLayersKeepsEveryByteInOrder(@ForAll final long seed) {
        new Program(seed).run();
    }

    /** One run. */
    private static final class Program {
        private final Random random;
        private final SlabPool pool = SlabPool.builder().name("layers").build();
        private final EventBase base;
        private final List<Throwable> broken = new ArrayList<>();
        private final Side[] sides = new Side[2];
        private final List<BufferEvent> all = new ArrayList<>();

        Program(final long seed) {
            random = new Random(seed);
            base = EventBase.open(EventConfig.create()
                    .onlyMethod(EventBase.supportedMethods().getFirst())
                    .pool(pool));
            base.errorHandler((source, failure) -> broken.add(failure));
        }

        void run() {
            final boolean deferred = random.nextBoolean();
            final PairBufferEvent[] ends = PairBufferEvent.create(base, Options.NONE);
            for (int i = 0; i < 2; i++) {
                sides[i] = new Side(ends[i], deferred ? Options.DEFER_CALLBACKS : Options.NONE);
            }
            for (int i = 0; i < STEPS && broken.isEmpty(); i++) {
                step(sides[random.nextInt(2)]);
                for (final BufferEvent each : all) {
                    BufferEventInvariants.state(each);
                }
                if (random.nextInt(3) == 0) {
                    turns(random.nextInt(4));
                }
            }
            end();
            assertEquals(List.of(), broken);
            for (int i = 0; i < 2; i++) {
                assertArrayEquals(sides[i].written.toByteArray(), sides[1 - i].received.toByteArray());
            }
            for (final BufferEvent each : all) {
                BufferEventInvariants.atRest(each);
            }
            for (final BufferEvent each : all.reversed()) {
                each.close();
            }
            base.close();
            assertEquals(0, pool.stats().segmentsInUse());
            pool.close();
        }

        /** All that holds bytes back goes, and the rest arrives without further pushing. */
        private void end() {
            for (final Side side : sides) {
                side.ending = true;
                for (final BufferEvent each : List.of(side.pair, side.middle, side.top)) {
                    each.setWatermark(Directions.BOTH, 0, 0);
                    if (each != side.pair) {
                        each.enable(Directions.BOTH);
                    }
                }
                side.take(Integer.MAX_VALUE);
            }
            turns(30);
            for (final Side side : sides) {
                side.take(Integer.MAX_VALUE);
                assertEquals(0, side.top.pendingOutput());
            }
        }

        private void turns(final int count) {
            for (int i = 0; i < count; i++) {
                base.loop(EventBase.ONCE | EventBase.NONBLOCK);
            }
        }

        private void step(final Side side) {
            final BufferEvent any = List.of(side.pair, side.middle, side.top).get(random.nextInt(3));
            switch (random.nextInt(8)) {
                case 0, 1 -> side.write();
                case 2 -> side.take(random.nextInt(MOST_PER_STEP));
                case 3 -> side.top.enable(someDirections());
                case 4 -> side.top.disable(someDirections());
                case 5 -> mark(any);
                case 6 -> any.flush(someDirections(), random.nextBoolean() ? FlushMode.NORMAL : FlushMode.FLUSH);
                default -> {
                    if (random.nextBoolean()) {
                        side.middle.disable(Directions.WRITE);
                    } else {
                        side.middle.enable(Directions.WRITE);
                    }
                }
            }
        }

        private Directions someDirections() {
            return List.of(Directions.READ, Directions.WRITE, Directions.BOTH).get(random.nextInt(3));
        }

        private void mark(final BufferEvent which) {
            if (random.nextBoolean()) {
                final int low = random.nextInt(3) == 0 && which instanceof FilterBufferEvent ? random.nextInt(20) : 0;
                which.setWatermark(Directions.READ, low, random.nextInt(3) == 0 ? 0 : low + 2 + random.nextInt(300));
            } else {
                which.setWatermark(
                        Directions.WRITE, random.nextInt(100), random.nextInt(3) == 0 ? 0 : 2 + random.nextInt(300));
            }
        }

        /** One end of the pair with its two filters, and what its user did. */
        private final class Side {
            final PairBufferEvent pair;
            final FilterBufferEvent middle;
            final FilterBufferEvent top;
            final ByteArrayOutputStream written = new ByteArrayOutputStream();
            final ByteArrayOutputStream received = new ByteArrayOutputStream();
            boolean ending;

            Side(final PairBufferEvent end, final Options options) {
                pair = end;
                middle = layer(end, Filters.xor(90), Filters.xor(90), options);
                top = layer(middle, Filters.unhex(), Filters.hex(), options);
                all.addAll(List.of(pair, middle, top));
                top.setCallbacks(source -> read(), source -> wrote(), null);
            }

            private FilterBufferEvent layer(
                    final BufferEvent below, final BufferFilter in, final BufferFilter out, final Options options) {
                final Watched input = new Watched(Directions.READ, in);
                final Watched output = new Watched(Directions.WRITE, out);
                final FilterBufferEvent made = FilterBufferEvent.create(below, input, output, options);
                input.owner(made);
                output.owner(made);
                return made;
            }

            void write() {
                final byte[] bytes = new byte[random.nextInt(MOST_PER_STEP)];
                random.nextBytes(bytes);
                written.writeBytes(bytes);
                top.write(bytes);
            }

            void take(final int most) {
                received.writeBytes(Filters.take(top.input(), most));
            }

            private void read() {
                BufferEventInvariants.atCallback(top, true);
                take(ending ? Integer.MAX_VALUE : random.nextInt(MOST_PER_STEP));
                inCallback();
            }

            private void wrote() {
                BufferEventInvariants.atCallback(top, true);
                inCallback();
            }

            private void inCallback() {
                if (!ending && random.nextInt(3) == 0) {
                    step(this);
                }
            }
        }
    }
}
