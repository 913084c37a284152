package io.evbuffer.perf.server;

import io.evbuffer.EolMatch;
import io.evbuffer.EolStyle;
import io.evbuffer.EvBuffer;
import io.evbuffer.bufferevent.BufferEvent;
import io.evbuffer.bufferevent.Directions;
import io.evbuffer.bufferevent.EventFlags;
import io.evbuffer.bufferevent.Options;
import io.evbuffer.bufferevent.SocketBufferEvent;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.Transport;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The clients of a {@link ChatServer} on one reactor.
 *
 * <pre>
 *   input: [1: hello LF|...]      removeBuffer        addBufferReference
 *             one line  ------------------&gt; [ line ] ====================&gt; output of each client of this room
 *                                              '=====&gt; [ shared ] --inbox--&gt; the other rooms, each on its own thread
 * </pre>
 *
 * <p>A line ends with LF, and a CR before it is part of it; it has at most {@link #MAX_LINE} bytes. Who sends a longer one is
 * dropped, and so is who reads so slowly that more than the backlog would wait for it: the others must not wait, and the memory
 * is not its own. What a slow client holds are references: beside its backlog of bytes, the rest of the segments that these stand
 * in, once for all clients.
 *
 * <p>Threads: of the base's loop, but for the inbox, which has a lock.
 */
final class ChatRoom {
    /** The most bytes of a line, with its end. */
    static final int MAX_LINE = 4096;

    private static final long FLUSH_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final House house;
    private final EventBase base;
    private final List<Member> members = new ArrayList<>();
    private final Queue<EvBuffer> inbox = new ArrayDeque<>(); // guarded by itself, as is what follows
    private boolean closed;

    /** The rooms of all reactors, and what they have in common. */
    static final class House {
        private final long backlog;
        private final List<ChatRoom> rooms = new CopyOnWriteArrayList<>();
        private final AtomicInteger guests = new AtomicInteger();

        House(final long backlog) {
            this.backlog = backlog;
        }

        ChatRoom open(final EventBase base) {
            final ChatRoom room = new ChatRoom(this, base);
            rooms.add(room);
            return room;
        }
    }

    private ChatRoom(final House house, final EventBase base) {
        this.house = house;
        this.base = base;
    }

    /** A client. */
    private final class Member {
        final BufferEvent connection;
        final byte[] prefix;
        final EolMatch lineEnd = new EolMatch();
        long searched; // bytes of the input that hold no end of a line

        Member(final BufferEvent connection, final int number) {
            this.connection = connection;
            prefix = (number + ": ").getBytes(StandardCharsets.US_ASCII);
        }

        void received() {
            final EvBuffer input = connection.input();
            while (!connection.isClosed() && input.searchEol(searched, EolStyle.LF, lineEnd) >= 0) {
                if (lineEnd.endPosition() > MAX_LINE) break;
                say(input, lineEnd.endPosition());
                searched = 0;
            }
            searched = connection.isClosed() ? 0 : input.length();
            if (searched >= MAX_LINE) drop(this);
        }

        private void say(final EvBuffer input, final long length) {
            try (EvBuffer line = new EvBuffer(base.pool())) {
                input.removeBuffer(line, length);
                line.prepend(prefix);
                tellOthers(line);
                tell(line);
            }
        }

        void ended(final EventFlags what) {
            members.remove(this);
            if (what.has(EventFlags.EOF)) connection.closeAfterFlush(FLUSH_LIMIT_NANOS);
            else connection.close();
        }
    }

    void enter(final Transport accepted) {
        final BufferEvent connection = SocketBufferEvent.create(base, accepted, Options.CLOSE_ON_FREE);
        final Member member = new Member(connection, house.guests.incrementAndGet());
        connection.setWatermark(Directions.READ, 0, 4 * MAX_LINE);
        connection.setCallbacks(source -> member.received(), null, (source, what, cause) -> member.ended(what));
        connection.enable(Directions.READ);
        members.add(member);
    }

    /** Shows a line to everybody in this room. */
    private void tell(final EvBuffer line) {
        for (int i = members.size() - 1; i >= 0; i--) {
            final Member member = members.get(i);
            final EvBuffer output = member.connection.output();
            if (output.length() + line.length() > house.backlog) drop(member);
            else output.addBufferReference(line);
        }
    }

    private void drop(final Member member) {
        members.remove(member);
        member.connection.close();
    }

    private void tellOthers(final EvBuffer line) {
        for (final ChatRoom room : house.rooms) {
            if (room == this) continue;
            final EvBuffer shared = new EvBuffer(base.pool());
            shared.addBufferReference(line);
            room.receive(shared);
        }
    }

    /** On another room's thread: the line is this room's from now on. */
    private void receive(final EvBuffer line) {
        synchronized (inbox) {
            if (!closed) {
                inbox.add(line);
                if (inbox.size() == 1) base.execute(this::readInbox);
                return;
            }
        }
        line.close();
    }

    private void readInbox() {
        while (true) {
            final EvBuffer line;
            synchronized (inbox) {
                line = inbox.poll();
            }
            if (line == null) return;
            try (line) {
                tell(line);
            }
        }
    }

    /** Lines on their way are lost. */
    void close() {
        synchronized (inbox) {
            closed = true;
            inbox.forEach(EvBuffer::close);
            inbox.clear();
        }
    }
}
