package io.evbuffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.testing.BufferFixture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Contract 5.4, searchEol. */
class EolSearchTest {
    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    private final EolMatch match = new EolMatch();

    private EvBuffer chains(final String... pieces) {
        return buffers.adopt(Chains.of(buffers.source(), pieces));
    }

    /** Position and length as the contract's scenarios write them, {@code 6/2}; {@code none/0} if nothing was found. */
    private String find(final EvBuffer buffer, final EolStyle style, final long start) {
        final long position = buffer.searchEol(start, style, match);
        assertThat(position).isEqualTo(match.position());
        return (position < 0 ? "none" : position) + "/" + match.length();
    }

    @Test
    @DisplayName("S-113: ends of lines from several positions")
    void endsOfLinesFromSeveralPositions() {
        final String text = "line! \r\n\r\nq\n";
        for (int size = 1; size <= text.length(); size++) {
            final EvBuffer buffer = buffers.adopt(Chains.cut(buffers.source(), text, size));
            assertThat(find(buffer, EolStyle.CRLF, 0)).isEqualTo("6/2");
            assertThat(find(buffer, EolStyle.CRLF, 6)).isEqualTo("6/2");
            assertThat(find(buffer, EolStyle.CRLF, 7)).isEqualTo("7/1");
            assertThat(find(buffer, EolStyle.CRLF_STRICT, 7)).isEqualTo("8/2");
            assertThat(find(buffer, EolStyle.CRLF_STRICT, 9)).isEqualTo("none/0");
            assertThat(find(buffer, EolStyle.LF, 0)).isEqualTo("7/1");
            assertThat(find(buffer, EolStyle.LF, 7)).isEqualTo("7/1");
            assertThat(find(buffer, EolStyle.LF, 8)).isEqualTo("9/1");
            assertThat(find(buffer, EolStyle.LF, 12)).isEqualTo("none/0");
            assertThat(find(buffer, EolStyle.ANY, 0)).isEqualTo("6/4");
            assertThat(find(buffer, EolStyle.ANY, 8)).isEqualTo("8/2");
            assertThat(find(buffer, EolStyle.NUL, 0)).isEqualTo("none/0");
        }
    }

    @ParameterizedTest
    @EnumSource(EolStyle.class)
    void nothingIsFoundAtTheEndOrFromAPositionThatWasNotFound(final EolStyle style) {
        final EvBuffer buffer = chains("a\r\n\0", "", "\0\r\n");
        assertThat(find(buffer, style, 7)).isEqualTo("none/0");
        assertThat(find(buffer, style, -1)).isEqualTo("none/0");
        assertThat(find(buffers.empty(), style, 0)).isEqualTo("none/0");
        assertThat(find(chains("", ""), style, 0)).isEqualTo("none/0");
        assertThatThrownBy(() -> buffer.searchEol(8, style, match)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.searchEol(-2, style, match)).isInstanceOf(IndexOutOfBoundsException.class);
        buffer.close();
        assertThatThrownBy(() -> buffer.searchEol(0, style, match)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void onlyTheCrBesideTheLfIsPartOfTheEnd() {
        assertThat(find(chains("a\r\r\n"), EolStyle.CRLF, 0)).isEqualTo("2/2");
        assertThat(find(chains("a\r", "", "\r", "", "\n"), EolStyle.CRLF, 0)).isEqualTo("2/2");
        assertThat(find(chains("a\r", "b\n"), EolStyle.CRLF, 0)).isEqualTo("3/1");
        assertThat(find(chains("a\r\r", "\n"), EolStyle.CRLF_STRICT, 0)).isEqualTo("2/2");
    }

    @Test
    void aCrBeforeTheStartIsNotPartOfTheEnd() {
        final EvBuffer cut = chains("a\r", "", "\nb\r\n");
        assertThat(find(cut, EolStyle.CRLF, 1)).isEqualTo("1/2");
        assertThat(find(cut, EolStyle.CRLF, 2)).isEqualTo("2/1");
        assertThat(find(cut, EolStyle.CRLF_STRICT, 1)).isEqualTo("1/2");
        assertThat(find(cut, EolStyle.CRLF_STRICT, 2)).isEqualTo("4/2");
    }

    @Test
    void aRunOfAnyStyleGoesOnAcrossChains() {
        final EvBuffer buffer = chains("a\n", "", "\r", "\r\n\n", "b\r", "");
        assertThat(find(buffer, EolStyle.ANY, 0)).isEqualTo("1/5");
        assertThat(find(buffer, EolStyle.ANY, 3)).isEqualTo("3/3");
        assertThat(find(buffer, EolStyle.ANY, 6)).isEqualTo("7/1");
    }

    @Test
    void theSearchSaysFromWhereToGoOn() {
        final EvBuffer buffer = chains("abc", "d", "");
        for (final EolStyle style : EolStyle.values()) {
            assertThat(find(buffer, style, 1)).isEqualTo("none/0");
            assertThat(match.resumePosition()).isEqualTo(4);
        }
        buffer.add(Chains.latin("\r"));
        find(buffer, EolStyle.CRLF, 2);
        assertThat(match.resumePosition()).as("a CR may be half an end").isEqualTo(4);
        find(buffer, EolStyle.CRLF_STRICT, 4);
        assertThat(match.resumePosition()).isEqualTo(4);
        find(buffer, EolStyle.CRLF, 5);
        assertThat(match.resumePosition()).as("the CR lies before the start").isEqualTo(5);
        find(buffer, EolStyle.LF, 0);
        assertThat(match.resumePosition()).isEqualTo(5);
        find(buffer, EolStyle.NUL, 0);
        assertThat(match.resumePosition()).isEqualTo(5);
    }

    @Test
    void strictEndsAreFoundBehindManyOthers() {
        final EvBuffer buffer = chains("\n".repeat(5000) + "\r".repeat(300), "\n");
        assertThat(find(buffer, EolStyle.CRLF_STRICT, 0)).isEqualTo("5299/2");
        assertThat(find(buffer, EolStyle.ANY, 0)).isEqualTo("0/5301");
    }
}
