package io.evbuffer.testing;

import io.evbuffer.BufferEnd;
import io.evbuffer.EolStyle;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/**
 * Random {@link Edit}s and {@link EditStep}s for jqwik. They shrink: a failing sequence is reported with as few and as small edits as still
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
        final Arbitrary<Integer> front = Arbitraries.frequencyOf(
                Tuple.of(1, anywhere), Tuple.of(1, Arbitraries.integers().between(0, 40)));
        final Arbitrary<Long> value = Arbitraries.longs();
        final Arbitrary<ValueAs> fixedSize = Arbitraries.of(ValueAs.class).filter(each -> each.size() > 0);
        final Arbitrary<EolStyle> style = Arbitraries.of(EolStyle.class);
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
                Tuple.of(1, index.map(Edit.Trim::new)),
                Tuple.of(
                        1,
                        Combinators.combine(index, small.list().ofMaxSize(4), seed)
                                .as(Edit.AddVectors::new)),
                Tuple.of(2, Combinators.combine(index, small, seed).as(Edit.AddText::new)),
                Tuple.of(
                        1,
                        Combinators.combine(index, Arbitraries.of(ValueAs.class), value, Arbitraries.of(true, false))
                                .as(Edit.AddValue::new)),
                Tuple.of(
                        1,
                        Combinators.combine(index, fixedSize, anywhere.injectNull(0.5), Arbitraries.of(true, false))
                                .as((buffer, number, position, bigEndian) -> new Edit.ReadValue(
                                        buffer, number, position == null ? -1 : position, bigEndian))),
                Tuple.of(2, Combinators.combine(index, index).as(Edit.AddBufferReference::new)),
                Tuple.of(
                        2,
                        Combinators.combine(index, anywhere, small, Arbitraries.of(false, false, true), front, anywhere)
                                .as(Edit.Search::new)),
                Tuple.of(1, Combinators.combine(index, front, style).as(Edit.SearchEol::new)),
                Tuple.of(
                        3, Combinators.combine(index, style, as.injectNull(0.3)).as(Edit.ReadLine::new)),
                Tuple.of(1, Combinators.combine(index, style).as(Edit.PeekLine::new)));
    }

    /**
     * Sequences of up to {@value #MAX_EDITS} steps.
     *
     * @param buffers the number of buffers they are for, 1 or more.
     * @param segmentSize bytes; counts cluster around its multiples.
     * @return a new arbitrary.
     */
    public static Arbitrary<List<EditStep>> stepSequences(final int buffers, final int segmentSize) {
        return steps(buffers, segmentSize).list().ofMaxSize(MAX_EDITS);
    }

    /**
     * Single steps, of all kinds, two thirds of them edits.
     *
     * @param buffers the number of buffers they are for, 1 or more.
     * @param segmentSize bytes; counts cluster around its multiples.
     * @return a new arbitrary.
     */
    public static Arbitrary<EditStep> steps(final int buffers, final int segmentSize) {
        final Arbitrary<Integer> index = Arbitraries.integers().between(0, buffers - 1);
        final Arbitrary<Integer> count = counts(segmentSize);
        final Arbitrary<Integer> small = Arbitraries.integers().between(0, 3 * segmentSize);
        final Arbitrary<Integer> vectors = Arbitraries.integers().between(1, 5);
        final Arbitrary<Integer> anywhere = Arbitraries.integers().between(0, 1 << 20);
        final Arbitrary<Integer> seed = Arbitraries.integers().between(0, 250);
        final Arbitrary<List<Integer>> lengths = Arbitraries.frequencyOf(
                Tuple.of(2, count.list().ofSize(1)), Tuple.of(1, small.list().ofMaxSize(4)));
        return Arbitraries.frequencyOf(
                Tuple.of(60, edits(buffers, segmentSize).map(EditStep.Do::new)),
                Tuple.of(
                        5,
                        Combinators.combine(
                                        index,
                                        Arbitraries.integers().between(0, 9),
                                        lengths,
                                        seed,
                                        Arbitraries.frequency(Tuple.of(9, false), Tuple.of(1, true)))
                                .as(EditStep.AddReference::new)),
                Tuple.of(
                        5,
                        Combinators.combine(index, count.map(size -> Math.max(1, size)), vectors)
                                .as(EditStep.PinForRead::new)),
                Tuple.of(5, Combinators.combine(index, vectors).as(EditStep.PinForWrite::new)),
                Tuple.of(
                        9,
                        Combinators.combine(Arbitraries.integers().between(0, 11), anywhere.injectNull(0.3), seed)
                                .as((flight, transferred, from) ->
                                        new EditStep.EndPin(flight, transferred == null ? 0 : transferred, from))),
                Tuple.of(
                        3,
                        Combinators.combine(index, Arbitraries.of(BufferEnd.class), Arbitraries.of(true, false, false))
                                .as(EditStep.Freeze::new)),
                Tuple.of(
                        1,
                        Combinators.combine(index, count.injectNull(0.6))
                                .as((buffer, more) -> new EditStep.Limit(buffer, more == null ? -1 : more))),
                Tuple.of(4, Combinators.combine(index, anywhere).as(EditStep.Mark::new)),
                Tuple.of(2, index.map(EditStep.Listen::new)),
                Tuple.of(1, index.map(EditStep.Defer::new)),
                Tuple.of(1, index.map(EditStep.Lock::new)),
                Tuple.of(1, index.map(EditStep.Replace::new)));
    }

    /**
     * As {@link #stepSequences}, with bytes that are not in memory; of these as many at times that they are not loaded at
     * once.
     *
     * @param buffers the number of buffers they are for, 1 or more.
     * @param segmentSize bytes; counts cluster around its multiples.
     * @return a new arbitrary.
     */
    public static Arbitrary<List<EditStep>> unloadedStepSequences(final int buffers, final int segmentSize) {
        final Arbitrary<Integer> length = Arbitraries.frequencyOf(
                Tuple.of(9, counts(segmentSize)),
                Tuple.of(1, Arbitraries.integers().between(65_000, 200_000)));
        final Arbitrary<EditStep> unloaded = Combinators.combine(
                        Arbitraries.integers().between(0, buffers - 1),
                        Arbitraries.integers().between(0, 1000),
                        length)
                .as(EditStep.AddUnloaded::new);
        return Arbitraries.frequencyOf(Tuple.of(1, unloaded), Tuple.of(9, steps(buffers, segmentSize)))
                .list()
                .ofMaxSize(MAX_EDITS);
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
