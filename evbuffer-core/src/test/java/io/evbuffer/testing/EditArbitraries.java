package io.evbuffer.testing;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/**
 * Random {@link Edit}s for jqwik. They shrink: a failing sequence is reported with as few and as small edits as still
 * fail.
 *
 * <pre>{@code
 * @Provide
 * Arbitrary<List<Edit>> edits() {
 *     return EditArbitraries.sequences(3, 16);
 * }
 * }</pre>
 */
public final class EditArbitraries {
    /** The most edits in one sequence. */
    public static final int MAX_EDITS = 60;

    private EditArbitraries() {}

    /**
     * Sequences of up to {@value #MAX_EDITS} edits.
     *
     * @param buffers the number of buffers they are for, 1 or more.
     * @param segmentSize bytes; counts cluster around its multiples.
     * @return a new arbitrary.
     */
    public static Arbitrary<List<Edit>> sequences(final int buffers, final int segmentSize) {
        return edits(buffers, segmentSize).list().ofMaxSize(MAX_EDITS);
    }

    /**
     * Single edits, of all kinds.
     *
     * @param buffers the number of buffers they are for, 1 or more.
     * @param segmentSize bytes; counts cluster around its multiples.
     * @return a new arbitrary.
     */
    public static Arbitrary<Edit> edits(final int buffers, final int segmentSize) {
        final Arbitrary<Integer> index = Arbitraries.integers().between(0, buffers - 1);
        final Arbitrary<Integer> count = counts(segmentSize);
        final Arbitrary<Integer> small = Arbitraries.integers().between(0, 3 * segmentSize);
        final Arbitrary<Integer> anywhere = Arbitraries.integers().between(0, 1 << 20);
        final Arbitrary<Integer> seed = Arbitraries.integers().between(0, 250);
        final Arbitrary<BytesAs> as = Arbitraries.of(BytesAs.class);
        final Arbitrary<Integer> chains = Arbitraries.integers().between(2, 5);
        final Arbitrary<List<Integer>> holes =
                Arbitraries.of(0, 0, 4, 7, 8, 8).list().ofMaxSize(3);
        return Arbitraries.frequencyOf(
                Tuple.of(5, Combinators.combine(index, count, seed, as).as(Edit.Add::new)),
                Tuple.of(3, Combinators.combine(index, small, seed, as).as(Edit.Prepend::new)),
                Tuple.of(2, Combinators.combine(index, index).as(Edit.AddBuffer::new)),
                Tuple.of(2, Combinators.combine(index, index).as(Edit.PrependBuffer::new)),
                Tuple.of(3, Combinators.combine(index, index, count).as(Edit.RemoveBuffer::new)),
                Tuple.of(2, Combinators.combine(index, count, as).as(Edit.Remove::new)),
                Tuple.of(1, Combinators.combine(index, count, as).as(Edit.CopyOut::new)),
                Tuple.of(1, Combinators.combine(index, anywhere, count).as(Edit.CopyOutFrom::new)),
                Tuple.of(3, Combinators.combine(index, count).as(Edit.Drain::new)),
                Tuple.of(1, Combinators.combine(index, count).as(Edit.Expand::new)),
                Tuple.of(1, Combinators.combine(index, count, chains).as(Edit.ExpandFast::new)),
                Tuple.of(
                        5,
                        Combinators.combine(index, count, Arbitraries.integers().between(1, 5), anywhere, holes, seed)
                                .as(Edit.ReserveAndCommit::new)),
                Tuple.of(2, Combinators.combine(index, anywhere).as(Edit.PullUp::new)),
                Tuple.of(
                        1,
                        Combinators.combine(index, anywhere, count.injectNull(0.2))
                                .as((buffer, position, length) ->
                                        new Edit.Peek(buffer, position, length == null ? -1 : length))),
                Tuple.of(1, index.map(Edit.Trim::new)));
    }

    /** Counts of bytes: mostly small, and often at a segment's border. */
    private static Arbitrary<Integer> counts(final int segmentSize) {
        final Arbitrary<Integer> nearBorder = Combinators.combine(
                        Arbitraries.integers().between(1, 4),
                        Arbitraries.integers().between(-1, 1))
                .as((segments, off) -> segments * segmentSize + off);
        return Arbitraries.frequencyOf(
                Tuple.of(1, Arbitraries.of(0, 1)),
                Tuple.of(4, Arbitraries.integers().between(0, 2 * segmentSize)),
                Tuple.of(3, nearBorder),
                Tuple.of(1, Arbitraries.integers().between(0, 10 * segmentSize)));
    }
}
