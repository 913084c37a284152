package io.evbuffer.perf.server;

import io.evbuffer.event.Transport;
import java.io.PrintStream;
import java.util.Set;

/**
 * A chat: each line that a client sends goes to all clients, the sender too, with the sender's number in front of it.
 *
 * <pre>
 *   $ nc localhost 4711          $ nc localhost 4711
 *   hello
 *   1: hello                     1: hello
 * </pre>
 *
 * <p>A line stands in memory once, however many clients there are: their outputs share its bytes. {@link ChatRoom} tells how,
 * and what happens to clients that do not read. As a program: {@code java -jar benchmarks.jar chat --port 4711}.
 *
 * <p>Ownership: connections live until they end or the base is closed. Threads: one object for each reactor, used by its loop;
 * they share the room.
 */
public final class ChatServer implements Service {
    private static final long DEFAULT_BACKLOG = 1024 * 1024;
    private static final ServerProgram PROGRAM = new ServerProgram(
            "ChatServer",
            "",
            "  --backlog SIZE  what may wait for a client before it is dropped, otherwise 1m\n",
            Set.of("--backlog"),
            Set.of(),
            arguments -> services(arguments.size("--backlog", DEFAULT_BACKLOG)));

    private final ChatRoom room;

    private ChatServer(final ChatRoom room) {
        this.room = room;
    }

    /** Services with one chat for all reactors. */
    static Service.Factory services(final long backlog) {
        final ChatRoom.House house = new ChatRoom.House(backlog);
        return base -> new ChatServer(house.open(base));
    }

    @Override
    public void serve(final Transport accepted) {
        room.enter(accepted);
    }

    @Override
    public void close() {
        room.close();
    }

    /**
     * Runs the server until the process is told to end. Exits with 2 if the arguments are wrong, 1 if the server cannot start
     * or has lost memory.
     *
     * @param args {@code --port P} and common options.
     */
    public static void main(final String[] args) {
        final int status = run(args, System.out, System.err);
        if (status != 0) System.exit(status);
    }

    static int run(final String[] args, final PrintStream out, final PrintStream err) {
        return PROGRAM.run(args, out, err);
    }
}
