package io.evbuffer.perf.bench.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.perf.bench.Bytes;
import io.evbuffer.perf.bench.channel.FileSendBenchmark.FileSend;
import io.evbuffer.perf.bench.channel.NullWriteBenchmark.NullWrite;
import io.evbuffer.perf.bench.channel.RelayBenchmark.Relay;
import io.evbuffer.perf.bench.channel.ScatterReadBenchmark.ScatterRead;
import io.evbuffer.perf.bench.channel.SocketWriteBenchmark.SocketWrite;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** All contenders of a channel workload move the same bytes, call after call. */
class ChannelContendersTest {
    private static final int CALLS = 3;
    private static final int PIECE = 300;

    @ParameterizedTest
    @ValueSource(ints = {1, 16, 64, 1024})
    void theSamePiecesReachTheOtherEndWithEveryContender(final int chains) throws IOException {
        final List<SocketWrite> contenders = List.of(
                new SocketWriteBenchmark.OurSocketWrite(),
                new SocketWriteBenchmark.NettyAdaptiveSocketWrite(),
                new SocketWriteBenchmark.NettyPooledSocketWrite(),
                new SocketWriteBenchmark.OkioSocketWrite(),
                new SocketWriteBenchmark.NioSocketWrite());
        final byte[] expected = Bytes.pattern(chains * PIECE);

        for (final SocketWrite work : contenders) {
            work.chains = chains;
            work.piece = PIECE;
            work.start();
            for (int i = 0; i < CALLS; i++) {
                assertThat(work.content()).as(work.toString()).isEqualTo(expected);
                assertThat(work.send()).as(work.toString()).isEqualTo(expected.length);
            }
            work.close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 16, 64, 1024})
    void theSamePiecesAreWrittenToAFileByEveryContender(final int chains, @TempDir final Path folder)
            throws IOException {
        final List<NullWrite> contenders = List.of(
                new NullWriteBenchmark.OurNullWrite(),
                new NullWriteBenchmark.NettyAdaptiveNullWrite(),
                new NullWriteBenchmark.NettyPooledNullWrite(),
                new NullWriteBenchmark.OkioNullWrite(),
                new NullWriteBenchmark.NioNullWrite());
        final byte[] pattern = Bytes.pattern(chains * PIECE);

        for (final NullWrite work : contenders) {
            final Path file = folder.resolve(work.getClass().getSimpleName());
            work.redirect(FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
            work.chains = chains;
            work.piece = PIECE;
            work.start();
            for (int i = 1; i <= CALLS; i++) {
                assertThat(work.write()).as(work.toString()).isEqualTo(pattern.length);
                final byte[] written = Files.readAllBytes(file);
                assertThat(written)
                        .as(work.toString())
                        .hasSize(i * pattern.length)
                        .endsWith(pattern);
            }
            work.close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4096, 65536, 1_048_576})
    void theSameHeaderAndFileReachTheOtherEndWithEveryContender(final int bytes) throws IOException {
        final List<FileSend> contenders = List.of(
                new FileSendBenchmark.OurFileSend(),
                new FileSendBenchmark.NettyAdaptiveFileSend(),
                new FileSendBenchmark.NettyPooledFileSend(),
                new FileSendBenchmark.OkioFileSend(),
                new FileSendBenchmark.NioFileSend());
        final byte[] header = Bytes.letters(0, FileSendBenchmark.HEADER);
        final byte[] file = Bytes.pattern(bytes);

        for (final FileSend work : contenders) {
            work.bytes = bytes;
            work.start();
            for (int i = 0; i < CALLS; i++) {
                final byte[] content = work.content();
                assertThat(content).as(work.toString()).startsWith(header).endsWith(file);
                assertThat(content).as(work.toString()).hasSize(header.length + file.length);
                assertThat(work.send()).as(work.toString()).isEqualTo(header.length + file.length);
            }
            work.close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8})
    void theSameBytesAreReadByEveryContender(final int chains) throws IOException {
        final List<ScatterRead> contenders = List.of(
                new ScatterReadBenchmark.OurScatterRead(),
                new ScatterReadBenchmark.NettyAdaptiveScatterRead(),
                new ScatterReadBenchmark.NettyPooledScatterRead(),
                new ScatterReadBenchmark.OkioScatterRead(),
                new ScatterReadBenchmark.NioScatterRead());
        final byte[] expected = Bytes.pattern(chains * ScatterReadBenchmark.PIECE);

        for (final ScatterRead work : contenders) {
            work.chains = chains;
            work.start();
            for (int i = 0; i < CALLS; i++) {
                assertThat(work.received()).as(work.toString()).isEqualTo(expected);
                assertThat(work.read()).as(work.toString()).isEqualTo(expected.length);
            }
            work.close();
        }
    }

    @Test
    void theSameStreamIsRelayedByEveryContender() throws IOException {
        final List<Relay> contenders = List.of(
                new RelayBenchmark.OurRelay(),
                new RelayBenchmark.NettyAdaptiveRelay(),
                new RelayBenchmark.NettyPooledRelay(),
                new RelayBenchmark.OkioRelay(),
                new RelayBenchmark.NioRelay());
        final byte[] expected = Bytes.pattern(RelayBenchmark.STEP);

        for (final Relay work : contenders) {
            work.start();
            for (int i = 0; i < CALLS; i++) {
                assertThat(work.content()).as(work.toString()).isEqualTo(expected);
                assertThat(work.pass()).as(work.toString()).isEqualTo(RelayBenchmark.MEBIBYTES * 1024L * 1024);
            }
            work.close();
        }
    }
}
