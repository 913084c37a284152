package io.evbuffer.bufferevent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.event.EventBase;
import io.evbuffer.event.EventConfig;
import io.evbuffer.memory.SlabPool;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

/**
 * Random programs on two ends that speak TLS over pairs, and random damage to what one of them sends. Computations of the
 * handshake run at once, so that each run depends on its seed alone.
 */
class TlsProperties {
    private static final int STEPS = 150;
    private static final int MOST_PER_STEP = 20_000;

    @Property(tries = 60)
    @Label("BEV-13, BEV-29: TLS keeps every byte in order, whatever is enabled, marked, drained and flushed")
    void tlsKeepsEveryByteInOrder(@ForAll final long seed) {
        try (World world = new World(seed)) {
            final PairBufferEvent[] pair = PairBufferEvent.create(world.base, Options.NONE);
            world.all.addAll(List.of(pair));
            final Side client = world.side(pair[0], true);
            final Side server = world.side(pair[1], false);
            for (int i = 0; i < STEPS && world.broken.isEmpty(); i++) {
                world.step(world.random.nextBoolean() ? client : server);
                world.turns(world.random.nextInt(4));
            }
            for (final Side side : List.of(client, server)) {
                side.ending = true;
                side.tls.setWatermark(Directions.BOTH, 0, 0);
                side.tls.below().setWatermark(Directions.WRITE, 0, 0);
                side.tls.enable(Directions.BOTH);
                side.take(Integer.MAX_VALUE);
            }
            world.turns(400);
            assertArrayEquals(client.written.toByteArray(), server.takeAll());
            assertArrayEquals(server.written.toByteArray(), client.takeAll());
            assertEquals(List.of("CONNECTED"), client.events);
            assertEquals(List.of("CONNECTED"), server.events);
            assertEquals(0, client.tls.pendingOutput() + server.tls.pendingOutput());
        }
    }

    @Property(tries = 150)
    @Label("11.2, BEV-44: damaged, cut and invented bytes give one end, and no byte that was not sent")
    void damagedStreamsEndOnceAndDeliverNothingWrong(@ForAll final long seed) {
        try (World world = new World(seed)) {
            final PairBufferEvent[] near = PairBufferEvent.create(world.base, Options.NONE);
            final PairBufferEvent[] far = PairBufferEvent.create(world.base, Options.NONE);
            world.all.addAll(List.of(near));
            world.all.addAll(List.of(far));
            final Side client = world.side(near[0], true);
            final Side server = world.side(far[0], false);
            client.ending = true; // takes all, and goes on reading
            server.ending = true;
            if (world.random.nextBoolean()) {
                server.tls.setFlags(TlsFlags.DIRTY_SHUTDOWN);
            }
            final Damage damage = new Damage(world.random);
            near[1].setCallbacks(source -> damage.pass(source, far[1]), null, (source, what, cause) -> {});
            far[1].setCallbacks(source -> near[1].writeBuffer(source.input()), null, (source, what, cause) -> {});
            near[1].enable(Directions.BOTH);
            far[1].enable(Directions.BOTH);
            client.tls.enable(Directions.BOTH);
            server.tls.enable(Directions.BOTH);
            for (int i = 0; i < 5; i++) {
                client.write();
                world.turns(3);
            }
            if (world.random.nextBoolean()) {
                client.tls.shutdownOutput();
            }
            world.turns(40);
            far[1].shutdownOutput();
            world.turns(40);
            final byte[] got = server.takeAll();
            assertArrayEquals(Arrays.copyOf(client.written.toByteArray(), got.length), got);
            final long ends = server.events.stream()
                    .filter(line -> line.startsWith("READING"))
                    .count();
            assertEquals(1, ends, () -> server.events.toString());
            assertTrue(server.events.size() <= 3, () -> server.events.toString());
        }
    }

    /** What becomes of the bytes between one end and the other. */
    private static final class Damage {
        private static final int FIRST = 4_000; // in the handshake or shortly after it

        private final Random random;
        private final int kind;
        private final long at;
        private long passed;
        private boolean cut;

        Damage(final Random random) {
            this.random = random;
            this.kind = random.nextInt(5);
            this.at = random.nextInt(random.nextBoolean() ? FIRST : 40_000);
        }

        void pass(final BufferEvent from, final BufferEvent to) {
            final byte[] bytes = new byte[(int) from.input().length()];
            from.read(bytes, 0, bytes.length);
            final int index = (int) (at - passed);
            final boolean here = index >= 0 && index < bytes.length;
            passed += bytes.length;
            if (cut) {
                return;
            }
            if (!here) {
                to.write(bytes);
                return;
            }
            switch (kind) {
                case 0 -> { // one bit
                    bytes[index] ^= (byte) (1 << random.nextInt(8));
                    to.write(bytes);
                }
                case 1 -> { // the end of the stream
                    to.write(bytes, 0, index);
                    cut = true;
                }
                case 2 -> { // some bytes too many
                    to.write(bytes, 0, index);
                    to.write(noise(1 + random.nextInt(40)));
                    to.write(bytes, index, bytes.length - index);
                }
                case 3 -> { // nonsense from here on
                    to.write(bytes, 0, index);
                    to.write(noise(random.nextInt(40_000)));
                    cut = true;
                }
                default -> to.write(bytes); // none: only the end is missing, or not even that
            }
        }

        private byte[] noise(final int length) {
            final byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            return bytes;
        }
    }

    /** One end and what its user did. */
    private static final class Side {
        final TlsBufferEvent tls;
        final ByteArrayOutputStream written = new ByteArrayOutputStream();
        final ByteArrayOutputStream received = new ByteArrayOutputStream();
        final List<String> events = new ArrayList<>();
        boolean ending;

        private final Random random;

        Side(final TlsBufferEvent tls, final Random random) {
            this.tls = tls;
            this.random = random;
            tls.delegateTo(Runnable::run);
            tls.setCallbacks(
                    source -> {
                        BufferEventInvariants.atCallback(tls, true);
                        take(ending ? Integer.MAX_VALUE : random.nextInt(MOST_PER_STEP));
                        if (!ending && random.nextInt(4) == 0) {
                            tls.disable(Directions.READ);
                        }
                    },
                    source -> {
                        BufferEventInvariants.atCallback(tls, true);
                        if (!ending && random.nextInt(4) == 0) {
                            write();
                        }
                    },
                    (source, what, cause) -> {
                        BufferEventInvariants.atEvent(tls, true, what);
                        events.add(what.toString());
                    });
        }

        void write() {
            final byte[] bytes = new byte[random.nextInt(MOST_PER_STEP)];
            random.nextBytes(bytes);
            tls.write(bytes);
            written.writeBytes(bytes);
        }

        void take(final int atMost) {
            final byte[] bytes = new byte[(int) Math.min(atMost, tls.input().length())];
            tls.read(bytes, 0, bytes.length);
            received.writeBytes(bytes);
        }

        byte[] takeAll() {
            take(Integer.MAX_VALUE);
            return received.toByteArray();
        }
    }

    /** A base, and what lives on it. */
    private static final class World implements AutoCloseable {
        final Random random;
        final List<BufferEvent> all = new ArrayList<>();
        final List<Throwable> broken = new ArrayList<>();
        final EventBase base;
        private final SlabPool pool = SlabPool.builder().name("tls").build();
        private final String protocol;

        World(final long seed) {
            random = new Random(seed);
            protocol = random.nextBoolean() ? Certificates.TLS_1_2 : Certificates.TLS_1_3;
            base = EventBase.open(EventConfig.create()
                    .onlyMethod(EventBase.supportedMethods().getFirst())
                    .pool(pool));
            base.errorHandler((source, failure) -> broken.add(failure));
        }

        Side side(final BufferEvent below, final boolean client) {
            final TlsBufferEvent tls = TlsBufferEvent.over(
                    below,
                    client ? TlsFixture.client(protocol) : TlsFixture.server(protocol),
                    client ? TlsState.CONNECTING : TlsState.ACCEPTING,
                    random.nextBoolean() ? Options.DEFER_CALLBACKS : Options.NONE);
            all.add(tls);
            return new Side(tls, random);
        }

        void turns(final int count) {
            for (int i = 0; i < count; i++) {
                base.loop(EventBase.ONCE | EventBase.NONBLOCK);
            }
        }

        void step(final Side side) {
            final TlsBufferEvent tls = side.tls;
            switch (random.nextInt(8)) {
                case 0, 1 -> side.write();
                case 2 -> side.take(random.nextInt(MOST_PER_STEP));
                case 3 -> tls.enable(someDirections());
                case 4 -> tls.disable(someDirections());
                case 5 ->
                    tls.setWatermark(
                            Directions.READ, 0, random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(MOST_PER_STEP));
                case 6 -> tls.flush(someDirections(), random.nextBoolean() ? FlushMode.NORMAL : FlushMode.FLUSH);
                default ->
                    tls.below()
                            .setWatermark(
                                    Directions.WRITE,
                                    random.nextInt(100),
                                    random.nextInt(3) == 0 ? 0 : 2 + random.nextInt(3_000));
            }
            BufferEventInvariants.state(tls);
        }

        private Directions someDirections() {
            return List.of(Directions.READ, Directions.WRITE, Directions.BOTH).get(random.nextInt(3));
        }

        @Override
        public void close() {
            for (final BufferEvent each : all.reversed()) {
                each.close();
            }
            base.close();
            assertEquals(List.of(), broken);
            assertEquals(
                    0, pool.stats().segmentsInUse(), () -> pool.liveSegments().toString());
            pool.close();
        }
    }
}
