package io.evbuffer.perf.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.event.EventBase;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChatServerTest {
    private static final long BACKLOG = 256 * 1024;

    private static final class Guest implements AutoCloseable {
        final Socket socket;
        final BufferedReader in;

        Guest(final RunningServer server) throws IOException {
            socket = server.connect();
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
        }

        Guest say(final String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(UTF_8));
            return this;
        }

        String hear() throws IOException {
            return in.readLine();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static RunningServer start(final int threads) throws IOException {
        return new RunningServer(
                new ServerOptions(0, null, threads, RunningServer.MEMORY), false, ChatServer.services(BACKLOG));
    }

    /** Guests whose presence is known: each has heard itself. Numbers are theirs in the list, from 1 on. */
    private static List<Guest> enter(final RunningServer server, final int count) throws IOException {
        final List<Guest> guests = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            final Guest guest = new Guest(server).say("I\n");
            guests.add(guest);
            for (final Guest listener : guests) assertThat(listener.hear()).isEqualTo(i + ": I");
        }
        return guests;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void everybodyHearsEveryLineOnceInTheSendersOrder(final int threads) throws Exception {
        try (RunningServer server = start(threads)) {
            final List<Guest> guests = enter(server, 9);
            for (int line = 0; line < 200; line++) guests.get(4).say("line " + line + " " + "x".repeat(line) + "\r\n");
            for (final Guest guest : guests) {
                for (int line = 0; line < 200; line++) {
                    assertThat(guest.hear()).isEqualTo("5: line " + line + " " + "x".repeat(line));
                }
            }
            for (final Guest guest : guests) guest.close();
        }
    }

    @Test
    void aLineMayComeInPieces() throws Exception {
        try (RunningServer server = start(1)) {
            final List<Guest> guests = enter(server, 2);
            for (final char c : "one\ntwo\nthr".toCharArray()) guests.get(0).say(String.valueOf(c));
            assertThat(guests.get(1).hear()).isEqualTo("1: one");
            assertThat(guests.get(1).hear()).isEqualTo("1: two");
            guests.get(1).say("done\n");
            assertThat(guests.get(1).hear()).isEqualTo("2: done");
            for (final Guest guest : guests) guest.close();
        }
    }

    @Test
    void whoSendsALineThatIsTooLongIsDropped() throws Exception {
        try (RunningServer server = start(1)) {
            final List<Guest> guests = enter(server, 2);
            guests.get(0).say("x".repeat(ChatRoom.MAX_LINE - 1) + "\n");
            assertThat(guests.get(1).hear()).hasSize("1: ".length() + ChatRoom.MAX_LINE - 1);
            assertThat(guests.get(0).hear()).hasSize("1: ".length() + ChatRoom.MAX_LINE - 1);
            guests.get(0).say("x".repeat(ChatRoom.MAX_LINE));
            assertThat(guests.get(0).hear()).isNull();
            guests.get(1).say("alone\n");
            assertThat(guests.get(1).hear()).isEqualTo("2: alone");
            guests.get(1).close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void whoDoesNotReadIsDroppedAtTheBacklogAndTheOthersHearAll(final int threads) throws Exception {
        final String text = "x".repeat(4000);
        try (RunningServer server = start(threads)) {
            final List<Guest> guests = enter(server, 4);
            final Guest deaf = guests.get(2);
            final Guest speaker = guests.get(0);
            for (int line = 0; line < 5_000; line++) { // 20 MB: more than systems buffer, and the backlog
                speaker.say(text + "\n");
                for (final Guest guest : guests) {
                    if (guest != deaf) assertThat(guest.hear()).isEqualTo("1: " + text);
                }
            }
            int heard = 0;
            try {
                while (deaf.hear() != null) heard++;
            } catch (final IOException e) {
                // a reset
            }
            assertThat(heard).isLessThan(5_000);
            speaker.say("still here\n");
            assertThat(guests.get(3).hear()).isEqualTo("1: still here");
            for (final Guest guest : guests) guest.close();
            assertThat(server.peakMemory()).isLessThan(threads * (16L << 20));
        }
    }

    @Test
    void everyBackendServes() throws Exception {
        for (final String backend : EventBase.supportedMethods()) {
            try (RunningServer server = new RunningServer(backend, ChatServer.services(BACKLOG))) {
                for (final Guest guest : enter(server, 3)) guest.close();
            }
        }
    }

    @Test
    void linesOnTheirWayWhenItStopsAreHome() throws Exception {
        try (RunningServer server = start(3)) {
            final List<Guest> guests = enter(server, 6);
            for (int line = 0; line < 2_000; line++) guests.get(line % 6).say("bye\n");
            server.stop(); // which asks for live segments
            for (final Guest guest : guests) guest.close();
        }
    }
}
