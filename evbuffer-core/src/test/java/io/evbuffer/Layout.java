package io.evbuffer;

import io.evbuffer.testing.EvBufferInvariants;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What tests of this package see of a buffer beyond its public face: its chains. */
final class Layout {
    private Layout() {}

    static byte[] ascii(final String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    static String text(final EvBuffer buffer) {
        return new String(EvBufferInvariants.content(buffer), StandardCharsets.US_ASCII);
    }

    /** The data lengths of all chains, empty ones included. */
    static List<Integer> of(final EvBuffer buffer) {
        final List<Integer> lengths = new ArrayList<>();
        for (Chain chain = buffer.first; chain != null; chain = chain.next) lengths.add(chain.length());
        return lengths;
    }

    /** The chain at an index, empty ones included. */
    static Chain chain(final EvBuffer buffer, final int index) {
        Chain chain = buffer.first;
        for (int i = 0; i < index; i++) chain = next(chain);
        return present(chain);
    }

    static Chain first(final EvBuffer buffer) {
        return present(buffer.first);
    }

    static Chain lastWithData(final EvBuffer buffer) {
        return present(buffer.lastWithData);
    }

    private static Chain next(final @Nullable Chain chain) {
        return present(present(chain).next);
    }

    private static Chain present(final @Nullable Chain chain) {
        if (chain == null) throw new AssertionError("there is no such chain");
        return chain;
    }

    /** Appends until the last chain with data has exactly {@code free} bytes left. */
    static void fillUpTo(final EvBuffer buffer, final int free) {
        buffer.add(new byte[lastWithData(buffer).free() - free]);
    }
}
