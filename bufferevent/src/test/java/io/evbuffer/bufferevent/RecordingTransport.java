package io.evbuffer.bufferevent;

import io.evbuffer.EvIovec;
import io.evbuffer.channel.FileSource;
import io.evbuffer.event.Transport;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.SelectableChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A real transport that writes down what it is asked, and can be told to answer worse than it could: to take or give less,
 * nothing, or to fail. Readiness is the kernel's.
 */
final class RecordingTransport implements Transport {
    /** In a script: as much as the real transport does. */
    static final long ALL = Long.MAX_VALUE;

    final List<Long> reads = new ArrayList<>(); // what each read answered
    final List<Long> readRooms = new ArrayList<>(); // what each read offered
    final List<Long> writes = new ArrayList<>(); // what each write answered
    final List<Integer> writeVectors = new ArrayList<>(); // of how many pieces each write was
    final List<Long> sends = new ArrayList<>(); // what each file sent answered
    final Deque<Object> readScript = new ArrayDeque<>(); // a Long: at most so many bytes; an IOException: thrown
    final Deque<Object> writeScript = new ArrayDeque<>();
    final Deque<Object> connectScript = new ArrayDeque<>(); // a Boolean: answered; an exception: thrown
    boolean takesNothing; // when the script is over
    boolean givesNothing; // when the script is over
    boolean silent; // never answers a connect
    int shutdowns;
    int closes;

    @Nullable
    IOException closeFailure;

    @Nullable
    Runnable whenAsked; // runs once, when somebody asks whether it is connected

    private final Transport real;

    RecordingTransport(final Transport real) {
        this.real = real;
    }

    int calls() {
        return reads.size() + writes.size();
    }

    @Override
    public long read(final EvIovec vectors) throws IOException {
        readRooms.add(vectors.totalLength());
        final long most = next(readScript, givesNothing);
        final long answer = most == 0 ? WOULD_BLOCK : real.read(vectors.limit(Math.min(most, vectors.totalLength())));
        reads.add(answer);
        return answer;
    }

    @Override
    public long write(final EvIovec vectors) throws IOException {
        writeVectors.add(vectors.size());
        final long most = next(writeScript, takesNothing);
        final long answer = most == 0 ? 0 : real.write(vectors.limit(Math.min(most, vectors.totalLength())));
        writes.add(answer);
        return answer;
    }

    @Override
    public long send(final FileSource file, final long position, final long count) throws IOException {
        final long most = next(writeScript, takesNothing);
        final long answer = most == 0 ? 0 : real.send(file, position, Math.min(most, count));
        sends.add(answer);
        return answer;
    }

    private static long next(final Deque<Object> script, final boolean blocked) throws IOException {
        final Object step = script.poll();
        if (step instanceof final IOException failure) {
            throw failure;
        }
        if (step instanceof final LinkageError error) {
            throw error;
        }
        if (step == null) {
            return blocked ? 0 : ALL;
        }
        return (Long) step;
    }

    @Override
    public boolean connect(final SocketAddress peer) throws IOException {
        final Object step = connectScript.poll();
        if (step instanceof final IOException failure) {
            throw failure;
        }
        return step == null ? real.connect(peer) : (Boolean) step;
    }

    @Override
    public boolean finishConnect() throws IOException {
        return !silent && real.finishConnect();
    }

    @Override
    public boolean isConnected() {
        final Runnable asked = whenAsked;
        if (asked != null) {
            whenAsked = null;
            asked.run();
        }
        return real.isConnected();
    }

    @Override
    public void shutdownOutput() throws IOException {
        shutdowns++;
        real.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
        closes++;
        if (closeFailure != null) {
            throw closeFailure;
        }
        real.close();
    }

    @Override
    public boolean isOpen() {
        return real.isOpen();
    }

    @Override
    public void bind(final SocketAddress local, final int backlog) throws IOException {
        real.bind(local, backlog);
    }

    @Override
    public @Nullable Transport accept() throws IOException {
        return real.accept();
    }

    @Override
    public boolean isListener() {
        return real.isListener();
    }

    @Override
    public void blocking(final boolean on) throws IOException {
        real.blocking(on);
    }

    @Override
    public boolean isBlocking() {
        return real.isBlocking();
    }

    @Override
    public <T> void option(final SocketOption<T> name, final T value) throws IOException {
        real.option(name, value);
    }

    @Override
    public <T> @Nullable T option(final SocketOption<T> name) throws IOException {
        return real.option(name);
    }

    @Override
    public @Nullable SocketAddress localAddress() throws IOException {
        return real.localAddress();
    }

    @Override
    public @Nullable SocketAddress remoteAddress() throws IOException {
        return real.remoteAddress();
    }

    @Override
    public @Nullable SelectableChannel channel() {
        return real.channel();
    }

    @Override
    public int descriptor() {
        return real.descriptor();
    }
}
