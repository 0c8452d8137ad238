package dev.capstan.ingest.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextNormaliserTest {
    private final TextNormaliser normaliser = new TextNormaliser(20);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "a\tred\u2028  ball|a red ball",
                "  both ends  |both ends",
                "no\u00a0break\u2003space|no break space",
                "e\u0301te\u0301|\u00e9t\u00e9",
                "bell\u0007 and\u0000 null|bell and null",
                "zero\u200bwidth\ufeff|zerowidth",
                "\u202eoverride\u202c|override",
                "broken \ud83d half|broken half",
            })
    void shouldBringATextIntoItsOneForm(String raw, String expected) {
        NormalisedText text = normaliser.normalise(raw);

        assertThat(text.text()).isEqualTo(expected);
        assertThat(text.cut()).isFalse();
    }

    @Test
    void shouldKeepTheJoinersOfEmoji() {
        String family = "\ud83d\udc69\u200d\ud83d\udc66";

        NormalisedText text = normaliser.normalise(family);

        assertThat(text.text()).isEqualTo(family);
    }

    @Test
    void shouldStayAsItIsWhenNormalisedTwice() {
        String once =
                normaliser.normalise(" A\u030a  b\u0000 \u1112\u1161\u11ab ").text();

        String twice = normaliser.normalise(once).text();

        assertThat(twice).isEqualTo(once);
    }

    @Test
    void shouldCutWhatIsTooLongInAnyForm() {
        NormalisedText text = normaliser.normalise("x".repeat(1_000_000));

        assertThat(text.cut()).isTrue();
        assertThat(text.rawCharacters()).isEqualTo(1_000_000);
        assertThat(text.text()).hasSizeBetween(21, 1000);
    }

    @Test
    void shouldNotCutATextThatIsLongOnlyInSpaces() {
        NormalisedText text = normaliser.normalise("a" + " ".repeat(1_000_000) + "b");

        assertThat(text.text()).isEqualTo("a b");
        assertThat(text.cut()).isFalse();
    }
}
