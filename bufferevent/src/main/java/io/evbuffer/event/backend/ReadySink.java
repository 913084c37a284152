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

    /**
     * Says that a descriptor is about to be reported, or that another one like it is: nothing but a hint. A backend that is
     * going to report many says so of all of them first. What reporting them touches then comes into the processor's
     * caches at the same time, instead of one miss after the other, each of which waits for the one before.
     *
     * @param descriptor any descriptor of this base.
     */
    default void expect(final Descriptor descriptor) {}
}
