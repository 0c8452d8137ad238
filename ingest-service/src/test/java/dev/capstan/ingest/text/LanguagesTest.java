package dev.capstan.ingest.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LanguagesTest {
    private static final Languages LANGUAGES = new Languages();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "en | Two dogs run through the snow.",
                "en | a picture of a dog on the beach",
                "de | ein Hund am Strand",
                "fr | une photo d'un chien sur la plage",
                "es | un perro en la playa",
                "it | un cane sulla spiaggia",
                "nl | Een hond op het strand",
                "zh | \u4e00\u53ea\u732b\u5750\u5728\u6c99\u53d1\u4e0a",
                "ru | \u043a\u043e\u0448\u043a\u0430 \u0441\u0438\u0434\u0438\u0442 \u043d\u0430 \u0434\u0438\u0432\u0430\u043d\u0435"
            })
    void shouldTellTheLanguage(String language, String text) {
        DetectedLanguage detected = LANGUAGES.detect(text);

        assertThat(detected.mostProbable()).isEqualTo(language);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "12345 !!", "\ud83d\ude00", "\ud83d"})
    void shouldNotGuessWhereNothingIsWritten(String text) {
        DetectedLanguage detected = LANGUAGES.detect(text);

        assertThat(detected.isKnown()).isFalse();
    }

    @Test
    void shouldAnswerTheSameEachTime() {
        DetectedLanguage first = LANGUAGES.detect("Happy birthday to you");

        for (int time = 0; time < 20; time++) {
            assertThat(LANGUAGES.detect("Happy birthday to you")).isEqualTo(first);
        }
    }
}
