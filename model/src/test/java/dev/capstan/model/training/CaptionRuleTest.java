package dev.capstan.model.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CaptionRuleTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "cat face|cat face",
                "A picture of cat face|cat face",
                "cat face emoji|cat face",
                "cat face: animal, pet|cat face",
                "flag: France|flag: France",
                "flag: France: country, europe|flag: France"
            })
    void shouldFindTheName(String text, String caption) {
        assertThat(CaptionRule.names().captionOf(text)).contains(caption);
    }

    @Test
    void shouldFindNoCaptionInAListOfKeyWords() {
        assertThat(CaptionRule.names().captionOf("animal, cat, pet")).isEmpty();
    }

    @Test
    void shouldTakeEveryTextAsItIs() {
        assertThat(CaptionRule.everyText().captionOf(" two\nlines: a, b ")).contains("two\nlines: a, b");
    }

    @Test
    void shouldRefuseAPatternWithoutACaption() {
        assertThatThrownBy(() -> CaptionRule.parse("cat"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cat");
        assertThatThrownBy(() -> CaptionRule.parse("(cat"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("(cat");
    }
}
