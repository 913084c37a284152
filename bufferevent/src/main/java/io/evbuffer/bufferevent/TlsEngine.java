package io.evbuffer.bufferevent;

import io.evbuffer.EvBuffer;
import io.evbuffer.EvIovec;
import io.evbuffer.memory.BufferLimitException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * An {@link SSLEngine} between two pairs of {@link EvBuffer}s, a record at a time.
 *
 * <pre>
 *   unwrap:   wire  [ record | record | rec..   -- engine --&gt;   reserved space of the plain buffer
 *   wrap:     plain [ seg | seg | up to 8 ...   -- engine --&gt;   reserved space of the wire buffer
 * </pre>
 *
 * <p>Plain bytes are taken from where they lie, up to {@value #MOST_PLAIN} of them gathered into one record. A record that
 * came in is handed to the engine where it lies, if it lies in one piece and the engine leaves its source alone. The JDK's
 * engine decrypts in place, and answers a source that it may not write to, as all data of a buffer is, by an array for each
 * record: for it the record is copied into the scratch memory of the base, at the price of that copy.
 * A record of few bytes goes out through that memory as well, since engines ask for room for the longest one.
 *
 * <p>Engines differ in habits where {@link SSLEngine} leaves them free. Some say NEED_WRAP in a handshake only: an alert or a
 * farewell that is due shows in the result of a step, or in that the outbound is not done though it was closed. Some consume
 * a record and answer BUFFER_OVERFLOW: what did not fit comes at the next step, without more bytes of the wire. Some read
 * the header of a record in the order of bytes that the buffer has: so what is lent to an engine has the order of the wire,
 * and its own again afterwards.
 *
 * <p>Ends that are frozen are thawed by the caller. A listener of either buffer that throws does so when all bytes have
 * moved; {@link #consumed()} and {@link #produced()} tell. <b>Threads:</b> the loop's.
 */
final class TlsEngine {
    /** The most that one record holds. */
    static final int MOST_PLAIN = 16 * 1024;

    private static final int OVERHEAD = 512; // more than any cipher suite adds

    /** The most that such a record takes on the wire, with what is in use. */
    static final int MOST_SEALED = MOST_PLAIN + OVERHEAD;

    private static final int HEADER = 5;
    private static final int MOST_RECORD = 16 * 1024 + 2048 + HEADER; // TLS 1.2 allows so much expansion
    private static final int SMALL =
            4 * 1024; // copying so few bytes costs less than holding a segment of 64 KiB for them
    private static final int MOST_ROOM = 256 * 1024; // an engine that asks for more is not asking for room
    private static final int FIRST_TYPE = 20; // of record content: change_cipher_spec
    private static final int LAST_TYPE = 24; // heartbeat

    private static final ByteBuffer EMPTY = ByteBuffer.allocateDirect(0);
    private static final ByteBuffer[] NONE = {EMPTY};

    private final SSLEngine engine;
    private final TlsScratch scratch;
    private final boolean writesToSource;
    private int consumed;
    private int produced;
    private boolean finished;
    private boolean due; // a result said that the engine has to say something, whatever its own status says
    private boolean ending; // it was closed, or has failed: it may have something to say until its outbound is done
    private boolean holdsBack; // decrypted bytes of a record that has left the wire
    private byte @Nullable [] unsent; // a record that the engine has counted, and for which there was no memory

    TlsEngine(final SSLEngine engine, final TlsScratch scratch) {
        this.engine = engine;
        this.scratch = scratch;
        this.writesToSource = engine.getClass().getName().startsWith("sun.security.ssl.");
    }

    SSLEngine engine() {
        return engine;
    }

    // ---- what the last step did -------------------------------------------------------------------------------------

    /** The bytes that the last step took from its source. */
    int consumed() {
        return consumed;
    }

    /** The bytes that the last step added to its target. */
    int produced() {
        return produced;
    }

    /** Says whether the last step completed a handshake. */
    boolean hasFinished() {
        return finished;
    }

    /** Nothing moved so far. */
    private void begin() {
        consumed = 0;
        produced = 0;
        finished = false;
    }

    // ---- state ------------------------------------------------------------------------------------------------------

    boolean needsWrap() {
        return unsent != null
                || due
                || engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP
                || (ending && !engine.isOutboundDone());
    }

    /** A handshake waits for the peer. */
    boolean needsUnwrap() {
        final HandshakeStatus status = engine.getHandshakeStatus();
        return status == HandshakeStatus.NEED_UNWRAP || status == HandshakeStatus.NEED_UNWRAP_AGAIN;
    }

    boolean needsTask() {
        return engine.getHandshakeStatus() == HandshakeStatus.NEED_TASK;
    }

    boolean isShakingHands() {
        return engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING;
    }

    /** Decrypted bytes wait in the engine: {@link #unwrap} gives them, whatever is on the wire. */
    boolean holdsBack() {
        return holdsBack;
    }

    /** No more plain bytes will be wrapped, and the peer is to be told so by {@link #wrap}, if it was not. */
    void closeOutput() {
        engine.closeOutbound();
        ending = true;
    }

    // ---- in ---------------------------------------------------------------------------------------------------------

    /**
     * Decrypts one record, if a whole one is there.
     *
     * @param wire  what came in; the record leaves it.
     * @param plain what the record held is added to its end.
     * @return false if there is no whole record, and nothing happened.
     * @throws SSLException if the record or the engine is broken; the peer is to be told by {@link #wrap}.
     */
    boolean unwrap(final EvBuffer wire, final EvBuffer plain) throws SSLException {
        begin();
        final boolean inside = holdsBack || engine.getHandshakeStatus() == HandshakeStatus.NEED_UNWRAP_AGAIN;
        final int record = inside ? 0 : recordLength(wire);
        if (record < 0) {
            return false;
        }
        final ByteBuffer source = inside ? EMPTY : sourceOf(wire, record);
        final int start = source.position();
        int room = record;
        if (holdsBack) {
            room = engine.getSession().getApplicationBufferSize();
        } else if (isShakingHands()) {
            room = 0;
        }
        while (true) {
            final int vectors = room == 0 ? 0 : plain.reserveSpace(room, scratch.space);
            final SSLEngineResult result = unwrap(source, vectors);
            if (result.getStatus() == SSLEngineResult.Status.BUFFER_UNDERFLOW) {
                if (source.remaining() > MOST_RECORD) {
                    throw new SSLException("record of more than " + MOST_RECORD + " bytes");
                }
                holdsBack = false;
                return inside && unwrapsFromWire(wire, plain);
            }
            final boolean full = result.getStatus() == SSLEngineResult.Status.BUFFER_OVERFLOW;
            if (!full || result.bytesConsumed() > 0 || result.bytesProduced() > 0) {
                holdsBack = full;
                take(result, wire, plain);
                return consumed > 0 || inside || isToldMore(result);
            }
            room = moreRoom(room, engine.getSession().getApplicationBufferSize());
            source.position(start);
        }
    }

    /** Nothing was held back after all. */
    private boolean unwrapsFromWire(final EvBuffer wire, final EvBuffer plain) throws SSLException {
        return engine.getHandshakeStatus() != HandshakeStatus.NEED_UNWRAP_AGAIN && unwrap(wire, plain);
    }

    private void take(final SSLEngineResult result, final EvBuffer wire, final EvBuffer plain) {
        finished = result.getHandshakeStatus() == HandshakeStatus.FINISHED;
        due |= result.getHandshakeStatus() == HandshakeStatus.NEED_WRAP;
        consumed = result.bytesConsumed();
        produced = result.bytesProduced();
        try {
            if (produced > 0) {
                plain.commitSpace(scratch.space, produced);
            }
        } finally {
            wire.drain(consumed);
        }
    }

    /** Without bytes: the engine has something else to do first, or has come to its end. */
    private static boolean isToldMore(final SSLEngineResult result) {
        return result.getHandshakeStatus() == HandshakeStatus.NEED_WRAP
                || result.getHandshakeStatus() == HandshakeStatus.NEED_TASK
                || result.getStatus() == SSLEngineResult.Status.CLOSED;
    }

    private SSLEngineResult unwrap(final ByteBuffer source, final int vectors) throws SSLException {
        final ByteBuffer[] targets = vectors == 0 ? NONE : scratch.targets(vectors);
        try {
            lend(source, targets, vectors);
            return vectors == 0 ? engine.unwrap(source, EMPTY) : engine.unwrap(source, targets, 0, vectors);
        } catch (final SSLException failed) {
            ending = true;
            throw failed;
        } catch (final Exception broken) { // some throw what their callbacks threw, declared or not
            ending = true;
            throw new SSLException(broken);
        } finally {
            takeBack(source, targets, vectors);
        }
    }

    /**
     * Finds how long the first record is; all there is if it is no record of TLS, for the engine to judge.
     *
     * @return -1 if it is not there yet, or not whole.
     */
    private int recordLength(final EvBuffer wire) {
        if (wire.length() < HEADER) {
            return -1;
        }
        final ByteBuffer header = scratch.record.clear().limit(HEADER);
        wire.copyOut(header);
        final int length = HEADER + (Byte.toUnsignedInt(header.get(3)) << 8) + Byte.toUnsignedInt(header.get(4));
        final int type = header.get(0);
        if (type < FIRST_TYPE || type > LAST_TYPE || length > MOST_RECORD) {
            return (int) Math.min(wire.length(), scratch.record.capacity());
        }
        return length <= wire.length() ? length : -1;
    }

    private ByteBuffer sourceOf(final EvBuffer wire, final int length) {
        if (!writesToSource && wire.contiguousLength() >= length) {
            wire.peek(length, scratch.run);
            return scratch.run.limit(length).view(0);
        }
        final ByteBuffer record = scratch.record.clear().limit(length);
        wire.copyOut(record);
        return record.flip();
    }

    // ---- out --------------------------------------------------------------------------------------------------------

    /**
     * Encrypts one record: what the engine itself has to say, or else plain bytes, or else nothing. A record that found no
     * memory goes before all others.
     *
     * @param plain what is to be sent; what the record holds leaves it.
     * @param most  how many plain bytes at most; 0 for none.
     * @param whole whether many small pieces are joined first, so that each record is full.
     * @param wire  the record is added to its end.
     * @return whether the engine did anything.
     * @throws SSLException         if the engine is broken.
     * @throws BufferLimitException if there is no memory; no bytes have moved, and the same call does it later.
     */
    boolean wrap(final EvBuffer plain, final long most, final boolean whole, final EvBuffer wire) throws SSLException {
        begin();
        final byte[] first = unsent;
        if (first != null) {
            wire.add(first);
            unsent = null;
            produced = first.length;
            return true;
        }
        int bytes = (int) Math.min(Math.min(most, MOST_PLAIN), plain.length());
        ByteBuffer[] sources = bytes == 0 ? NONE : pieces(plain, bytes, whole);
        int count = bytes == 0 ? 1 : scratch.data.size();
        int room = engine.getSession().getPacketBufferSize();
        while (true) {
            final boolean small = bytes <= SMALL && room <= scratch.sealed.capacity();
            if (!hasRoom(wire, small ? (bytes == 0 ? 0 : bytes + OVERHEAD) : room)) {
                due = true;
                break;
            }
            final ByteBuffer target = small ? scratch.sealed.clear() : scratch.run.view(0);
            final SSLEngineResult result = wrap(sources, count, target);
            if (result.getStatus() == SSLEngineResult.Status.BUFFER_UNDERFLOW) {
                throw new SSLException("wrap lacks input");
            }
            give(result, small, target, wire);
            if (result.getStatus() != SSLEngineResult.Status.BUFFER_OVERFLOW) {
                break;
            }
            if (result.bytesConsumed() > 0) { // it holds the record, and shall not take more
                bytes = 0;
                sources = NONE;
                count = 1;
            } else if (result.bytesProduced() == 0) {
                room = moreRoom(room, engine.getSession().getPacketBufferSize());
            }
        }
        plain.drain(consumed);
        final boolean said = consumed > 0 || produced > 0;
        if (!said) {
            ending = false;
        }
        return said || finished;
    }

    /** Before the engine counts a record there is room for it; for one that it has counted there may be later. */
    private boolean hasRoom(final EvBuffer wire, final int bytes) {
        try {
            if (bytes > 0) {
                wire.reserveSpace(bytes, scratch.run);
            }
            return true;
        } catch (final BufferLimitException refused) {
            if (consumed == 0 && produced == 0) {
                throw refused;
            }
            return false;
        }
    }

    private void give(final SSLEngineResult result, final boolean small, final ByteBuffer target, final EvBuffer wire) {
        final int made = result.bytesProduced();
        finished |= result.getHandshakeStatus() == HandshakeStatus.FINISHED;
        due = made > 0 && result.getHandshakeStatus() == HandshakeStatus.NEED_WRAP;
        consumed += result.bytesConsumed();
        produced += made;
        if (made == 0) {
            return;
        }
        if (small) {
            addSmall(target.flip(), wire);
        } else {
            wire.commitSpace(scratch.run, made);
        }
    }

    /**
     * Makes room for the records of a batch, so that they share a segment, and brings into memory what they will hold and no
     * more, if it is not there. Where this cannot be had, each record tries for itself, and says what is missing.
     */
    void prepare(final EvBuffer plain, final int bytes, final EvBuffer wire) {
        final int records = (bytes + MOST_PLAIN - 1) / MOST_PLAIN;
        try {
            wire.expand(records * engine.getSession().getPacketBufferSize());
            plain.peek(bytes, scratch.data);
        } catch (final RuntimeException | LinkageError refused) {
            scratch.data.clear();
        }
    }

    /** The most that the next record takes on the wire if so much is to be sent. */
    static long mostSealed(final long bytes) {
        return Math.min(bytes, MOST_PLAIN) + OVERHEAD;
    }

    /** What the engine itself has to say has no memory reserved for it. */
    private void addSmall(final ByteBuffer record, final EvBuffer wire) {
        try {
            wire.add(record);
        } catch (final BufferLimitException refused) {
            final byte[] kept = new byte[record.remaining()]; // the engine cannot make it again; the next step is told
            record.get(kept);
            unsent = kept;
        }
    }

    private ByteBuffer[] pieces(final EvBuffer plain, final int bytes, final boolean whole) {
        final EvIovec data = scratch.data;
        if (whole && plain.contiguousLength() < bytes) {
            final UnsafeBuffer view = scratch.view;
            plain.pullUp(bytes, view);
        }
        plain.peek(bytes, data);
        return data.limit(bytes).views();
    }

    private SSLEngineResult wrap(final ByteBuffer[] sources, final int count, final ByteBuffer target)
            throws SSLException {
        final int lent = sources == NONE ? 0 : count;
        try {
            lend(target, sources, lent);
            return engine.wrap(sources, 0, count, target);
        } catch (final SSLException failed) {
            ending = true;
            throw failed;
        } catch (final Exception broken) {
            ending = true;
            throw new SSLException(broken);
        } finally {
            takeBack(target, sources, lent);
        }
    }

    /** The JDK's engine reads byte by byte. */
    private void lend(final ByteBuffer records, final ByteBuffer[] plain, final int count) {
        if (!writesToSource) {
            order(records, plain, count, ByteOrder.BIG_ENDIAN);
        }
    }

    private void takeBack(final ByteBuffer records, final ByteBuffer[] plain, final int count) {
        if (!writesToSource) {
            order(records, plain, count, ByteOrder.nativeOrder());
        }
    }

    private static void order(
            final ByteBuffer records, final ByteBuffer[] plain, final int count, final ByteOrder order) {
        if (records != EMPTY) { // which belongs to all threads, and is of no order
            records.order(order);
        }
        for (int i = 0; i < count; i++) {
            plain[i].order(order);
        }
    }

    private static int moreRoom(final int room, final int asked) throws SSLException {
        if (room >= MOST_ROOM) {
            throw new SSLException("the engine asks for more than " + room + " bytes of room");
        }
        return Math.max(2 * room, asked);
    }
}
