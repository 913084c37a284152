package io.evbuffer.channel;

import io.evbuffer.EvIovec;
import io.evbuffer.testing.ByteSequence;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A source that follows a script: each call does the next step, and the bytes it hands out, over all steps, are
 * {@link ByteSequence}. After the script it would block.
 */
final class ScriptedSource implements ScatterSource {
    private final Deque<Step> steps = new ArrayDeque<>();
    private long handedOut;
    private int calls;
    private long lastAsked;
    private int lastVectors;

    @FunctionalInterface
    private interface Step {
        long read(EvIovec vectors) throws IOException;
    }

    /** Next, at most this many bytes are there; what finds no room stays for the following calls. */
    ScriptedSource bytes(final long count) {
        steps.add(vectors -> {
            final long came = Math.min(count, vectors.totalLength());
            fill(vectors, came);
            if (came < count) restart(count - came);
            return came;
        });
        return this;
    }

    private void restart(final long count) {
        final Deque<Step> rest = new ArrayDeque<>(steps);
        steps.clear();
        bytes(count);
        steps.addAll(rest);
    }

    ScriptedSource nothing() {
        return answer(WOULD_BLOCK);
    }

    ScriptedSource end() {
        return answer(END_OF_STREAM);
    }

    /** Next, a result without a byte, possibly one that makes no sense. */
    ScriptedSource answer(final long result) {
        steps.add(vectors -> result);
        return this;
    }

    ScriptedSource failure(final IOException e) {
        steps.add(vectors -> {
            scribble(vectors);
            throw e;
        });
        return this;
    }

    ScriptedSource failure(final RuntimeException e) {
        steps.add(vectors -> {
            scribble(vectors);
            throw e;
        });
        return this;
    }

    @Override
    public long read(final EvIovec vectors) throws IOException {
        calls++;
        lastAsked = vectors.totalLength();
        lastVectors = vectors.size();
        final Step step = steps.poll();
        return step == null ? WOULD_BLOCK : step.read(vectors);
    }

    private void fill(final EvIovec vectors, final long count) {
        long left = count;
        for (int i = 0; left > 0; i++) {
            final int piece = (int) Math.min(left, vectors.length(i));
            for (int j = 0; j < piece; j++) {
                vectors.memory(i).putByte(vectors.offset(i) + j, ByteSequence.at(handedOut++));
            }
            left -= piece;
        }
    }

    /** A failing call may have touched the room it was lent. */
    private static void scribble(final EvIovec vectors) {
        for (int i = 0; i < vectors.size(); i++) {
            vectors.memory(i).setMemory(vectors.offset(i), vectors.length(i), (byte) 0xEE);
        }
    }

    int calls() {
        return calls;
    }

    long handedOut() {
        return handedOut;
    }

    /** The room that the last call was given. */
    long lastAsked() {
        return lastAsked;
    }

    int lastVectors() {
        return lastVectors;
    }

    @Override
    public String toString() {
        return "script";
    }
}
