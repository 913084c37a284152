package io.evbuffer;

import static io.evbuffer.Chains.latin;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.memory.MemoryLimitException;
import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.LengthWitness;
import io.evbuffer.testing.TinySegments;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Contract 5.3, readln, and B-3. */
class ReadLineTest {
    private final TinySegments segments = new TinySegments();

    @RegisterExtension
    final BufferFixture buffers = new BufferFixture(segments);

    private EvBuffer of(final String text, final int chainSize) {
        return buffers.adopt(Chains.cut(segments, text, chainSize));
    }

    private static @Nullable String line(final EvBuffer buffer, final EolStyle style) {
        final byte[] line = buffer.readLine(style);
        return line == null ? null : new String(line, StandardCharsets.ISO_8859_1);
    }

    /** Into memory that is there, which has a way of its own for lines behind the first one. */
    private static @Nullable String taken(final EvBuffer buffer, final EolStyle style) {
        final byte[] target = new byte[64];
        final int count = buffer.readLine(style, target, 0, target.length);
        return count < 0 ? null : new String(target, 0, count, StandardCharsets.ISO_8859_1);
    }

    private static String rest(final EvBuffer buffer) {
        return new String(buffer.copyToArray(), StandardCharsets.ISO_8859_1);
    }

    // The scenarios run with every pair and run of line ends whole, and cut over chains.

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 16})
    @DisplayName("S-114: any run of CR and LF ends a line")
    void anyRunEndsALine(final int chainSize) {
        final EvBuffer buffer = of("alpha\r\n\n\rbeta\0\n", chainSize);
        assertThat(line(buffer, EolStyle.ANY)).isEqualTo("alpha");
        assertThat(line(buffer, EolStyle.ANY)).isEqualTo("beta\0");
        assertThat(buffer.length()).isZero();
        buffer.add(latin("\ntail"));
        assertThat(line(buffer, EolStyle.ANY)).isEmpty();
        assertThat(line(buffer, EolStyle.ANY)).isNull();
        assertThat(rest(buffer)).isEqualTo("tail");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 16})
    @DisplayName("S-115: LF with or without CR ends a line")
    void lfWithOrWithoutCrEndsALine(final int chainSize) {
        final EvBuffer buffer = of("x\ry\nz\r\n\nlast\n", chainSize);
        assertThat(line(buffer, EolStyle.CRLF)).isEqualTo("x\ry");
        assertThat(line(buffer, EolStyle.CRLF)).isEqualTo("z");
        assertThat(line(buffer, EolStyle.CRLF)).isEmpty();
        assertThat(line(buffer, EolStyle.CRLF)).isEqualTo("last");
        buffer.add(latin("w"));
        assertThat(line(buffer, EolStyle.CRLF)).isNull();
        assertThat(rest(buffer)).isEqualTo("w");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 16})
    @DisplayName("S-116: a CR waits for its LF")
    void aCrWaitsForItsLf(final int chainSize) {
        final EvBuffer buffer = of("a\nb\r\n\r\nc\r", chainSize);
        assertThat(line(buffer, EolStyle.CRLF_STRICT)).isEqualTo("a\nb");
        assertThat(line(buffer, EolStyle.CRLF_STRICT)).isEmpty();
        assertThat(line(buffer, EolStyle.CRLF_STRICT)).isNull();
        buffer.add(latin("\n"));
        assertThat(line(buffer, EolStyle.CRLF_STRICT)).isEqualTo("c");
        assertThat(buffer.length()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 16})
    @DisplayName("S-117: a CR without LF belongs to the line")
    void aCrWithoutLfBelongsToTheLine(final int chainSize) {
        final EvBuffer buffer = of("in\r side\r\nrest", chainSize);
        assertThat(line(buffer, EolStyle.CRLF_STRICT)).isEqualTo("in\r side");
        assertThat(line(buffer, EolStyle.CRLF_STRICT)).isNull();
        buffer.add(latin("\r\n"));
        assertThat(line(buffer, EolStyle.CRLF_STRICT)).isEqualTo("rest");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 16})
    @DisplayName("S-118: only LF ends a line")
    void onlyLfEndsALine(final int chainSize) {
        final EvBuffer buffer = of("p\rq\n\nr", chainSize);
        assertThat(line(buffer, EolStyle.LF)).isEqualTo("p\rq");
        assertThat(line(buffer, EolStyle.LF)).isEmpty();
        assertThat(line(buffer, EolStyle.LF)).isNull();
        buffer.add(latin("\n"));
        assertThat(line(buffer, EolStyle.LF)).isEqualTo("r");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 16})
    @DisplayName("S-119: a zero byte ends a line")
    void aZeroByteEndsALine(final int chainSize) {
        final EvBuffer buffer = of("k\n\0\0m n\0end", chainSize);
        assertThat(line(buffer, EolStyle.NUL)).isEqualTo("k\n");
        assertThat(line(buffer, EolStyle.NUL)).isEmpty();
        assertThat(line(buffer, EolStyle.NUL)).isEqualTo("m n");
        assertThat(line(buffer, EolStyle.NUL)).isNull();
        assertThat(rest(buffer)).isEqualTo("end");
    }

    @Test
    @DisplayName("S-120: when there is no memory for the result, the same line comes next time")
    void whenThereIsNoMemoryForTheResultTheSameLineComesNextTime() {
        final EvBuffer buffer = of("the first\nthe second\nthe third\n", 7);
        final UnsafeBuffer view = new UnsafeBuffer(0, 0);
        final EolMatch match = new EolMatch();
        segments.failAt(1);
        assertThatThrownBy(() -> buffer.peekLine(EolStyle.LF, view, match)).isInstanceOf(MemoryLimitException.class);
        for (final String expected : new String[] {"the first", "the second", "the third"}) {
            assertThat(buffer.peekLine(EolStyle.LF, view, match)).isEqualTo(expected.length());
            assertThat(view.getStringWithoutLengthAscii(0, view.capacity())).isEqualTo(expected);
            buffer.drain(match.endPosition());
        }
        assertThat(buffer.length()).isZero();
    }

    @Test
    @DisplayName("S-121: memory that is too small is told how much it takes, and nothing is consumed")
    void memoryThatIsTooSmallIsToldHowMuchItTakes() {
        final EvBuffer buffer = of("a line of 20 bytes!!\r\nnext\n", 8);
        final byte[] target = new byte[30];
        assertThatExceptionOfType(LineTooLongException.class)
                .isThrownBy(() -> buffer.readLine(EolStyle.CRLF, target, 5, 10))
                .satisfies(e -> assertThat(e.lineLength()).isEqualTo(20))
                .withMessageContaining("20")
                .withMessageContaining("10");
        assertThatExceptionOfType(LineTooLongException.class)
                .isThrownBy(() -> buffer.readLine(EolStyle.CRLF, new UnsafeBuffer(target), 0, 19));
        assertThat(buffer.length()).isEqualTo(27);
        assertThat(target).containsOnly(0);
        assertThat(buffer.readLine(EolStyle.CRLF, target, 5, 20)).isEqualTo(20);
        assertThat(new String(target, 5, 20, StandardCharsets.ISO_8859_1)).isEqualTo("a line of 20 bytes!!");
        assertThat(target[4] | target[25]).isZero();
        assertThat(rest(buffer)).isEqualTo("next\n");
    }

    @Test
    @DisplayName("S-122: line and end are told in one notification")
    void lineAndEndAreToldInOneNotification() {
        final EvBuffer buffer = of("abc\r\nde\r\n", 4);
        final LengthWitness witness = LengthWitness.on(buffer);
        final long[] deleted = new long[1];
        buffer.addListener((from, change) -> deleted[0] = change.deleted());
        assertThat(line(buffer, EolStyle.CRLF)).isEqualTo("abc");
        assertThat(witness.calls()).isEqualTo(1);
        assertThat(deleted[0]).isEqualTo(5);
        witness.check(buffer);
    }

    @Test
    void aLineGoesToMemoryOnTheHeapAndOffIt() {
        final EvBuffer buffer = of("first line\nsecond line\n", 3);
        final UnsafeBuffer onHeap = new UnsafeBuffer(new byte[16]);
        final UnsafeBuffer offHeap = new UnsafeBuffer(ByteBuffer.allocateDirect(16));
        assertThat(buffer.readLine(EolStyle.LF, onHeap, 2, 14)).isEqualTo(10);
        assertThat(onHeap.getStringWithoutLengthAscii(2, 10)).isEqualTo("first line");
        assertThat(buffer.readLine(EolStyle.LF, offHeap, 1, 11)).isEqualTo(11);
        assertThat(offHeap.getStringWithoutLengthAscii(1, 11)).isEqualTo("second line");
        assertThat(buffer.readLine(EolStyle.LF, offHeap, 0, 16)).isEqualTo(-1);
        assertThat(buffers.stats().copiedOut()).isEqualTo(21);
    }

    @Test
    void aLineGoesToWhatIsLeftOfANioBuffer() {
        final EvBuffer buffer = of("first line\nsecond line\n", 3);
        for (final ByteBuffer target : new ByteBuffer[] {ByteBuffer.allocate(30), ByteBuffer.allocateDirect(30)}) {
            buffer.prepend(latin("line zero\n"));
            target.position(2).limit(10);
            assertThatThrownBy(() -> buffer.readLine(EolStyle.LF, target)).isInstanceOf(LineTooLongException.class);
            assertThat(target.position()).isEqualTo(2);
            assertThat(buffer.readLine(EolStyle.LF, target.limit(30))).isEqualTo(9);
            assertThat(target.position()).isEqualTo(11);
            assertThat(buffer.readLine(EolStyle.NUL, target)).isEqualTo(-1);
            assertThat(target.position()).isEqualTo(11);
            final byte[] line = new byte[9];
            target.get(2, line);
            assertThat(line).isEqualTo(latin("line zero"));
        }
        final ByteBuffer readOnly = ByteBuffer.allocate(30).asReadOnlyBuffer();
        assertThatThrownBy(() -> buffer.readLine(EolStyle.LF, readOnly)).isInstanceOf(ReadOnlyBufferException.class);
        assertThat(buffer.length()).isEqualTo(23);
    }

    @Test
    void linesAreReadFromSharedAndReferencedMemory() {
        final UnsafeBuffer memory = new UnsafeBuffer(ByteBuffer.allocateDirect(8));
        memory.putBytes(0, latin("ne\r\nend\n"));
        final EvBuffer buffer = of("a li", 3);
        buffer.addReference(memory, null, null);
        final EvBuffer sharer = buffers.empty();
        sharer.addBufferReference(buffer);
        for (final EvBuffer each : new EvBuffer[] {buffer, sharer}) {
            assertThat(line(each, EolStyle.CRLF_STRICT)).isEqualTo("a line");
            assertThat(line(each, EolStyle.LF)).isEqualTo("end");
            assertThat(each.length()).isZero();
        }
    }

    @Test
    void anEmptyLineNeedsNoRoom() {
        final EvBuffer buffer = of("\n\n", 1);
        assertThat(buffer.readLine(EolStyle.LF, new byte[0], 0, 0)).isZero();
        assertThat(buffer.length()).isEqualTo(1);
    }

    @Test
    void aViewOfALineCopiesNothingIfTheLineIsContiguous() {
        final EvBuffer buffer = buffers.adopt(Chains.of(segments, "one\ntwo", "\n"));
        final UnsafeBuffer view = new UnsafeBuffer(0, 0);
        final EolMatch match = new EolMatch();
        assertThat(buffer.peekLine(EolStyle.LF, view, match)).isEqualTo(3);
        assertThat(view.capacity()).isEqualTo(3);
        assertThat(match.endPosition()).isEqualTo(4);
        buffer.drain(4);
        assertThat(buffer.peekLine(EolStyle.LF, view, match)).isEqualTo(3);
        assertThat(view.getStringWithoutLengthAscii(0, 3)).isEqualTo("two");
        assertThat(buffers.bytesCopied()).isZero();
        buffer.drain(4);
        buffer.add(latin("\nx"));
        assertThat(buffer.peekLine(EolStyle.LF, view, match)).isZero();
        assertThat(view.capacity()).isZero();
        buffer.drain(match.endPosition());
        assertThat(buffer.peekLine(EolStyle.LF, view, match)).isEqualTo(-1);
        assertThat(view.capacity()).isZero();
        assertThat(match.isFound()).isFalse();
        assertThat(match.resumePosition()).isEqualTo(1);
    }

    @Test
    void aFrozenStartRefusesEvenWithoutALine() {
        final EvBuffer buffer = of("no line", 16);
        buffer.freeze(BufferEnd.START);
        assertThatThrownBy(() -> buffer.readLine(EolStyle.LF)).isInstanceOf(FrozenBufferException.class);
        assertThatThrownBy(() -> buffer.readLine(EolStyle.LF, new byte[9], 0, 9))
                .isInstanceOf(FrozenBufferException.class);
        assertThatThrownBy(() -> buffer.readLine(EolStyle.LF, new UnsafeBuffer(new byte[9]), 0, 9))
                .isInstanceOf(FrozenBufferException.class);
        assertThat(buffer.peekLine(EolStyle.LF, new UnsafeBuffer(0, 0), new EolMatch()))
                .isEqualTo(-1);
        buffer.unfreeze(BufferEnd.START);
        buffer.freeze(BufferEnd.END);
        buffer.readLine(EolStyle.LF);
    }

    @Test
    void badRangesAndClosedBuffersAreRefused() {
        final EvBuffer buffer = of("line\n", 16);
        final byte[] array = new byte[4];
        assertThatThrownBy(() -> buffer.readLine(EolStyle.LF, array, 1, 4))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.readLine(EolStyle.LF, array, 0, -1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> buffer.readLine(EolStyle.LF, new UnsafeBuffer(array), 1, 4))
                .isInstanceOf(IndexOutOfBoundsException.class);
        buffer.close();
        assertThatThrownBy(() -> buffer.readLine(EolStyle.LF)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> buffer.readLine(EolStyle.LF, array, 1, 4)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> buffer.peekLine(EolStyle.LF, new UnsafeBuffer(0, 0), new EolMatch()))
                .isInstanceOf(IllegalStateException.class);
    }

    // ---- B-3: what was searched is not searched again ----

    @Test
    void aLineThatArrivesByteByByteIsSearchedOnce() {
        final EvBuffer buffer = buffers.empty();
        final byte[] target = new byte[2000];
        for (int i = 0; i < 1000; i++) {
            buffer.add(latin("x"));
            assertThat(buffer.readLine(EolStyle.CRLF, target, 0, 2000)).isEqualTo(-1);
            assertThat(buffer.lineScan().begin()).isEqualTo(i);
        }
        buffer.add(latin("\r"));
        assertThat(buffer.readLine(EolStyle.CRLF, target, 0, 2000)).isEqualTo(-1);
        buffer.add(latin("\nmore"));
        assertThat(buffer.readLine(EolStyle.CRLF, target, 0, 2000)).isEqualTo(1000);
        assertThat(buffer.lineScan().begin()).as("at the CR").isEqualTo(1000);
        assertThat(rest(buffer)).isEqualTo("more");
    }

    @Test
    void linesBehindTheFirstOneAreTakenWhereverTheirEndsLie() {
        final EvBuffer buffer = buffers.empty();
        for (final String piece : List.of("a\r\nbc\n\nd\re\r", "\nf", "\r\n", "g\r", "h\n", "i")) {
            Chains.append(buffer, latin(piece));
        }
        for (final String line : List.of("a", "bc", "", "d\re", "f", "g\rh")) {
            assertThat(taken(buffer, EolStyle.CRLF)).isEqualTo(line);
        }
        assertThat(taken(buffer, EolStyle.CRLF)).isNull();
        buffer.add(latin("\r"));
        assertThat(taken(buffer, EolStyle.CRLF)).isNull();
        buffer.add(latin("\n"));
        assertThat(taken(buffer, EolStyle.CRLF)).isEqualTo("i");
        assertThat(buffer.isEmpty()).isTrue();
    }

    @Test
    void aLineBehindTheFirstOneThatIsTooLongIsToldAndStays() {
        final EvBuffer buffer = of("a\nbcd\r\nrest", 100);
        final byte[] target = new byte[3];
        assertThat(buffer.readLine(EolStyle.CRLF, target, 0, 3)).isEqualTo(1);
        assertThatThrownBy(() -> buffer.readLine(EolStyle.CRLF, target, 0, 2)).isInstanceOf(LineTooLongException.class);
        assertThat(buffer.readLine(EolStyle.CRLF, target, 0, 3)).isEqualTo(3);
        assertThat(target).isEqualTo(latin("bcd"));
        assertThat(rest(buffer)).isEqualTo("rest");
    }

    @Test
    void anotherStyleAsksAnewWhereOneHasFoundNone() {
        final EvBuffer buffer = of("a\nb\rc\0d\r", 100);
        assertThat(taken(buffer, EolStyle.LF)).isEqualTo("a");
        assertThat(taken(buffer, EolStyle.LF)).isNull();
        assertThat(taken(buffer, EolStyle.NUL)).isEqualTo("b\rc");
        assertThat(taken(buffer, EolStyle.LF)).isNull();
        assertThat(taken(buffer, EolStyle.CRLF)).isNull();
        buffer.add(latin("\n"));
        assertThat(taken(buffer, EolStyle.CRLF)).isEqualTo("d");
    }

    @Test
    void aLineBehindTheFirstOneIsRefusedAndToldAsTheFirst() {
        final EvBuffer buffer = of("a\nb\nc\n", 100);
        assertThat(taken(buffer, EolStyle.LF)).isEqualTo("a");
        buffer.freeze(BufferEnd.START);
        assertThatThrownBy(() -> taken(buffer, EolStyle.LF)).isInstanceOf(FrozenBufferException.class);
        buffer.unfreeze(BufferEnd.START);
        final List<Long> deleted = new ArrayList<>();
        buffer.addListener((source, change) -> deleted.add(change.deleted()));
        assertThat(taken(buffer, EolStyle.LF)).isEqualTo("b");
        assertThat(deleted).containsExactly(2L);
    }

    @Test
    void aLineThatWasTooLongIsNotSearchedAgain() {
        final EvBuffer buffer = of("x".repeat(500) + "\n", 100);
        final byte[] target = new byte[500];
        assertThatThrownBy(() -> buffer.readLine(EolStyle.LF, target, 0, 499)).isInstanceOf(LineTooLongException.class);
        assertThat(buffer.readLine(EolStyle.LF, target, 0, 500)).isEqualTo(500);
        assertThat(buffer.lineScan().begin()).as("at the LF").isEqualTo(500);
    }

    @Test
    void anotherStyleBeginsAtTheFront() {
        final EvBuffer buffer = of("a\rb\n", 16);
        assertThat(buffer.readLine(EolStyle.NUL)).isNull();
        assertThat(buffer.readLine(EolStyle.CRLF_STRICT)).isNull();
        assertThat(line(buffer, EolStyle.ANY)).isEqualTo("a");
    }

    /** What makes known bytes others, each followed by an end of line where it may be overlooked. */
    enum FrontChange {
        PREPEND {
            @Override
            void apply(final EvBuffer buffer, final EvBuffer other) {
                buffer.prepend(LF);
            }
        },
        PREPEND_TO_ROOM_LEFT_BY_A_DRAIN {
            @Override
            void apply(final EvBuffer buffer, final EvBuffer other) {
                buffer.drain(3);
                assertThat(buffer.readLine(EolStyle.LF)).isNull();
                buffer.prepend(LF);
            }
        },
        DRAIN_AND_PREPEND_AS_MUCH {
            @Override
            void apply(final EvBuffer buffer, final EvBuffer other) {
                buffer.drain(3);
                buffer.prepend(latin("a\nb"));
            }
        },
        PREPEND_BUFFER {
            @Override
            void apply(final EvBuffer buffer, final EvBuffer other) {
                other.add(LF);
                buffer.prependBuffer(other);
            }
        },
        REMOVE {
            @Override
            void apply(final EvBuffer buffer, final EvBuffer other) {
                buffer.remove(new byte[1], 0, 1);
                buffer.add(LF);
            }
        },
        REMOVE_BUFFER {
            @Override
            void apply(final EvBuffer buffer, final EvBuffer other) {
                buffer.removeBuffer(other, 20);
                buffer.add(LF);
            }
        },
        REMOVE_BUFFER_OF_WHOLE_CHAINS {
            @Override
            void apply(final EvBuffer buffer, final EvBuffer other) {
                buffer.removeBuffer(other, 32);
                buffer.add(LF);
            }
        },
        MOVE_ALL_AND_ADD {
            @Override
            void apply(final EvBuffer buffer, final EvBuffer other) {
                other.addBuffer(buffer);
                buffer.add(LF);
            }
        },
        MOVE_ALL_AND_TAKE_OTHERS {
            @Override
            void apply(final EvBuffer buffer, final EvBuffer other) {
                other.add(latin("taken\n" + WAITING));
                try (EvBuffer third = new EvBuffer(buffer.source)) {
                    third.addBuffer(buffer);
                    buffer.addBuffer(other);
                }
            }
        },
        PULL_UP {
            @Override
            void apply(final EvBuffer buffer, final EvBuffer other) {
                buffer.pullUp(-1, new UnsafeBuffer(0, 0));
                buffer.add(LF);
            }
        },
        DRAIN_ALL {
            @Override
            void apply(final EvBuffer buffer, final EvBuffer other) {
                buffer.drain(WAITING.length());
                buffer.add(latin("\n" + WAITING));
            }
        };

        static final String WAITING = "0123456789".repeat(4);
        private static final byte[] LF = latin("\n");

        abstract void apply(EvBuffer buffer, EvBuffer other);
    }

    @ParameterizedTest
    @EnumSource(FrontChange.class)
    void whatIsDoneAtTheFrontMakesTheSearchBeginThere(final FrontChange change) {
        final EvBuffer buffer = of(FrontChange.WAITING, 16);
        assertThat(buffer.readLine(EolStyle.LF)).isNull();
        change.apply(buffer, buffers.empty());
        final String now = rest(buffer);
        assertThat(line(buffer, EolStyle.LF)).isEqualTo(now.substring(0, now.indexOf('\n')));
    }

    @Test
    void whatIsDrainedOfALineThatIsAwaitedDoesNotMakeTheSearchBeginAgain() {
        final EvBuffer buffer = of("x".repeat(500), 100);
        assertThat(buffer.readLine(EolStyle.LF)).isNull();
        buffer.drain(130);
        buffer.removeBuffer(buffers.empty(), 50);
        buffer.add(latin("yy"));
        assertThat(buffer.readLine(EolStyle.LF)).isNull();
        assertThat(buffer.lineScan().begin()).isEqualTo(320);
        buffer.add(latin("\n"));
        assertThat(line(buffer, EolStyle.LF)).isEqualTo("x".repeat(320) + "yy");
    }

    @Test
    void chainsThatWereSearchedAreNotPassedAgain() {
        final EvBuffer buffer = buffers.empty();
        final int chains = 2_000;
        for (int i = 0; i < chains; i++) {
            Chains.append(buffer, new byte[] {'x'});
            assertThat(buffer.readLine(EolStyle.LF)).isNull();
            assertThat(buffer.lineScan().begin()).isEqualTo(i);
        }
    }

    @Test
    void spareRoomBehindTheDataMayGoWhileALineIsAwaited() {
        final EvBuffer buffer = of("waiting", 16);
        buffer.expandFast(100, 8);
        assertThat(buffer.readLine(EolStyle.LF)).isNull();
        buffer.trim();
        buffer.add(latin(" for more than one chain\n"));
        assertThat(line(buffer, EolStyle.LF)).isEqualTo("waiting for more than one chain");
    }
}
