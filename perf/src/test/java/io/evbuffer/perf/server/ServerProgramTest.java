package io.evbuffer.perf.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerProgramTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "--port",
                "--port x",
                "--port -1",
                "--port 65536",
                "--port 0 --backend",
                "--port 0 --backend kqueue",
                "--port 0 --threads 0",
                "--port 0 --threads many",
                "--port 0 --memory 0",
                "--port 0 --memory 12t",
                "--port 0 --memory 9223372036854775807g",
                "--port 0 --port 1",
                "--port 0 --colour blue",
                "0"
            })
    void wrongArgumentsAreAnsweredWithUsageAndStatus2(final String arguments) {
        final String[] args = arguments.isEmpty() ? new String[0] : arguments.split(" ");

        assertThat(EchoServer.run(args, new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8)))
                .isEqualTo(2);
        assertThat(err.toString(UTF_8)).startsWith("EchoServer: ").contains("usage: EchoServer --port PORT");
        assertThat(out.toString(UTF_8)).isEmpty();
    }

    @Test
    void optionsAreRead() {
        assertThat(options("--port", "7")).isEqualTo(new ServerOptions(7, null, 1, 0));
        assertThat(options("--backend", "nio", "--listen", "0", "--threads", "3", "--memory", "12m"))
                .isEqualTo(new ServerOptions(0, "nio", 3, 12L << 20));
        assertThat(options("--port", "0", "--memory", "5").memory()).isEqualTo(5);
        assertThat(options("--port", "0", "--memory", "2G").memory()).isEqualTo(2L << 30);
        assertThatThrownBy(() -> options("--backend", "nio"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("--port is missing");
    }

    private static ServerOptions options(final String... words) {
        return ServerOptions.of(new Arguments(words, ServerOptions.NAMES, Set.of()));
    }
}
