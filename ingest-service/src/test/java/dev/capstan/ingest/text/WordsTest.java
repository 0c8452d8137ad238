package dev.capstan.ingest.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class WordsTest {

    @Test
    void shouldSplitAtWhatIsNeitherLetterNorDigit() {
        List<String> words = Words.of("A T-Rex, (2nd) \u2014 \u00c9t\u00e9!");

        assertThat(words).containsExactly("a", "t", "rex", "2nd", "\u00e9t\u00e9");
    }

    @Test
    void shouldKeepApostrophesInsideWordsOnly() {
        List<String> words = Words.of("the dog\u2019s bone, the dogs' bones and 'quotes'");

        assertThat(words).containsExactly("the", "dog's", "bone", "the", "dogs", "bones", "and", "quotes");
    }

    @Test
    void shouldTakeEachCharacterOfAScriptWithoutSpacesAsAWord() {
        List<String> words = Words.of("panda \u5927\u718a\u732b 3");

        assertThat(words).containsExactly("panda", "\u5927", "\u718a", "\u732b", "3");
    }

    @Test
    void shouldKeepMarksWithTheirLetters() {
        List<String> words = Words.of("\u0939\u093f\u0928\u094d\u0926\u0940");

        assertThat(words).hasSize(1);
    }

    @Test
    void shouldFindNoWordsInSignsAndEmoji() {
        List<String> words = Words.of("*** \ud83d\udc36 ---");

        assertThat(words).isEmpty();
    }
}
