package io.evbuffer.event.backend;

/** Takes what a backend reports; the base is one. */
@FunctionalInterface
public interface ReadySink {
    /**
     * Reports one ready descriptor. An error or hang-up is reported as the contract's table has it, asked for or not.
     *
     * @param descriptor a descriptor of this life, as the generation tells.
     * @param bits READ, WRITE, CLOSED of {@link io.evbuffer.event.Event}, at least one.
     */
    void ready(Descriptor descriptor, int bits);
}
