package io.evbuffer;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.testing.TinySegments;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Searches in chains of a few bytes and in an array of the same bytes: the same answers. */
class SearchProperties {
    private static final byte CR = '\r';
    private static final byte LF = '\n';

    /** Bytes of few values, in which needles match long before they fail, cut into chains that may be empty. */
    @Provide
    Arbitrary<List<byte[]>> pieces() {
        return Arbitraries.of(2, 3, 20)
                .flatMap(alphabet -> letters(alphabet).array(byte[].class).ofMaxSize(40))
                .list()
                .ofMaxSize(20);
    }

    private static Arbitrary<Byte> letters(final int alphabet) {
        return Arbitraries.integers().between(0, alphabet - 1).map(i -> (byte) ('a' + i));
    }

    /** Runs of one letter with another one somewhere: what costs a naive search most. */
    @Provide
    Arbitrary<byte[]> repetitive() {
        return Combinators.combine(
                        Arbitraries.integers().between(1, 60),
                        Arbitraries.integers().between(0, 59))
                .as((length, odd) -> {
                    final byte[] needle = new byte[length];
                    Arrays.fill(needle, (byte) 'a');
                    needle[odd % length] = 'b';
                    return needle;
                });
    }

    @Provide
    Arbitrary<List<byte[]>> lines() {
        return Arbitraries.of(CR, LF, (byte) 0, (byte) 'x')
                .array(byte[].class)
                .ofMaxSize(6)
                .list()
                .ofMaxSize(20);
    }

    @Property(tries = 3_000, edgeCases = EdgeCasesMode.NONE)
    void aNeedleTakenFromTheBytesIsFoundAtItsFirstPlace(
            @ForAll("pieces") final List<byte[]> pieces,
            @ForAll @IntRange(max = 800) final int from,
            @ForAll @IntRange(max = 60) final int needleLength,
            @ForAll @IntRange(max = 800) final int start,
            @ForAll @IntRange(max = 800) final int end) {
        final byte[] bytes = join(pieces);
        final int first = from % (bytes.length + 1);
        checkSearch(
                pieces,
                bytes,
                Arrays.copyOfRange(bytes, first, Math.min(bytes.length, first + needleLength)),
                start % (bytes.length + 1),
                end % (bytes.length + 1));
    }

    @Property(tries = 2_000, edgeCases = EdgeCasesMode.NONE)
    void aNeedleThatAlmostMatchesEverywhereIsFoundAtItsFirstPlace(
            @ForAll("repetitive") final byte[] needle,
            @ForAll @IntRange(min = 1, max = 70) final int chainSize,
            @ForAll @IntRange(max = 3_000) final int before,
            @ForAll final boolean present) {
        final byte[] bytes = new byte[before + needle.length];
        Arrays.fill(bytes, (byte) 'a');
        if (present) System.arraycopy(needle, 0, bytes, before, needle.length);
        final List<byte[]> pieces = new ArrayList<>();
        for (int i = 0; i < bytes.length; i += chainSize) {
            pieces.add(Arrays.copyOfRange(bytes, i, Math.min(bytes.length, i + chainSize)));
        }
        checkSearch(pieces, bytes, needle, 0, bytes.length);
    }

    private static void checkSearch(
            final List<byte[]> pieces, final byte[] bytes, final byte[] needle, final int start, final int end) {
        try (TinySegments segments = new TinySegments();
                EvBuffer buffer = buffer(segments, pieces)) {
            assertThat(buffer.searchRange(needle, start, end)).isEqualTo(naiveSearch(bytes, needle, start, end));
        }
    }

    private static int naiveSearch(final byte[] bytes, final byte[] needle, final int start, final int end) {
        return start > end ? -1 : RawBytes.indexOf(needle, Arrays.copyOf(bytes, end), start);
    }

    @Property(tries = 3_000, edgeCases = EdgeCasesMode.NONE)
    void theEndOfALineIsFoundWhereverItIsCut(
            @ForAll("lines") final List<byte[]> pieces,
            @ForAll final EolStyle style,
            @ForAll @IntRange(max = 120) final int any) {
        final byte[] bytes = join(pieces);
        final int start = any % (bytes.length + 1);
        final EolMatch match = new EolMatch();
        try (TinySegments segments = new TinySegments();
                EvBuffer buffer = buffer(segments, pieces)) {
            final int[] expected = naiveEol(bytes, start, style);
            assertThat(buffer.searchEol(start, style, match)).isEqualTo(expected[0]);
            assertThat(match.length()).isEqualTo(expected[1]);
        }
    }

    /** Position and length, by the contract's table. */
    private static int[] naiveEol(final byte[] bytes, final int start, final EolStyle style) {
        for (int i = start; i < bytes.length; i++) {
            final int length = eolAt(bytes, i, style);
            if (length > 0) return new int[] {i, length};
        }
        return new int[] {-1, 0};
    }

    private static int eolAt(final byte[] bytes, final int at, final EolStyle style) {
        final boolean lf = bytes[at] == LF;
        final boolean pair = bytes[at] == CR && at + 1 < bytes.length && bytes[at + 1] == LF;
        return switch (style) {
            case ANY -> {
                int end = at;
                while (end < bytes.length && (bytes[end] == CR || bytes[end] == LF)) end++;
                yield end - at;
            }
            case CRLF -> pair ? 2 : lf ? 1 : 0;
            case CRLF_STRICT -> pair ? 2 : 0;
            case LF -> lf ? 1 : 0;
            case NUL -> bytes[at] == 0 ? 1 : 0;
        };
    }

    /** Bytes arrive in pieces; after each one all lines that are complete are read. */
    @Property(tries = 3_000, edgeCases = EdgeCasesMode.NONE)
    void linesThatArriveInPiecesAreThoseOfAnArray(
            @ForAll("lines") final List<byte[]> pieces, @ForAll final EolStyle style, @ForAll final boolean byAdding) {
        byte[] rest = new byte[0];
        final byte[] line = new byte[200];
        try (TinySegments segments = new TinySegments(5);
                EvBuffer buffer = segments.newBuffer()) {
            for (final byte[] piece : pieces) {
                if (byAdding) {
                    buffer.add(piece);
                } else {
                    Chains.append(buffer, piece);
                }
                rest = join(List.of(rest, piece));
                for (int[] eol = naiveEol(rest, 0, style); eol[0] >= 0; eol = naiveEol(rest, 0, style)) {
                    assertThat(buffer.readLine(style, line, 0, line.length)).isEqualTo(eol[0]);
                    assertThat(Arrays.copyOf(line, eol[0])).isEqualTo(Arrays.copyOf(rest, eol[0]));
                    rest = Arrays.copyOfRange(rest, eol[0] + eol[1], rest.length);
                }
                assertThat(buffer.readLine(style)).isNull();
                buffer.checkInvariants();
            }
            assertThat(buffer.copyToArray()).isEqualTo(rest);
        }
    }

    private static byte[] join(final List<byte[]> pieces) {
        int length = 0;
        for (final byte[] piece : pieces) length += piece.length;
        final byte[] joined = new byte[length];
        int filled = 0;
        for (final byte[] piece : pieces) {
            System.arraycopy(piece, 0, joined, filled, piece.length);
            filled += piece.length;
        }
        return joined;
    }

    private static EvBuffer buffer(final TinySegments segments, final List<byte[]> pieces) {
        final EvBuffer buffer = segments.newBuffer();
        for (final byte[] piece : pieces) Chains.append(buffer, piece);
        return buffer;
    }
}
