package io.evbuffer.libevent;

import io.evbuffer.BufferEnd;
import io.evbuffer.EolStyle;
import io.evbuffer.libevent.Subject.Reservation;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.BytesAs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Random steps that depend on a seed alone. Each seed draws its own taste first (which operations are frequent, which are left
 * out, lines or counted bytes), since mixtures of everything seldom go far in one direction.
 *
 * <p>Positions are drawn without knowledge of the buffers, and fitted to the length by the step.
 */
final class RandomSteps {
    private static final BytesAs[] SHAPES = BytesAs.values();
    private static final EolStyle[] STYLES = EolStyle.values();

    /** Bytes of lines, and letters of which needles match often. */
    private static final byte[] LETTERS = {'a', 'a', 'b', 'a', 'b', 'c', '\r', '\n', '\r', '\n', 0};

    /** The smallest chain of libevent on 64-bit systems, and what its bigger ones and our segments hold. */
    private static final int[] BORDERS = {16, 64, 256, 976, 2000, 4048, 4096};

    private interface Maker {
        Step make();
    }

    private final SplittableRandom random;
    private final int buffers;
    private final double lines;
    private final int longest;
    private final int emptied;
    private final double unused;
    private final List<Maker> makers = new ArrayList<>(); // each as often as it is frequent

    RandomSteps(final long seed, final int buffers) {
        random = new SplittableRandom(seed);
        this.buffers = buffers;
        lines = random.nextInt(3) / 2.0;
        longest = random.nextBoolean() ? 100 : 6_000;
        emptied = random.nextInt(1, 5);
        unused = random.nextInt(4) == 0 ? 0.9 : 0.2;
        always(6, this::add);
        always(2, this::drain);
        always(1, this::content);
        sometimes(3, this::prepend);
        sometimes(1, this::addIovec);
        sometimes(2, this::addReference);
        sometimes(2, this::addBuffer);
        sometimes(2, this::prependBuffer);
        sometimes(1, this::addBufferReference);
        sometimes(3, this::removeBuffer);
        sometimes(2, this::remove);
        sometimes(2, this::copyOut);
        sometimes(2, this::copyOutFrom);
        sometimes(3, this::readLine);
        sometimes(2, this::searchEol);
        sometimes(3, this::search);
        sometimes(2, this::walk);
        sometimes(2, this::peek);
        sometimes(2, this::pullUp);
        sometimes(2, this::expand);
        sometimes(4, this::reserveAndCommit);
        sometimes(1, this::freezing);
        sometimes(2, this::listening);
        if (random.nextInt(4) == 0) always(1, this::replace);
    }

    private void always(final int frequency, final Maker maker) {
        for (int i = 0; i < frequency; i++) makers.add(maker);
    }

    private void sometimes(final int frequency, final Maker maker) {
        final int taste = random.nextInt(4); // not at all, little, much, very much
        always(frequency * taste, maker);
    }

    Step next() {
        return makers.get(random.nextInt(makers.size())).make();
    }

    private Step one(final String text, final Step.Body body) {
        final int it = random.nextInt(buffers);
        return new Step(it, it, text, body);
    }

    private Step two(final String text, final Step.Body body) {
        return new Step(random.nextInt(buffers), random.nextInt(buffers), text, body);
    }

    // ---- arguments ----

    private int count() {
        return switch (random.nextInt(8)) {
            case 0 -> random.nextInt(3);
            case 1, 2, 3 -> random.nextInt(40);
            case 4, 5 -> Math.min(longest, BORDERS[random.nextInt(BORDERS.length)] + random.nextInt(-2, 3));
            case 6 -> Math.min(longest, random.nextInt(1_500));
            default -> random.nextInt(longest);
        };
    }

    private int anywhere() {
        return random.nextInt(1 << 20);
    }

    private BytesAs shape() {
        return SHAPES[random.nextInt(SHAPES.length)];
    }

    private byte[] bytes(final int length) {
        if (random.nextDouble() >= lines) return ByteSequence.bytes(random.nextInt(250), length);
        final byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) bytes[i] = LETTERS[random.nextInt(LETTERS.length)];
        return bytes;
    }

    private List<Integer> numbers(final int most, final int bound) {
        return random.ints(random.nextInt(most + 1), 0, bound).boxed().toList();
    }

    // ---- changing ----

    private Step add() {
        final byte[] bytes = bytes(count());
        final BytesAs as = shape();
        return one("add(" + bytes.length + " bytes, " + as + ")", (a, b) -> a.add(bytes, as));
    }

    private Step prepend() {
        final byte[] bytes = bytes(count());
        final BytesAs as = shape();
        return one("prepend(" + bytes.length + " bytes, " + as + ")", (a, b) -> a.prepend(bytes, as));
    }

    private Step addIovec() {
        final List<byte[]> pieces = new ArrayList<>();
        for (int i = random.nextInt(5); i >= 0; i--) pieces.add(bytes(count()));
        final String lengths =
                pieces.stream().map(piece -> piece.length).toList().toString();
        return one("addIovec(" + lengths + " bytes)", (a, b) -> a.addIovec(pieces));
    }

    private Step addReference() {
        final byte[] bytes = bytes(count());
        return one("addReference(" + bytes.length + " bytes)", (a, b) -> a.addReference(bytes));
    }

    private Step addBuffer() {
        return two("addBuffer(OTHER)", Subject::addBuffer);
    }

    private Step prependBuffer() {
        return two("prependBuffer(OTHER)", Subject::prependBuffer);
    }

    private Step addBufferReference() {
        return two("addBufferReference(OTHER)", Subject::addBufferReference);
    }

    private Step removeBuffer() {
        final int count = count();
        return two("removeBuffer(OTHER, " + count + ")", (a, b) -> a.removeBuffer(b, count));
    }

    private Step drain() {
        final long count = random.nextInt(10) < emptied ? Long.MAX_VALUE : count();
        return one("drain(" + count + ")", (a, b) -> a.drain(count));
    }

    private Step remove() {
        final int count = count();
        final BytesAs as = shape();
        return one("remove(" + count + ", " + as + ")", (a, b) -> a.remove(count, as));
    }

    private Step readLine() {
        final EolStyle style = STYLES[random.nextInt(STYLES.length)];
        final BytesAs as = shape();
        return one("readLine(" + style + ", " + as + ")", (a, b) -> a.readLine(style, as));
    }

    private Step expand() {
        final int count = count();
        return one("expand(" + count + ")", (a, b) -> a.expand(count));
    }

    private Step reserveAndCommit() {
        final int size = count();
        final int committed = random.nextInt(2) == 0 ? random.nextInt(size + 1) : Math.min(size, random.nextInt(40));
        final byte[] bytes = bytes(random.nextDouble() < unused ? 0 : committed);
        final List<Integer> holes = switch (random.nextInt(4)) {
            case 0 -> numbers(3, 9);
            case 1 -> List.of(8, random.nextInt(9));
            default -> List.of();
        };
        final Reservation reservation =
                new Reservation(size, random.nextInt(1, 6), bytes, holes, random.nextInt(20) == 0);
        return one("reserveAndCommit(" + reservation + ")", (a, b) -> a.reserveAndCommit(reservation));
    }

    /** Freezes an end or, three times as often, unfreezes it. */
    private Step freezing() {
        final BufferEnd end = random.nextBoolean() ? BufferEnd.START : BufferEnd.END;
        final boolean freeze = random.nextInt(4) == 0;
        return one((freeze ? "freeze(" : "unfreeze(") + end + ")", (a, b) -> {
            if (freeze) {
                a.freeze(end);
            } else {
                a.unfreeze(end);
            }
            return Answer.DONE;
        });
    }

    private Step replace() {
        return one("replace()", Step.REPLACE);
    }

    // ---- listeners ----

    private Step listening() {
        final int which = random.nextInt(12);
        return switch (random.nextInt(6)) {
            case 0, 1 ->
                one("listen()", (a, b) -> {
                    a.listen();
                    return Answer.DONE;
                });
            case 2 -> one("unlisten(" + which + ")", (a, b) -> a.unlisten(which));
            case 3 -> one("enable(" + which + ", false)", (a, b) -> a.enable(which, false));
            default -> one("enable(" + which + ", true)", (a, b) -> a.enable(which, true));
        };
    }

    // ---- looking ----

    private Step content() {
        return one("content()", (a, b) -> Answer.bytes(a.content()));
    }

    private Step copyOut() {
        final int count = count();
        final BytesAs as = shape();
        return one("copyOut(" + count + ", " + as + ")", (a, b) -> a.copyOut(count, as));
    }

    private Step copyOutFrom() {
        final int at = anywhere();
        final int count = count();
        return one(
                "copyOutFrom(" + at + " modulo length + 1, " + count + ")",
                (a, b) -> a.copyOutFrom(at % (a.length() + 1), count));
    }

    private Step peek() {
        final int at = random.nextInt(3) == 0 ? 0 : anywhere();
        final int count = random.nextInt(4) == 0 ? -1 : count();
        return one("peek(" + at + " modulo length + 1, " + count + ")", (a, b) -> a.peek(at % (a.length() + 1), count));
    }

    private Step pullUp() {
        final int count = anywhere();
        return one("pullUp(" + count + " modulo length + 3, less 1)", (a, b) -> a.pullUp(count % (a.length() + 3) - 1));
    }

    private Step searchEol() {
        final int start = place();
        final EolStyle style = STYLES[random.nextInt(STYLES.length)];
        return one(
                "searchEol(" + start + " modulo length + 1, " + style + ")",
                (a, b) -> a.searchEol(fitted(start, a), style));
    }

    /** Searches bytes that are there, or letters. */
    private Step search() {
        final int start = place();
        final int end = random.nextBoolean() ? (int) Subject.NOT_GIVEN : place();
        final int from = anywhere();
        final int length = random.nextInt(6) == 0 ? count() : random.nextInt(6);
        final byte[] letters = bytes(length);
        final boolean present = random.nextInt(3) > 0;
        return one(
                "search(" + (present ? "from " + from : Arrays.toString(letters)) + ", " + length + " bytes, " + start
                        + ", " + end + " modulo length + 1)",
                (a, b) -> a.search(present ? part(a, from, length) : letters, fitted(start, a), fitted(end, a)));
    }

    /** A position to be fitted, or one of those that are none. */
    private int place() {
        return switch (random.nextInt(12)) {
            case 0, 1 -> (int) Subject.NOT_GIVEN;
            case 2 -> (int) Subject.NOWHERE;
            default -> anywhere();
        };
    }

    private static long fitted(final int place, final Subject in) {
        return place < 0 ? place : place % (in.length() + 1);
    }

    private static byte[] part(final Subject of, final int from, final int length) {
        final byte[] content = of.content();
        final int first = from % (content.length + 1);
        return Arrays.copyOfRange(content, first, Math.min(content.length, first + length));
    }

    private Step walk() {
        final int start = anywhere();
        final List<Integer> advances = numbers(4, random.nextBoolean() ? 10 : 2_000);
        final int count = count();
        return one(
                "walk(" + start + " modulo length + 2, " + advances + ", " + count + ")",
                (a, b) -> a.walk(start % (a.length() + 2), advances, count));
    }
}
