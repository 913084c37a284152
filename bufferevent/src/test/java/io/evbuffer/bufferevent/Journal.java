package io.evbuffer.bufferevent;

import io.evbuffer.EvBuffer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Three callbacks that write down what they are told, check the invariants, and then do what the test wants. Unless told
 * otherwise the read callback takes all there is.
 */
final class Journal {
    /** In order: {@code read}, {@code write}, or the flags of an event. */
    final List<String> lines = new ArrayList<>();

    final List<Long> inputs = new ArrayList<>(); // length of the input at each read callback
    final List<Long> outputs = new ArrayList<>(); // length of the output at each write callback
    final List<@Nullable Throwable> causes = new ArrayList<>();
    final ByteArrayOutputStream received = new ByteArrayOutputStream();

    boolean endsFrozen = true; // false where the test changes the transport (BEV-12)

    private final BufferEvent socket;
    private BufferEventCallback onRead = source -> take();
    private BufferEventCallback onWrite = source -> {};
    private BufferEventNotice onEvent = (source, what, cause) -> {};

    private Journal(final BufferEvent socket) {
        this.socket = socket;
    }

    /** Fills all three slots. */
    static Journal of(final BufferEvent socket) {
        final Journal journal = new Journal(socket);
        socket.setCallbacks(journal::read, journal::write, journal::event);
        return journal;
    }

    Journal onRead(final BufferEventCallback next) {
        onRead = next;
        return this;
    }

    Journal onWrite(final BufferEventCallback next) {
        onWrite = next;
        return this;
    }

    Journal onEvent(final BufferEventNotice next) {
        onEvent = next;
        return this;
    }

    /** Moves all input to what was received. */
    void take() {
        take(Long.MAX_VALUE);
    }

    void take(final long atMost) {
        final EvBuffer input = socket.input();
        final byte[] bytes = new byte[(int) Math.min(atMost, input.length())];
        received.writeBytes(socket.read(bytes, 0, bytes.length) == bytes.length ? bytes : new byte[0]);
    }

    /** What was received, as text. */
    String text() {
        return received.toString(StandardCharsets.US_ASCII);
    }

    int count(final String line) {
        return (int) lines.stream().filter(line::equals).count();
    }

    boolean has(final String line) {
        return lines.contains(line);
    }

    /** All but read and write. */
    List<String> events() {
        return lines.stream()
                .filter(line -> !line.equals("read") && !line.equals("write"))
                .toList();
    }

    @Nullable
    Throwable lastCause() {
        return causes.getLast();
    }

    private void read(final BufferEvent source) throws Exception {
        lines.add("read");
        inputs.add(socket.input().length());
        BufferEventInvariants.atCallback(socket, endsFrozen);
        onRead.on(source);
    }

    private void write(final BufferEvent source) throws Exception {
        lines.add("write");
        outputs.add(socket.output().length());
        BufferEventInvariants.atCallback(socket, endsFrozen);
        onWrite.on(source);
    }

    private void event(final BufferEvent source, final EventFlags what, final @Nullable Throwable cause)
            throws Exception {
        lines.add(what.toString());
        causes.add(cause);
        BufferEventInvariants.atEvent(socket, endsFrozen, what);
        onEvent.on(source, what, cause);
    }
}
