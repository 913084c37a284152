package io.evbuffer.testing;

import io.evbuffer.EvBuffer;
import io.evbuffer.EvIovec;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

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

    private static <T> T at(final List<T> all, final int index) {
        return all.get(index % all.size());
    }
}
