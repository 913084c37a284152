package io.evbuffer.testing;

import io.evbuffer.BufferChange;
import io.evbuffer.EvBuffer;
import io.evbuffer.EvBufferListener;

/**
 * A listener that checks what it is told: without gap, never nothing, and adding up to the buffer's length.
 *
 * <p>Register it on the buffer whose present length it is made with; ask {@link #check} after each step.
 */
public final class LengthWitness implements EvBufferListener {
    private long told;
    private long calls;

    /**
     * Creates a witness that knows the present length.
     *
     * @param length of the buffer it will listen to.
     */
    public LengthWitness(final long length) {
        told = length;
    }

    /**
     * Creates a witness and registers it.
     *
     * @param buffer the buffer to listen to.
     * @return the new witness.
     */
    public static LengthWitness on(final EvBuffer buffer) {
        final LengthWitness witness = new LengthWitness(buffer.length());
        buffer.addListener(witness);
        return witness;
    }

    @Override
    public void changed(final EvBuffer buffer, final BufferChange change) {
        calls++;
        if (change.added() < 0 || change.deleted() < 0) throw new AssertionError("INV-20: told of " + change);
        if ((change.added() | change.deleted()) == 0) throw new AssertionError("told of no change: " + change);
        if (change.originalLength() != told) {
            throw new AssertionError("B-14: a gap, told " + change + " after the length " + told);
        }
        told += change.added() - change.deleted();
        if (told < 0) throw new AssertionError("INV-20: told of more deleted than there was: " + change);
    }

    /**
     * How often this listener was called.
     *
     * @return 0 or more.
     */
    public long calls() {
        return calls;
    }

    /**
     * Checks that what was told comes to the buffer's length.
     *
     * @param buffer the buffer it listens to.
     */
    public void check(final EvBuffer buffer) {
        if (told != buffer.length()) {
            throw new AssertionError("listeners were told of a length of " + told + ", it is " + buffer.length());
        }
    }
}
