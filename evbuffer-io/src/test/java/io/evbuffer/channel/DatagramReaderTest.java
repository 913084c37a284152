package io.evbuffer.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.BufferEnd;
import io.evbuffer.EvBuffer;
import io.evbuffer.FrozenBufferException;
import io.evbuffer.channel.FaultyChannel.Fault;
import io.evbuffer.memory.BufferLimitException;
import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.EvBufferInvariants;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
class DatagramReaderTest {
    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    static DatagramChannel bound() throws IOException {
        return DatagramChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    private static void send(final DatagramChannel from, final long start, final int length, final SocketAddress to)
            throws IOException {
        assertThat(from.send(ByteBuffer.wrap(ByteSequence.bytes(start, length)), to))
                .isEqualTo(length);
    }

    @Test
    void eachReadBringsOneDatagramAndItsSender() throws IOException {
        final EvBuffer buffer = buffers.withChains(10);
        try (DatagramChannel here = bound();
                DatagramChannel one = bound();
                DatagramChannel other = bound()) {
            final DatagramReader reader = new DatagramReader(here, 1500);
            assertThat(reader.sender()).isNull();
            send(one, 10, 100, here.getLocalAddress());
            send(other, 110, 1500, here.getLocalAddress());
            send(one, 1610, 1, here.getLocalAddress());
            assertThat(reader.read(buffer)).isEqualTo(100); // the channel blocks until there is one
            assertThat(reader.sender()).isEqualTo(one.getLocalAddress());
            assertThat(reader.read(buffer)).isEqualTo(1500);
            assertThat(reader.sender()).isEqualTo(other.getLocalAddress());
            assertThat(reader.read(buffer)).isEqualTo(1);
            assertThat(reader.sender()).isEqualTo(one.getLocalAddress());
            EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(1611));
            here.configureBlocking(false);
            assertThat(reader.read(buffer)).isEqualTo(DatagramReader.NO_DATAGRAM);
            assertThat(buffer.length()).isEqualTo(1611);
            assertThat(reader).hasToString("DatagramReader[" + here + ", up to 1500 bytes]");
        }
    }

    @Test
    void aConnectedChannelIsReadInTheSameWay() throws IOException {
        final EvBuffer buffer = buffers.empty();
        try (DatagramChannel here = bound();
                DatagramChannel peer = bound();
                DatagramChannel stranger = bound()) {
            here.connect(peer.getLocalAddress());
            send(stranger, 5, 7, here.getLocalAddress());
            send(peer, 0, 200, here.getLocalAddress());
            final DatagramReader reader = new DatagramReader(here, 200);
            assertThat(reader.read(buffer)).isEqualTo(200);
            assertThat(reader.sender()).isEqualTo(peer.getLocalAddress());
            EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(200));
        }
    }

    @Test
    @DisplayName("D2: a datagram that is too large is reported, and no part of it is in the buffer")
    void aDatagramThatIsTooLargeIsReported() throws IOException {
        final EvBuffer buffer = buffers.withChains(10);
        try (DatagramChannel here = bound();
                DatagramChannel peer = bound()) {
            final DatagramReader reader = new DatagramReader(here, 100);
            for (final int tooLarge : new int[] {101, 102, 5000}) send(peer, 0, tooLarge, here.getLocalAddress());
            send(peer, 10, 100, here.getLocalAddress());
            for (int i = 1; i <= 3; i++) {
                assertThat(reader.read(buffer)).isEqualTo(DatagramReader.TOO_LARGE);
                assertThat(reader.tooLarge()).isEqualTo(i);
                assertThat(reader.sender()).isEqualTo(peer.getLocalAddress());
                assertThat(buffer.length()).isEqualTo(10);
            }
            assertThat(reader.read(buffer)).isEqualTo(100);
            EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(110));
            assertThat(reader.tooLarge()).isEqualTo(3);
        }
    }

    @Test
    void aDatagramOfNoBytesIsNotNothing() throws IOException {
        final EvBuffer buffer = buffers.empty();
        try (DatagramChannel here = bound();
                DatagramChannel peer = bound()) {
            final DatagramReader reader = new DatagramReader(here, 1);
            send(peer, 0, 0, here.getLocalAddress());
            assertThat(reader.read(buffer)).isZero();
            assertThat(reader.sender()).isEqualTo(peer.getLocalAddress());
            assertThat(buffer.isEmpty()).isTrue();
        }
    }

    @Test
    void theLargestDatagramThatIpv4TakesArrives() throws IOException {
        final EvBuffer buffer = buffers.empty();
        try (DatagramChannel here = bound();
                DatagramChannel peer = bound()) {
            final DatagramReader reader = new DatagramReader(here, 65_507);
            send(peer, 0, 65_507, here.getLocalAddress());
            assertThat(reader.read(buffer)).isEqualTo(65_507);
            EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(65_507));
            assertThat(buffer.countChains()).isOne();
        }
    }

    @Test
    void theLargestIsBetweenOneAndWhatTheProtocolHas() {
        final FaultyDatagrams channel = new FaultyDatagrams(false);
        for (final int impossible : new int[] {-1, 0, DatagramReader.LARGEST + 1}) {
            assertThatThrownBy(() -> new DatagramReader(channel, impossible))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(Integer.toString(impossible));
        }
    }

    @Test
    @DisplayName("D1: one call for each read, with exactly one byte more than the largest")
    void oneCallOfOneByteMore() throws IOException {
        final EvBuffer buffer = buffers.empty();
        buffer.expand(4000);
        final FaultyDatagrams channel = new FaultyDatagrams(false);
        final DatagramReader reader = new DatagramReader(channel, 100);
        assertThat(reader.read(buffer)).isEqualTo(DatagramReader.NO_DATAGRAM);
        assertThat(channel.lastRoom()).isEqualTo(101);
        assertThat(channel.calls()).isOne();
    }

    @Test
    @DisplayName("B-19, 7: a limit, a frozen end and a closed buffer are refused before the call, and nothing is lost")
    void whatCannotTakeADatagramIsRefusedBeforeTheCall() throws IOException {
        final FaultyDatagrams channel = new FaultyDatagrams(false);
        final DatagramReader reader = new DatagramReader(channel, 100);
        channel.waiting.add(ByteSequence.bytes(10, 100));
        final EvBuffer limited = buffers.withChains(10);
        limited.maxLength(110);
        assertThatThrownBy(() -> reader.read(limited)).isInstanceOf(BufferLimitException.class);
        final EvBuffer frozen = buffers.withChains(10);
        frozen.freeze(BufferEnd.END);
        assertThatThrownBy(() -> reader.read(frozen)).isInstanceOf(FrozenBufferException.class);
        final EvBuffer closed = buffers.empty();
        closed.close();
        assertThatThrownBy(() -> reader.read(closed)).isInstanceOf(IllegalStateException.class);
        assertThat(channel.calls()).isZero();
        limited.maxLength(111);
        assertThat(reader.read(limited)).isEqualTo(100);
        EvBufferInvariants.checkContent(limited, ByteSequence.bytes(110));
    }

    @Test
    void aFailingCallLeavesTheBufferAsItWas() throws IOException {
        final EvBuffer buffer = buffers.withChains(10);
        final FaultyDatagrams channel = new FaultyDatagrams(true);
        final DatagramReader reader = new DatagramReader(channel, 100);
        channel.waiting.add(ByteSequence.bytes(10, 5));
        channel.next(Fault.CHECKED);
        assertThatThrownBy(() -> reader.read(buffer)).isInstanceOf(SocketException.class);
        channel.next(Fault.UNCHECKED);
        assertThatThrownBy(() -> reader.read(buffer)).isInstanceOf(IllegalStateException.class);
        assertThat(reader.sender()).isNull();
        assertThat(buffer.length()).isEqualTo(10);
        assertThat(reader.read(buffer)).isEqualTo(5);
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(15));

        final DatagramChannel closed = bound();
        closed.close();
        assertThatThrownBy(() -> new DatagramReader(closed, 9).read(buffer)).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void aReaderOfStreamsRefusesDatagrams() throws IOException {
        try (DatagramChannel channel = bound()) {
            assertThatThrownBy(() -> new ChannelReader(channel))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("DatagramReader");
        }
    }
}
