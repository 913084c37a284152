package io.evbuffer.testing;

import io.evbuffer.EolMatch;
import io.evbuffer.EolStyle;
import io.evbuffer.EvBuffer;
import io.evbuffer.EvIovec;
import io.evbuffer.EvPosition;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One operation, applicable to buffers and to models of them, so that both can be compared after each of a sequence.
 *
 * <p>An edit names its buffers by index, counted modulo their number: a sequence made for three buffers runs on one as
 * well, where moves are moves of the buffer to itself. Positions and counts that must lie within the data are fitted to it
 * by the edit, so every edit is legal in every state. Bytes put in are {@link ByteSequence}s from the edit's seed on.
 *
 * <p>What an operation answers is part of the comparison: both methods return a {@link Seen}. An edit that throws on the
 * buffers (memory refused) is not to be applied to the models.
 */
public sealed interface Edit {
    /**
     * Does it to buffers.
     *
     * @param buffers 1 or more, open and not frozen.
     * @return what the caller of the operation was given.
     */
    Seen applyTo(List<EvBuffer> buffers);

    /**
     * Does it to models.
     *
     * @param models as many as buffers.
     * @return what the caller of the operation ought to be given.
     */
    Seen applyToModels(List<ArrayModel> models);

    /**
     * Does it to a single buffer.
     *
     * @param buffer open and not frozen.
     * @return what the caller of the operation was given.
     */
    default Seen applyTo(final EvBuffer buffer) {
        return applyTo(List.of(buffer));
    }

    /**
     * Does it to a single model.
     *
     * @param model of the buffer.
     * @return what the caller of the operation ought to be given.
     */
    default Seen applyTo(final ArrayModel model) {
        return applyToModels(List.of(model));
    }

    /**
     * What the caller of an operation was given.
     *
     * @param count the number returned, or 0.
     * @param bytes the bytes handed out, in hexadecimal digits.
     */
    record Seen(long count, String bytes) {
        /** Nothing was handed out. */
        public static final Seen NOTHING = count(0);

        static Seen count(final long count) {
            return new Seen(count, "");
        }

        static Seen bytes(final byte[] bytes) {
            return new Seen(bytes.length, HexFormat.of().formatHex(bytes));
        }
    }

    /**
     * Appends bytes.
     *
     * @param buffer index of the buffer.
     * @param length bytes.
     * @param seed where their sequence begins.
     * @param as how they are handed over.
     */
    record Add(int buffer, int length, int seed, BytesAs as) implements Edit {
        @Override
        public Seen applyTo(final List<EvBuffer> buffers) {
            as.add(at(buffers, buffer), ByteSequence.bytes(seed, length));
            return Seen.NOTHING;
        }

        @Override
        public Seen applyToModels(final List<ArrayModel> models) {
            at(models, buffer).add(ByteSequence.bytes(seed, length));
            return Seen.NOTHING;
        }
    }

    /**
     * Prepends bytes.
     *
     * @param buffer index of the buffer.
     * @param length bytes.
     * @param seed where their sequence begins.
     * @param as how they are handed over.
     */
    record Prepend(int buffer, int length, int seed, BytesAs as) implements Edit {
        @Override
        public Seen applyTo(final List<EvBuffer> buffers) {
            as.prepend(at(buffers, buffer), ByteSequence.bytes(seed, length));
            return Seen.NOTHING;
        }

        @Override
        public Seen applyToModels(final List<ArrayModel> models) {
            at(models, buffer).prepend(ByteSequence.bytes(seed, length));
            return Seen.NOTHING;
        }
    }

    /**
     * Moves everything to the end of another buffer.
     *
     * @param to index of the buffer that gets the bytes.
     * @param from index of the buffer that loses them.
     */
    record AddBuffer(int to, int from) implements Edit {
        @Override
        public Seen applyTo(final List<EvBuffer> buffers) {
            at(buffers, to).addBuffer(at(buffers, from));
            return Seen.NOTHING;
        }

        @Override
        public Seen applyToModels(final List<ArrayModel> models) {
            final ArrayModel source = at(models, from);
            if (source != at(models, to)) at(models, to).add(source.remove(source.length()));
            return Seen.NOTHING;
        }
    }

    /**
     * Moves everything to the front of another buffer.
     *
     * @param to index of the buffer that gets the bytes.
     * @param from index of the buffer that loses them.
     */
    record PrependBuffer(int to, int from) implements Edit {
        @Override
        public Seen applyTo(final List<EvBuffer> buffers) {
            at(buffers, to).prependBuffer(at(buffers, from));
            return Seen.NOTHING;
        }

        @Override
        public Seen applyToModels(final List<ArrayModel> models) {
            final ArrayModel source = at(models, from);
            if (source != at(models, to)) at(models, to).prepend(source.remove(source.length()));
            return Seen.NOTHING;
        }
    }

    /**
     * Moves some bytes to the end of another buffer.
     *
     * @param to index of the buffer that gets the bytes.
     * @param from index of the buffer that loses them.
     * @param count bytes.
     */
    record RemoveBuffer(int to, int from, int count) implements Edit {
        @Override
        public Seen applyTo(final List<EvBuffer> buffers) {
            return Seen.count(at(buffers, from).removeBuffer(at(buffers, to), count));
        }

        @Override
        public Seen applyToModels(final List<ArrayModel> models) {
            if (at(models, from) == at(models, to)) return Seen.NOTHING;
            final byte[] moved = at(models, from).remove(count);
            at(models, to).add(moved);
            return Seen.count(moved.length);
        }
    }

    /**
     * Removes bytes to a place of the caller.
     *
     * @param buffer index of the buffer.
     * @param count bytes.
     * @param as the shape of the place.
     */
    record Remove(int buffer, int count, BytesAs as) implements Edit {
        @Override
        public Seen applyTo(final List<EvBuffer> buffers) {
            return Seen.bytes(as.remove(at(buffers, buffer), count));
        }

        @Override
        public Seen applyToModels(final List<ArrayModel> models) {
            return Seen.bytes(at(models, buffer).remove(count));
        }
    }

    /**
     * Copies bytes from the front to a place of the caller.
     *
     * @param buffer index of the buffer.
     * @param count bytes.
     * @param as the shape of the place.
     */
    record CopyOut(int buffer, int count, BytesAs as) implements Edit {
        @Override
        public Seen applyTo(final List<EvBuffer> buffers) {
            return Seen.bytes(as.copyOut(at(buffers, buffer), count));
        }

        @Override
        public Seen applyToModels(final List<ArrayModel> models) {
            return Seen.bytes(at(models, buffer).copyOut(0, count));
        }
    }

    /**
     * Copies bytes from a position on.
     *
     * @param buffer index of the buffer.
     * @param position counted modulo the length + 1.
     * @param count bytes.
     */
    record CopyOutFrom(int buffer, int position, int count) implements Edit {
        @Override
        public Seen applyTo(final List<EvBuffer> buffers) {
            final EvBuffer from = at(buffers, buffer);
            final byte[] target = new byte[count];
            final int copied = from.copyOut(position % (from.length() + 1), target, 0, count);
            return Seen.bytes(Arrays.copyOf(target, copied));
        }

        @Override
        public Seen applyToModels(final List<ArrayModel> models) {
            final ArrayModel from = at(models, buffer);
            return Seen.bytes(from.copyOut(position % (from.length() + 1), count));
        }
    }

    /**
     * Drains bytes.
     *
     * @param buffer index of the buffer.
     * @param count bytes.
     */
    record Drain(int buffer, int count) implements Edit {
        @Override
        public Seen applyTo(final List<EvBuffer> buffers) {
            return Seen.count(at(buffers, buffer).drain(count));
        }

        @Override
        public Seen applyToModels(final List<ArrayModel> models) {
            return Seen.count(at(models, buffer).remove(count).length);
        }
    }

    /**
     * Makes contiguous room.
     *
     * @param buffer index of the buffer.
     * @param count bytes.
     */
    record Expand(int buffer, int count) implements Edit {
        @Override
        public Seen applyTo(final List<EvBuffer> buffers) {
            at(buffers, buffer).expand(count);
            return Seen.NOTHING;
        }

        @Override
        public Seen applyToModels(final List<ArrayModel> models) {
            return Seen.NOTHING;
        }
    }

    /**
     * Makes room in several chains.
     *
     * @param buffer index of the buffer.
     * @param count bytes.
     * @param maxChains 2 or more.
     */
    record ExpandFast(int buffer, int count, int maxChains) implements Edit {
        @Override
        public Seen applyTo(final List<EvBuffer> buffers) {
            at(buffers, buffer).expandFast(count, maxChains);
            return Seen.NOTHING;
        }

        @Override
        public Seen applyToModels(final List<ArrayModel> models) {
            return Seen.NOTHING;
        }
    }

    /**
     * Reserves room and commits some of it, with holes.
     *
     * @param buffer index of the buffer.
     * @param size bytes to reserve.
     * @param vectors the most vectors to use, 1 or more.
     * @param count bytes to commit, counted modulo size + 1.
     * @param holes eighths of each vector to leave unused at its end, used in turn, as far as the other room suffices; 8
     *     commits nothing to a vector and something to a later one. Without holes the bytes are spread in order.
     * @param seed where the sequence of the committed bytes begins.
     */
    record ReserveAndCommit(int buffer, int size, int vectors, int count, List<Integer> holes, int seed)
            implements Edit {
        @Override
        public Seen applyTo(final List<EvBuffer> buffers) {
            final EvBuffer target = at(buffers, buffer);
            final EvIovec room = new EvIovec(vectors);
            if (target.reserveSpace(size, room) != room.size()) throw new AssertionError("miscounted " + room);
            if (room.totalLength() < size) throw new AssertionError("reserved " + room + " for " + size);
            final int committed = committed();
            long slack = room.totalLength() - committed;
            int missing = committed;
            for (int i = 0; i < room.size(); i++) {
                final int hole = holes.isEmpty() ? 0 : (int) Math.min(slack, hole(room.length(i), i));
                final int taken = Math.min(room.length(i) - hole, missing);
                fill(room, i, taken, seed + committed - missing);
                slack -= hole;
                missing -= taken;
                if (!holes.isEmpty()) room.length(i, taken);
            }
            if (holes.isEmpty()) {
                target.commitSpace(room, committed);
            } else {
                target.commitSpace(room);
            }
            return Seen.NOTHING;
        }

        private int committed() {
            return count % (size + 1);
        }

        private long hole(final int length, final int vector) {
            return (long) length * holes.get(vector % holes.size()) / 8;
        }

        /** Writes all of a vector, its first bytes with what is committed: through the view, or the memory, in turn. */
        private static void fill(final EvIovec room, final int vector, final int taken, final int seed) {
            final byte[] bytes = Arrays.copyOf(ByteSequence.bytes(seed, taken), room.length(vector));
            if (vector % 2 == 0) {
                room.view(vector).put(bytes);
            } else {
                room.memory(vector).putBytes(room.offset(vector), bytes);
            }
        }

        @Override
        public Seen applyToModels(final List<ArrayModel> models) {
            at(models, buffer).add(ByteSequence.bytes(seed, committed()));
            return Seen.NOTHING;
        }
    }

    /**
     * Makes bytes contiguous.
     *
     * @param buffer index of the buffer.
     * @param count counted modulo the length + 2, less 1: so from -1 (all) to the length.
     */
    record PullUp(int buffer, int count) implements Edit {
        @Override
        public Seen applyTo(final List<EvBuffer> buffers) {
            final EvBuffer from = at(buffers, buffer);
            final long asked = asked(from.length());
            final int wanted = (int) (asked < 0 ? from.length() : asked);
            final UnsafeBuffer view = new UnsafeBuffer(0, 0);
            final int got = from.pullUp(asked, view);
            if (got < wanted || got != view.capacity()) {
                throw new AssertionError(
                        "pulled up " + got + " of " + wanted + " bytes, the view has " + view.capacity());
            }
            if (wanted > 0 && from.contiguousLength() != got) {
                throw new AssertionError("pulled up " + got + ", contiguous are " + from.contiguousLength());
            }
            final byte[] bytes = new byte[wanted];
            view.getBytes(0, bytes);
            return Seen.bytes(bytes);
        }

        private long asked(final long length) {
            return count % (length + 2) - 1;
        }

        @Override
        public Seen applyToModels(final List<ArrayModel> models) {
            final ArrayModel from = at(models, buffer);
            final long asked = asked(from.length());
            return Seen.bytes(from.copyOut(0, asked < 0 ? from.length() : asked));
        }
    }

    /**
     * Looks at bytes in place.
     *
     * @param buffer index of the buffer.
     * @param position counted modulo the length + 1.
     * @param length bytes to look at; negative for all.
     */
    record Peek(int buffer, int position, int length) implements Edit {
        @Override
        public Seen applyTo(final List<EvBuffer> buffers) {
            final EvBuffer from = at(buffers, buffer);
            final long start = position % (from.length() + 1);
            final int needed = from.countExtents(length, start);
            final EvIovec vectors = new EvIovec(needed + 1);
            if (from.peek(length, start, vectors) != needed || vectors.size() != needed) {
                throw new AssertionError("B-5: " + needed + " vectors are needed, filled are " + vectors);
            }
            final EvIovec fewer = new EvIovec(Math.max(1, needed - 1));
            if (from.peek(length, start, fewer) != Math.min(needed, fewer.capacity())) {
                throw new AssertionError("B-5: " + needed + " vectors are needed, filled are " + fewer);
            }
            final byte[] bytes = new byte[(int) Math.min(vectors.totalLength(), length < 0 ? Long.MAX_VALUE : length)];
            vectors.limit(bytes.length);
            int index = 0;
            for (int i = 0; i < vectors.size(); i++) {
                final ByteBuffer view = vectors.view(i);
                if (!view.isReadOnly()) throw new AssertionError("data may be written through " + view);
                view.get(bytes, index, vectors.length(i));
                index += vectors.length(i);
            }
            return Seen.bytes(bytes);
        }

        @Override
        public Seen applyToModels(final List<ArrayModel> models) {
            final ArrayModel from = at(models, buffer);
            return Seen.bytes(from.copyOut(position % (from.length() + 1), length < 0 ? from.length() : length));
        }
    }

    /**
     * Gives back spare room.
     *
     * @param buffer index of the buffer.
     */
    record Trim(int buffer) implements Edit {
        @Override
        public Seen applyTo(final List<EvBuffer> buffers) {
            at(buffers, buffer).trim();
            return Seen.NOTHING;
        }

        @Override
        public Seen applyToModels(final List<ArrayModel> models) {
            return Seen.NOTHING;
        }
    }

    /**
     * Appends several pieces in one call.
     *
     * @param buffer index of the buffer.
     * @param lengths bytes of each piece.
     * @param seed where their sequence begins.
     */
    record AddVectors(int buffer, List<Integer> lengths, int seed) implements Edit {
        @Override
        public Seen applyTo(final List<EvBuffer> buffers) {
            final ByteBuffer[] pieces = new ByteBuffer[lengths.size()];
            int from = 0;
            for (int i = 0; i < pieces.length; i++) {
                final byte[] bytes = ByteSequence.bytes((long) seed + from, lengths.get(i));
                pieces[i] = i % 2 == 0
                        ? ByteBuffer.wrap(bytes)
                        : ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
                from += bytes.length;
            }
            final long added = at(buffers, buffer).addIovec(pieces);
            for (final ByteBuffer piece : pieces) {
                if (piece.hasRemaining()) throw new AssertionError("not consumed: " + piece);
            }
            return Seen.count(added);
        }

        @Override
        public Seen applyToModels(final List<ArrayModel> models) {
            final int total = lengths.stream().mapToInt(Integer::intValue).sum();
            at(models, buffer).add(ByteSequence.bytes(seed, total));
            return Seen.count(total);
        }
    }

    /**
     * Appends formatted text of few letters, with ends of lines of all styles.
     *
     * @param buffer index of the buffer.
     * @param length bytes.
     * @param seed what the letters depend on.
     */
    record AddText(int buffer, int length, int seed) implements Edit {
        private static final String LETTERS = "aab\r\nab\na\rb\0a\n\r\nb";

        @Override
        public Seen applyTo(final List<EvBuffer> buffers) {
            return Seen.count(at(buffers, buffer).addPrintf("%s%d", text(), seed));
        }

        private String text() {
            final StringBuilder text = new StringBuilder();
            int state = seed;
            for (int i = 0; i < length; i++) {
                state = state * 1_103_515_245 + 12_345;
                text.append(LETTERS.charAt((state >>> 16) % LETTERS.length()));
            }
            return text.toString();
        }

        @Override
        public Seen applyToModels(final List<ArrayModel> models) {
            final byte[] added = (text() + seed).getBytes(StandardCharsets.US_ASCII);
            at(models, buffer).add(added);
            return Seen.count(added.length);
        }
    }

    /**
     * Appends a number or a text by {@link io.evbuffer.EvBufferWriter}.
     *
     * @param buffer index of the buffer.
     * @param as what to write.
     * @param value what the bytes depend on.
     * @param bigEndian or little-endian.
     */
    record AddValue(int buffer, ValueAs as, long value, boolean bigEndian) implements Edit {
        @Override
        public Seen applyTo(final List<EvBuffer> buffers) {
            return Seen.count(as.write(at(buffers, buffer), value, bigEndian));
        }

        @Override
        public Seen applyToModels(final List<ArrayModel> models) {
            final byte[] bytes = as.bytes(value, bigEndian);
            at(models, buffer).add(bytes);
            return Seen.count(bytes.length);
        }
    }

    /**
     * Takes or looks at a number by {@link io.evbuffer.EvBufferReader}, if there are enough bytes for it.
     *
     * @param buffer index of the buffer.
     * @param as what to read; one of fixed length.
     * @param position -1 to remove it from the front, or else where to look at it, counted modulo the places it may be at.
     * @param bigEndian or little-endian.
     */
    record ReadValue(int buffer, ValueAs as, int position, boolean bigEndian) implements Edit {
        @Override
        public Seen applyTo(final List<EvBuffer> buffers) {
            final EvBuffer from = at(buffers, buffer);
            final int size = as.size();
            if (from.length() < size) return Seen.NOTHING;
            final long at = position < 0 ? -1 : position % (from.length() - size + 1);
            return Seen.bytes(as.read(from, at, bigEndian));
        }

        @Override
        public Seen applyToModels(final List<ArrayModel> models) {
            final ArrayModel from = at(models, buffer);
            final int size = as.size();
            if (from.length() < size) return Seen.NOTHING;
            return Seen.bytes(
                    position < 0 ? from.remove(size) : from.copyOut(position % (from.length() - size + 1), size));
        }
    }

    /**
     * Shows the bytes of one buffer in another one as well, unless it is the same, or both hold more than {@value #MOST}
     * bytes: sequences would grow without bound.
     *
     * @param to index of the buffer that shows them as well.
     * @param from index of the buffer that has them.
     */
    record AddBufferReference(int to, int from) implements Edit {
        private static final int MOST = 2048;

        @Override
        public Seen applyTo(final List<EvBuffer> buffers) {
            final EvBuffer source = at(buffers, from);
            final EvBuffer target = at(buffers, to);
            if (source != target && source.length() + target.length() <= MOST) target.addBufferReference(source);
            return Seen.NOTHING;
        }

        @Override
        public Seen applyToModels(final List<ArrayModel> models) {
            final ArrayModel source = at(models, from);
            final ArrayModel target = at(models, to);
            if (source != target && source.length() + target.length() <= MOST) target.add(source.bytes());
            return Seen.NOTHING;
        }
    }

    /**
     * Searches bytes, those of a part of the data or changed ones.
     *
     * @param buffer index of the buffer.
     * @param from where the part begins, counted modulo the length + 1.
     * @param length bytes of the part, as far as there are.
     * @param changed whether its last byte is made another one.
     * @param start where to begin, counted modulo the length + 2, less 1.
     * @param end where to end, counted modulo the length + 2, less 1.
     */
    record Search(int buffer, int from, int length, boolean changed, int start, int end) implements Edit {
        @Override
        public Seen applyTo(final List<EvBuffer> buffers) {
            final EvBuffer in = at(buffers, buffer);
            // Looked at in place: the buffer may be frozen, and is to be as it was.
            final byte[] what = what(EvBufferInvariants.content(in, from % (in.length() + 1), length));
            final long first = start % (in.length() + 2) - 1;
            final long last = end % (in.length() + 2) - 1;
            final long found = in.searchRange(what, first, last);
            final UnsafeBuffer framed = new UnsafeBuffer(new byte[what.length + 4]);
            framed.putBytes(3, what);
            if (in.searchRange(framed, 3, what.length, first, last) != found) {
                throw new AssertionError("found at " + found + ", but not within other memory");
            }
            if (last == in.length() && first >= 0) {
                final EvPosition position = new EvPosition(in).set(first);
                if (in.search(what, first) != found || in.search(what, position) != (found >= 0)) {
                    throw new AssertionError("found at " + found + ", but not by " + position);
                }
                if (position.value() != found) throw new AssertionError("found at " + found + ", not " + position);
            }
            return Seen.count(found);
        }

        private byte[] what(final byte[] part) {
            if (changed && part.length > 0) part[part.length - 1] ^= 1;
            return part;
        }

        @Override
        public Seen applyToModels(final List<ArrayModel> models) {
            final ArrayModel in = at(models, buffer);
            final byte[] what = what(in.copyOut(from % (in.length() + 1), length));
            final int first = start % (in.length() + 2) - 1;
            final int last = end % (in.length() + 2) - 1;
            return Seen.count(first < 0 || last < 0 ? -1 : in.search(what, first, last));
        }
    }

    /**
     * Searches the end of a line.
     *
     * @param buffer index of the buffer.
     * @param start where to begin, counted modulo the length + 1.
     * @param style what ends a line.
     */
    record SearchEol(int buffer, int start, EolStyle style) implements Edit {
        @Override
        public Seen applyTo(final List<EvBuffer> buffers) {
            final EvBuffer in = at(buffers, buffer);
            final EolMatch match = new EolMatch();
            final long found = in.searchEol(start % (in.length() + 1), style, match);
            if (match.position() != found) throw new AssertionError("found at " + found + ", but " + match);
            final EvPosition position = new EvPosition(in).set(start % (in.length() + 1));
            if (in.searchEol(position, style) != match.length() || position.value() != found) {
                throw new AssertionError("found at " + found + ", but " + position);
            }
            return Seen.count(found * 10_000 + match.length());
        }

        @Override
        public Seen applyToModels(final List<ArrayModel> models) {
            final ArrayModel in = at(models, buffer);
            final int found = in.searchEol(start % (in.length() + 1), style);
            return Seen.count(found * 10_000L + (found < 0 ? 0 : in.eolLength(found, style)));
        }
    }

    /**
     * Takes a line.
     *
     * @param buffer index of the buffer.
     * @param style what ends it.
     * @param as the shape of the place for it, roomy enough; null for an array that the buffer makes.
     */
    record ReadLine(int buffer, EolStyle style, @Nullable BytesAs as) implements Edit {
        @Override
        public Seen applyTo(final List<EvBuffer> buffers) {
            final EvBuffer from = at(buffers, buffer);
            final byte[] line = as == null ? from.readLine(style) : as.readLine(from, style, (int) from.length());
            return line == null ? Seen.count(-1) : Seen.bytes(line);
        }

        @Override
        public Seen applyToModels(final List<ArrayModel> models) {
            final ArrayModel from = at(models, buffer);
            final int end = from.searchEol(0, style);
            if (end < 0) return Seen.count(-1);
            final int eol = from.eolLength(end, style);
            final byte[] line = from.remove(end);
            from.remove(eol);
            return Seen.bytes(line);
        }
    }

    /**
     * Looks at a line in one piece.
     *
     * @param buffer index of the buffer.
     * @param style what ends it.
     */
    record PeekLine(int buffer, EolStyle style) implements Edit {
        @Override
        public Seen applyTo(final List<EvBuffer> buffers) {
            final UnsafeBuffer view = new UnsafeBuffer(0, 0);
            final int length = at(buffers, buffer).peekLine(style, view, new EolMatch());
            if (Math.max(length, 0) != view.capacity()) throw new AssertionError(length + " bytes in " + view);
            if (length < 0) return Seen.count(-1);
            final byte[] line = new byte[length];
            view.getBytes(0, line);
            return Seen.bytes(line);
        }

        @Override
        public Seen applyToModels(final List<ArrayModel> models) {
            final ArrayModel from = at(models, buffer);
            final int end = from.searchEol(0, style);
            return end < 0 ? Seen.count(-1) : Seen.bytes(from.copyOut(0, end));
        }
    }

    private static <T> T at(final List<T> all, final int index) {
        return all.get(index % all.size());
    }
}
