package io.evbuffer.channel;

import io.evbuffer.EvIovec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/** A sink that follows a script: each call does the next step. After the script it takes everything. */
final class ScriptedSink implements GatherSink {
    private final Deque<Step> steps = new ArrayDeque<>();
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private int calls;
    private long lastOffered;
    private int lastVectors;
    private int emptyVectors;

    @FunctionalInterface
    private interface Step {
        long write(EvIovec vectors) throws IOException;
    }

    /** Next, at most this many bytes are taken. */
    ScriptedSink take(final long count) {
        steps.add(vectors -> receive(vectors, count));
        return this;
    }

    /** Next, a result without taking a byte, possibly one that makes no sense. */
    ScriptedSink answer(final long result) {
        steps.add(vectors -> result);
        return this;
    }

    ScriptedSink failure(final IOException e) {
        steps.add(vectors -> {
            throw e;
        });
        return this;
    }

    ScriptedSink failure(final RuntimeException e) {
        steps.add(vectors -> {
            throw e;
        });
        return this;
    }

    @Override
    public long write(final EvIovec vectors) throws IOException {
        calls++;
        lastOffered = vectors.totalLength();
        lastVectors = vectors.size();
        for (int i = 0; i < vectors.size(); i++) {
            if (vectors.length(i) == 0) emptyVectors++;
        }
        final Step step = steps.poll();
        return step == null ? receive(vectors, Long.MAX_VALUE) : step.write(vectors);
    }

    private long receive(final EvIovec vectors, final long most) {
        long left = Math.min(most, vectors.totalLength());
        final long taken = left;
        for (int i = 0; left > 0; i++) {
            final byte[] piece = new byte[(int) Math.min(left, vectors.length(i))];
            vectors.memory(i).getBytes(vectors.offset(i), piece);
            received.writeBytes(piece);
            left -= piece.length;
        }
        return taken;
    }

    byte[] received() {
        return received.toByteArray();
    }

    int calls() {
        return calls;
    }

    /** The bytes that the last call was offered. */
    long lastOffered() {
        return lastOffered;
    }

    int lastVectors() {
        return lastVectors;
    }

    /** Vectors of 0 bytes in all calls. */
    int emptyVectors() {
        return emptyVectors;
    }

    @Override
    public String toString() {
        return "script";
    }
}
