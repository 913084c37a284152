package io.evbuffer;

/** One of the two ends of an {@link EvBuffer}. */
public enum BufferEnd {
    /** The front: where bytes are drained and prepended. */
    START(1),
    /** The back: where bytes are added. */
    END(2);

    final int frozenBit;

    BufferEnd(final int frozenBit) {
        this.frozenBit = frozenBit;
    }
}
