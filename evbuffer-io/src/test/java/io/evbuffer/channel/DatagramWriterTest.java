package io.evbuffer.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.BufferEnd;
import io.evbuffer.EvBuffer;
import io.evbuffer.FrozenBufferException;
import io.evbuffer.channel.FaultyChannel.Fault;
import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.EvBufferInvariants;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NotYetConnectedException;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
class DatagramWriterTest {
    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    private static byte[] received(final DatagramChannel channel) throws IOException {
        final ByteBuffer all = ByteBuffer.allocate(70_000);
        channel.receive(all);
        return Arrays.copyOf(all.array(), all.position());
    }

    private EvBuffer chains(final int count, final int length) {
        final int[] lengths = new int[count];
        Arrays.fill(lengths, length);
        return buffers.withChains(lengths);
    }

    @Test
    void aWholeBufferOrItsFirstBytesAreOneDatagram() throws IOException {
        final EvBuffer buffer = buffers.withChains(100, 200, 300);
        try (DatagramChannel here = DatagramReaderTest.bound();
                DatagramChannel peer = DatagramReaderTest.bound()) {
            here.connect(peer.getLocalAddress());
            final DatagramWriter writer = new DatagramWriter(here);
            assertThat(writer.write(buffer, 150)).isEqualTo(150);
            assertThat(writer.write(buffer)).isEqualTo(450);
            assertThat(received(peer)).isEqualTo(ByteSequence.bytes(150));
            assertThat(received(peer)).isEqualTo(ByteSequence.bytes(150, 450));
            assertThat(buffers.bytesCopied()).isZero();
            assertThat(buffer.isEmpty()).isTrue();
            assertThat(writer).hasToString("DatagramWriter[" + here + "]");
        }
    }

    @Test
    void withoutAConnectionManyChainsAreMadeOne() throws IOException {
        final EvBuffer buffer = buffers.withChains(100, 200, 300);
        try (DatagramChannel here = DatagramReaderTest.bound();
                DatagramChannel peer = DatagramReaderTest.bound()) {
            final DatagramWriter writer = new DatagramWriter(here);
            assertThatThrownBy(() -> writer.write(buffer)).isInstanceOf(NotYetConnectedException.class);
            assertThat(buffers.bytesCopied()).isZero();
            assertThat(writer.send(buffer, 40, peer.getLocalAddress())).isEqualTo(40);
            assertThat(writer.send(buffer, 60, peer.getLocalAddress())).isEqualTo(60);
            assertThat(buffers.bytesCopied()).as("each lies in one chain").isZero();
            assertThat(writer.send(buffer, -1, peer.getLocalAddress())).isEqualTo(500);
            assertThat(buffers.bytesCopied()).isBetween(300L, 500L);
            assertThat(received(peer)).isEqualTo(ByteSequence.bytes(40));
            assertThat(received(peer)).isEqualTo(ByteSequence.bytes(40, 60));
            assertThat(received(peer)).isEqualTo(ByteSequence.bytes(100, 500));
        }
    }

    @Test
    void moreChainsThanAnySystemGathersAreMadeOne() throws IOException {
        final FaultyDatagrams channel = new FaultyDatagrams(true);
        final DatagramWriter writer = new DatagramWriter(channel);
        final EvBuffer most = chains(DatagramWriter.VECTORS, 10);
        assertThat(writer.write(most)).isEqualTo(160);
        assertThat(channel.lastVectors()).isEqualTo(DatagramWriter.VECTORS);
        assertThat(buffers.bytesCopied()).isZero();
        final EvBuffer more = chains(DatagramWriter.VECTORS + 1, 10);
        assertThat(writer.write(more, 160)).isEqualTo(160);
        assertThat(buffers.bytesCopied()).isZero();
        final EvBuffer tooMany = chains(DatagramWriter.VECTORS + 1, 10);
        assertThat(writer.write(tooMany)).isEqualTo(170);
        assertThat(channel.lastVectors()).isOne();
        assertThat(channel.sent).hasSize(3);
        assertThat(channel.sent.get(1)).isEqualTo(ByteSequence.bytes(160));
        assertThat(channel.sent.get(2)).isEqualTo(ByteSequence.bytes(170));
        assertThat(more.length()).isEqualTo(10);
    }

    @Test
    @DisplayName("D2: would-block keeps the buffer, and the next try copies nothing again")
    void wouldBlockKeepsTheBuffer() throws IOException {
        final FaultyDatagrams channel = new FaultyDatagrams(false);
        final DatagramWriter writer = new DatagramWriter(channel);
        final EvBuffer buffer = buffers.withChains(100, 200, 300);
        channel.next(Fault.NOTHING);
        assertThat(writer.send(buffer, 250, FaultyDatagrams.PEER)).isZero();
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(600));
        final long copied = buffers.bytesCopied();
        assertThat(copied).isPositive();
        assertThat(writer.send(buffer, 250, FaultyDatagrams.PEER)).isEqualTo(250);
        assertThat(buffers.bytesCopied()).isEqualTo(copied);
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(250, 350));
        assertThat(channel.calls()).isEqualTo(2);
    }

    @Test
    @DisplayName("S-157: nothing to send makes no call, a frozen start is refused even so")
    void nothingToSendMakesNoCall() throws IOException {
        final FaultyDatagrams channel = new FaultyDatagrams(true);
        final DatagramWriter writer = new DatagramWriter(channel);
        final EvBuffer buffer = buffers.empty();
        assertThat(writer.write(buffer)).isZero();
        buffer.add(new byte[5]);
        assertThat(writer.write(buffer, 0)).isZero();
        assertThatThrownBy(() -> writer.write(buffer, 6)).isInstanceOf(IndexOutOfBoundsException.class);
        buffer.freeze(BufferEnd.START);
        assertThatThrownBy(() -> writer.write(buffer)).isInstanceOf(FrozenBufferException.class);
        buffer.unfreeze(BufferEnd.START);
        assertThat(channel.calls()).isZero();
        assertThat(buffer.length()).isEqualTo(5);
        final EvBuffer closed = buffers.empty();
        closed.close();
        assertThatThrownBy(() -> writer.write(closed)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aDatagramThatIsTooLargeIsRefusedWithItsSizeAndStays() throws IOException {
        final int length = DatagramReader.LARGEST + 1;
        final EvBuffer buffer = buffers.withChains(30_000, length - 30_000);
        final FaultyDatagrams fake = new FaultyDatagrams(true);
        assertThatThrownBy(() -> new DatagramWriter(fake).write(buffer))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(Integer.toString(length));
        assertThat(fake.calls()).isZero();
        try (DatagramChannel here = DatagramReaderTest.bound();
                DatagramChannel peer = DatagramReaderTest.bound()) {
            here.connect(peer.getLocalAddress());
            final DatagramWriter writer = new DatagramWriter(here);
            assertThatThrownBy(() -> writer.write(buffer, 65_520)) // IPv4 takes 65,507
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("a datagram of 65520 bytes was refused")
                    .hasCauseInstanceOf(IOException.class);
            assertThatThrownBy(() -> new DatagramWriter(peer).send(buffer, 65_521, here.getLocalAddress()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("a datagram of 65521 bytes was refused");
            EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(length));
            assertThat(writer.write(buffer, 65_507)).isEqualTo(65_507);
            assertThat(received(peer)).isEqualTo(ByteSequence.bytes(65_507));
        }
    }

    @Test
    void bytesOfAFileAreLoadedAndAFileThatFailsIsAnIoException() throws IOException {
        final SequenceFile file = new SequenceFile(5000);
        final EvBuffer source = buffers.empty();
        source.drainsToFd(true);
        source.add(ByteSequence.bytes(10));
        try (FileSegment segment = new FileSegment(file, 10, 90, Set.of(), buffers.pool());
                DatagramChannel here = DatagramReaderTest.bound();
                DatagramChannel there = DatagramReaderTest.bound()) {
            segment.addTo(source);
            for (final boolean connected : new boolean[] {false, true}) {
                if (connected) here.connect(there.getLocalAddress());
                final DatagramWriter writer = new DatagramWriter(here);
                file.failAt(1);
                assertThatThrownBy(() -> {
                            if (connected) writer.write(source);
                            else writer.send(source, -1, there.getLocalAddress());
                        })
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("fails");
                assertThat(source.length()).isEqualTo(100);
            }
            assertThat(new DatagramWriter(here).write(source)).isEqualTo(100);
            final EvBuffer target = buffers.empty();
            assertThat(new DatagramReader(there, 1000).read(target)).isEqualTo(100);
            assertThat(target.copyToArray()).isEqualTo(ByteSequence.bytes(100));
        }
    }

    @Test
    void whatAnExceptionSaysByItsTypeIsKept() throws IOException {
        final EvBuffer buffer = buffers.withChains(10);
        final DatagramChannel closed = DatagramReaderTest.bound();
        closed.close();
        assertThatThrownBy(() -> new DatagramWriter(closed).send(buffer, 10, FaultyDatagrams.PEER))
                .isInstanceOf(ClosedChannelException.class);
        assertThat(buffer.length()).isEqualTo(10);
    }

    @Test
    void aChannelThatClaimsAPartOfADatagramIsNotBelieved() throws IOException {
        final FaultyDatagrams channel = new FaultyDatagrams(true);
        final DatagramWriter writer = new DatagramWriter(channel);
        final EvBuffer buffer = buffers.withChains(10, 20);
        for (final int claim : new int[] {29, 31}) {
            channel.nextClaims(claim);
            assertThatThrownBy(() -> writer.write(buffer))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(claim + " bytes of a datagram of 30");
            assertThat(buffer.length()).isEqualTo(30);
        }
    }

    @Test
    void aWriterOfStreamsRefusesDatagrams() {
        final FaultyDatagrams channel = new FaultyDatagrams(true);
        assertThatThrownBy(() -> new ChannelWriter(channel))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("DatagramWriter");
        assertThatThrownBy(() -> GatherSink.of(channel)).isInstanceOf(IllegalArgumentException.class);
    }
}
