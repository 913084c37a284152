package io.evbuffer.bufferevent;

import static io.evbuffer.bufferevent.SocketBasicsTest.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.event.EachBackend;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.LoopResult;
import io.evbuffer.event.Transport;
import io.evbuffer.event.backend.sim.SimWorld;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Connecting by name: scenarios CON-09 to CON-13 and CON-18, IMP-9, BEV-37. */
@EachBackend
class HostConnectTest {
    private static final InetAddress HERE = InetAddress.ofLiteral("127.0.0.1");
    private static final InetAddress NOBODY = InetAddress.ofLiteral("127.0.0.9"); // of this host, but nobody listens
    private static final InetAddress NOWHERE = InetAddress.ofLiteral("255.255.255.255");
    private static final InetAddress SIX = InetAddress.ofLiteral("::1");

    @RegisterExtension
    final LoopFixture loop;

    private final HeldResolver resolver = new HeldResolver();

    HostConnectTest(final String method) {
        loop = new LoopFixture(method);
    }

    /** Keeps what it was asked until the test answers. */
    static final class HeldResolver implements HostResolver {
        final List<String> hosts = new ArrayList<>();
        final List<HostHints> hints = new ArrayList<>();
        int cancels;

        @Nullable
        Answer answer;

        @Override
        public Lookup resolve(final String host, final HostHints narrowed, final Answer to) {
            hosts.add(host);
            hints.add(narrowed);
            answer = to;
            return () -> cancels++;
        }

        void find(final InetAddress... addresses) {
            assertNotNull(answer).found(List.of(addresses));
        }

        static Answer assertNotNull(final @Nullable Answer answer) {
            if (answer == null) {
                throw new AssertionError("it was not asked");
            }
            return answer;
        }
    }

    private static int portOf(final ServerSocketChannel server) throws IOException {
        return ((InetSocketAddress) server.getLocalAddress()).getPort();
    }

    private void accept(final ServerSocketChannel server) throws IOException {
        loop.closeLater(server.accept());
    }

    private void isNotLookingUp(final SocketBufferEvent s) {
        assertFalse(s.isLookingUp());
        assertFalse(s.isSuspended(Directions.READ, SuspendReason.LOOKUP), "BEV-37");
        assertFalse(s.isSuspended(Directions.WRITE, SuspendReason.LOOKUP), "BEV-37");
        assertEquals(0, loop.base().countEvents(EventBase.COUNT_VIRTUAL), "nothing keeps the loop alive");
    }

    @Test
    @DisplayName("CON-09: a name that resolves")
    void aNameLeadsToAConnection() throws IOException {
        final ServerSocketChannel server = loop.listen();
        final SocketBufferEvent s = loop.create(null, Options.CLOSE_ON_FREE);
        final Journal journal = Journal.of(s);
        s.enable(Directions.READ);
        s.connectHostname(resolver, HostHints.ANY, "some.name", portOf(server));
        assertTrue(s.isSuspended(Directions.READ, SuspendReason.LOOKUP), "BEV-37");
        assertTrue(s.isSuspended(Directions.WRITE, SuspendReason.LOOKUP), "BEV-37");
        assertEquals(2, s.references(), "the creator's and the lookup's");
        assertEquals(Directions.BOTH, s.enabled(), "suspension does not show");
        resolver.find(HERE);
        assertEquals(List.of(), journal.lines, "never before the call has returned, nor inside the answer");
        loop.until(() -> !journal.lines.isEmpty());
        accept(server);
        assertEquals(List.of("CONNECTED"), journal.lines);
        assertEquals(DnsError.NONE, s.dnsError());
        assertEquals(1, s.references());
        assertEquals(List.of("some.name"), resolver.hosts);
        isNotLookingUp(s);
    }

    @Test
    @DisplayName("CON-09: a name that does not resolve")
    void aNameWithoutAddressIsAnErrorWithItsCause() throws IOException {
        final SocketBufferEvent s = loop.create(null, Options.NONE);
        final Journal journal = Journal.of(s);
        final UnknownHostException why = new UnknownHostException("some.name");
        s.connectHostname(resolver, HostHints.ANY, "some.name", 80);
        HeldResolver.assertNotNull(resolver.answer).failed(DnsError.NO_NAME, why);
        resolver.find(HERE); // too late: the first answer counts
        loop.turns(2);
        assertEquals(List.of("ERROR"), journal.lines);
        final ConnectionException.LookupFailed cause =
                assertInstanceOf(ConnectionException.LookupFailed.class, journal.lastCause());
        assertEquals(DnsError.NO_NAME, cause.error());
        assertSame(why, cause.getCause());
        assertEquals(DnsError.NO_NAME, s.dnsError());
        assertNull(s.transport());
        isNotLookingUp(s);

        s.connectHostname(resolver, HostHints.ANY, "some.name", 80);
        assertEquals(DnsError.NONE, s.dnsError(), "reset by a new lookup");
        resolver.find();
        loop.turns(2);
        assertEquals(List.of("ERROR", "ERROR"), journal.lines);
        assertEquals(DnsError.NO_ADDRESS, s.dnsError());
    }

    @Test
    @DisplayName("CON-09: an address needs no resolver")
    void anAddressInTextFormNeedsNoResolver() throws IOException {
        final ServerSocketChannel server = loop.listen();
        final SocketBufferEvent s = loop.create(null, Options.CLOSE_ON_FREE);
        final Journal journal = Journal.of(s);
        s.connectHostname(resolver, HostHints.ANY, "127.0.0.1", portOf(server));
        assertEquals(List.of(), journal.lines);
        loop.until(() -> !journal.lines.isEmpty());
        accept(server);
        assertEquals(List.of("CONNECTED"), journal.lines);
        assertEquals(List.of(), resolver.hosts);
        isNotLookingUp(s);
    }

    @Test
    @DisplayName("CON-09: the resolver of the platform")
    void thePlatformKnowsTheLocalNameAndNoInvalidOne() throws IOException {
        final ServerSocketChannel server = loop.listen();
        final SocketBufferEvent s = loop.create(null, Options.CLOSE_ON_FREE);
        final Journal journal = Journal.of(s);
        s.connectHostname(null, HostHints.family(StandardProtocolFamily.INET), "localhost", portOf(server));
        loop.until(() -> !journal.lines.isEmpty());
        accept(server);
        assertEquals(List.of("CONNECTED"), journal.lines);

        final SocketBufferEvent other = loop.create(null, Options.NONE);
        final Journal failed = Journal.of(other);
        other.connectHostname("no-such-name.invalid", 80);
        loop.until(() -> !failed.lines.isEmpty());
        assertEquals(List.of("ERROR"), failed.lines);
        assertNotEquals(DnsError.NONE, other.dnsError());
        assertInstanceOf(UnknownHostException.class, failed.lastCause().getCause());
    }

    @Test
    @DisplayName("CON-09: how the platform's texts are read")
    void theTextsOfThePlatformTellTheKindOfFailure() {
        assertEquals(
                DnsError.TEMPORARY,
                SystemResolver.errorOf(new UnknownHostException("x: Temporary failure in name resolution")));
        assertEquals(
                DnsError.NO_NAME, SystemResolver.errorOf(new UnknownHostException("x: Name or service not known")));
        assertEquals(
                DnsError.NO_ADDRESS,
                SystemResolver.errorOf(new UnknownHostException("x: No address associated with hostname")));
        assertEquals(DnsError.NO_NAME, SystemResolver.errorOf(new UnknownHostException()));
    }

    @Test
    @DisplayName("CON-10")
    void wrongArgumentsLeaveNothingBehind() {
        final SocketBufferEvent s = loop.create(null, Options.NONE);
        for (final int port : new int[] {0, -1, 65536}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> s.connectHostname(resolver, HostHints.ANY, "some.name", port));
        }
        assertThrows(IllegalArgumentException.class, () -> HostHints.family(StandardProtocolFamily.UNIX));
        isNotLookingUp(s);
        assertEquals(1, s.references());
        assertEquals(List.of(), resolver.hosts);
    }

    @Test
    @DisplayName("CON-11")
    void whatIsAskedDuringALookupHoldsAfterIt() throws IOException {
        final ServerSocketChannel server = loop.listen();
        final SocketBufferEvent s = loop.create(null, Options.CLOSE_ON_FREE);
        final Journal journal = Journal.of(s);
        s.setTimeouts(5 * LoopFixture.MS, 5 * LoopFixture.MS);
        s.connectHostname(resolver, HostHints.ANY, "some.name", portOf(server));
        s.write(bytes(10));
        s.enable(Directions.BOTH);
        s.disable(Directions.BOTH);
        s.enable(Directions.BOTH);
        s.setTimeouts(6 * LoopFixture.MS, 6 * LoopFixture.MS);
        loop.pass(20);
        assertEquals(List.of(), journal.lines, "no timeout runs");
        assertNull(s.transport(), "nothing registered");
        s.disable(Directions.READ);
        resolver.find(HERE);
        loop.until(() -> journal.has("write"));
        assertEquals(List.of("CONNECTED", "write"), journal.lines);
        final SocketChannel peer = loop.closeLater(server.accept());
        peer.configureBlocking(false);
        final Peer other = new Peer(peer);
        loop.until(() -> other.received() == 10);
        assertArrayEquals(bytes(10), other.bytes());
        other.send(5);
        loop.pass(20);
        assertEquals(0, s.input().length(), "READ stayed disabled");
        s.enable(Directions.READ);
        loop.until(() -> journal.received.size() == 5);
    }

    @Test
    @DisplayName("CON-13")
    void hintsReachTheResolverAndNarrowItsAnswer() throws IOException {
        final ServerSocketChannel server = loop.listen();
        final SocketBufferEvent s = loop.create(null, Options.CLOSE_ON_FREE);
        final Journal journal = Journal.of(s);
        final HostHints hints = new HostHints(StandardProtocolFamily.INET, 0x100);
        s.connectHostname(resolver, hints, "some.name", portOf(server));
        assertEquals(List.of(hints), resolver.hints);
        resolver.find(SIX, HERE);
        loop.until(() -> !journal.lines.isEmpty());
        accept(server);
        assertEquals(List.of("CONNECTED"), journal.lines);

        final SocketBufferEvent six = loop.create(null, Options.NONE);
        final Journal none = Journal.of(six);
        six.connectHostname(resolver, HostHints.family(StandardProtocolFamily.INET6), "some.name", 80);
        resolver.find(HERE);
        loop.turns(2);
        assertEquals(List.of("ERROR"), none.lines);
        assertEquals(DnsError.NO_ADDRESS, six.dnsError());
        six.connectHostname(resolver, new HostHints(null, HostHints.NUMERIC_HOST), "some.name", 80);
        loop.turns(2);
        assertEquals(DnsError.NO_NAME, six.dnsError());
        assertEquals(2, resolver.hosts.size(), "nobody is asked for a name that must be an address");
    }

    @Test
    @DisplayName("CON-14, 8.5: a second attempt")
    void aSecondLookupFailsAndTheFirstGoesOn() throws IOException {
        final ServerSocketChannel server = loop.listen();
        final SocketBufferEvent s = loop.create(null, Options.CLOSE_ON_FREE);
        final Journal journal = Journal.of(s);
        final int port = portOf(server);
        s.connectHostname(resolver, HostHints.ANY, "some.name", port);
        assertThrows(IllegalStateException.class, () -> s.connectHostname(resolver, HostHints.ANY, "other.name", port));
        assertThrows(IllegalStateException.class, () -> s.connect(server.getLocalAddress()));
        assertThrows(IllegalStateException.class, s::connect);
        resolver.find(HERE);
        loop.until(() -> !journal.lines.isEmpty());
        accept(server);
        assertEquals(List.of("CONNECTED"), journal.lines);
        assertEquals(List.of("some.name"), resolver.hosts);
    }

    @Test
    @DisplayName("CON-18")
    void allAddressesAreTriedInOrder() throws IOException {
        final ServerSocketChannel server = loop.listen();
        final SocketBufferEvent s = loop.create(null, Options.CLOSE_ON_FREE);
        final Journal journal = Journal.of(s);
        s.setTimeouts(BufferEvent.NO_TIMEOUT, 1000 * LoopFixture.MS);
        s.write(bytes(3));
        s.connectHostname(resolver, HostHints.ANY, "some.name", portOf(server));
        resolver.find(NOWHERE, NOBODY, HERE, NOBODY);
        loop.until(() -> journal.has("write"));
        accept(server);
        assertEquals(List.of("CONNECTED", "write"), journal.lines);
        assertEquals(DnsError.NONE, s.dnsError());
        assertFalse(s.writeTimer.isArmed());
    }

    @Test
    @DisplayName("IMP-9: none answers")
    void theErrorOfAllAddressesNamesEach() throws IOException {
        final int port = loop.deadEnd().getPort();
        final SocketBufferEvent s = loop.create(null, Options.NONE);
        final Journal journal = Journal.of(s);
        s.connectHostname(resolver, HostHints.ANY, "some.name", port);
        resolver.find(HERE, NOWHERE, NOBODY);
        loop.until(() -> !journal.lines.isEmpty());
        assertEquals(List.of("ERROR"), journal.lines);
        final Throwable last = assertInstanceOf(ConnectionException.ConnectRefused.class, journal.lastCause());
        assertEquals(1, last.getSuppressed().length);
        final Throwable first = last.getSuppressed()[0].getSuppressed()[0];
        assertInstanceOf(ConnectionException.ConnectRefused.class, first);
        assertEquals(DnsError.NONE, s.dnsError(), "the lookup did not fail");
        assertNull(s.transport(), "each channel is closed");
        assertEquals(1, s.references());
    }

    @Test
    @DisplayName("8.4: a channel that was given")
    void onATransportThatIsSetOneAddressIsTried() throws IOException {
        final ServerSocketChannel server = loop.listen();
        final Transport given = loop.unconnected();
        final SocketBufferEvent s = loop.create(given, Options.NONE);
        final Journal journal = Journal.of(s);
        s.connectHostname(resolver, HostHints.ANY, "some.name", portOf(server));
        resolver.find(NOBODY, HERE);
        loop.until(() -> !journal.lines.isEmpty());
        assertEquals(List.of("ERROR"), journal.lines);
        assertInstanceOf(ConnectionException.ConnectRefused.class, journal.lastCause());
        assertSame(given, s.transport(), "the user's to close");
    }

    @Test
    @DisplayName("IMP-8: one timeout for all addresses")
    void theTimeAllowedIsForAllAddressesTogether() throws IOException {
        final SocketBufferEvent s = loop.create(null, Options.NONE);
        final Journal journal = Journal.of(s);
        s.setTimeouts(BufferEvent.NO_TIMEOUT, 10 * LoopFixture.MS);
        s.connectHostname(resolver, HostHints.ANY, "some.name", loop.deadEnd().getPort());
        loop.pass(50);
        resolver.find(NOWHERE, HERE);
        loop.turns(1);
        assertTrue(s.writeTimer.isArmed() || !journal.lines.isEmpty(), "it counts from the first attempt on");
        loop.until(() -> !journal.lines.isEmpty());
        assertEquals(List.of("ERROR"), journal.lines, "refused, and not out of time");
    }

    @Test
    @DisplayName("IMP-9, IMP-18: cancelled by another transport")
    void anotherTransportCancelsALookup() throws IOException {
        final LoopFixture.Ends ends = loop.ends();
        final SocketBufferEvent s = loop.create(null, Options.NONE);
        final Journal journal = Journal.of(s);
        journal.endsFrozen = false;
        s.connectHostname(resolver, HostHints.ANY, "some.name", 80);
        s.setTransport(ends.transport());
        assertEquals(DnsError.CANCELLED, s.dnsError());
        assertEquals(1, resolver.cancels);
        assertEquals(1, s.references());
        isNotLookingUp(s);
        resolver.find(HERE);
        s.write(bytes(5));
        loop.until(() -> ends.peer().received() == 5);
        assertEquals(List.of(), journal.events());
        assertSame(ends.transport(), s.transport());
    }

    @Test
    @DisplayName("2.5: closed during a lookup")
    void closingCancelsALookupAndFreesAtOnce() {
        final SocketBufferEvent s = loop.create(null, Options.NONE);
        final Journal journal = Journal.of(s);
        s.connectHostname(resolver, HostHints.ANY, "some.name", 80);
        resolver.find(HERE); // under way to the loop
        s.close();
        assertEquals(0, s.references());
        assertEquals(1, resolver.cancels);
        isNotLookingUp(s);
        loop.turns(3);
        assertEquals(List.of(), journal.lines);
        assertEquals(0, resolver.cancels - 1);
    }

    @Test
    @DisplayName("4.7: an answer that comes after the base")
    void anAnswerAfterTheBaseIsGoneReachesNobody() {
        final EventBase other = EventBase.open();
        final SocketBufferEvent s = SocketBufferEvent.create(other, null, Options.NONE);
        s.connectHostname(resolver, HostHints.ANY, "some.name", 80);
        other.close();
        assertEquals(1, resolver.cancels);
        resolver.find(HERE);
        assertTrue(s.isClosed());
    }

    @Test
    @DisplayName("3.4: closed by its own outcome")
    void theOutcomeMayCloseIt() {
        final SocketBufferEvent s = loop.create(null, Options.NONE);
        s.setCallbacks(null, null, (source, what, cause) -> source.close());
        s.connectHostname(
                (host, hints, answer) -> {
                    throw new IllegalStateException("out of order");
                },
                HostHints.ANY,
                "some.name",
                80);
        assertEquals(2, s.references());
        loop.turns(2);
        assertTrue(s.isClosed());
        assertEquals(0, s.references());
        assertEquals(DnsError.FAILED, s.dnsError());
    }

    @Test
    @DisplayName("CON-12")
    void withoutDescriptorsTheOutcomeIsAnEvent() {
        final SimWorld world = SimWorld.builder().descriptors(0).build();
        try (EventBase base = EventBase.open(world.config().pool(loop.pool()))) {
            final List<String> told = new ArrayList<>();
            final SocketBufferEvent s = SocketBufferEvent.create(base, null, Options.NONE);
            s.setCallbacks(null, null, (source, what, cause) -> told.add(what + " " + source));
            s.connectHostname(resolver, HostHints.ANY, "some.name", 80);
            resolver.find(HERE, SIX);
            assertEquals(LoopResult.EMPTY, base.dispatch());
            assertEquals(1, told.size(), told::toString);
            assertTrue(told.getFirst().startsWith("ERROR "));
            assertNull(s.transport());
        }
    }

    @Test
    @DisplayName("CON-18: channels")
    void channelsOfAttemptsThatFailedAreClosed() throws IOException {
        final SimWorld world = SimWorld.builder().build();
        try (EventBase base = EventBase.open(world.config().pool(loop.pool()))) {
            final Transport listener = base.openListener(null);
            listener.bind(new InetSocketAddress(HERE, 80), 1);
            final List<String> told = new ArrayList<>();
            final SocketBufferEvent s = SocketBufferEvent.create(base, null, Options.NONE);
            s.setCallbacks(null, null, (source, what, cause) -> told.add(what.toString()));
            s.connectHostname(resolver, HostHints.ANY, "some.name", 80);
            resolver.find(NOBODY, InetAddress.ofLiteral("127.0.0.8"), HERE);
            while (told.isEmpty()) {
                base.loop(EventBase.ONCE);
            }
            assertEquals(List.of("CONNECTED"), told);
            assertEquals(2, world.openSockets(), "the listener and the last attempt");
            s.transport().close();
            listener.close();
        }
    }
}
