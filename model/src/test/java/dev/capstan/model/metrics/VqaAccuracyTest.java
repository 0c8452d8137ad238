package dev.capstan.model.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VqaAccuracyTest {
    private static List<String> people(int agreeing, String answer, String other) {
        List<String> people = new ArrayList<>(Collections.nCopies(agreeing, answer));
        people.addAll(Collections.nCopies(10 - agreeing, other));
        return people;
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 0.3", "2, 0.6", "3, 0.9", "4, 1", "10, 1"})
    void shouldLeaveOnePersonOutInTurn(int agreeing, double expected) {
        assertThat(VqaAccuracy.of("red", people(agreeing, "red", "blue"))).isCloseTo(expected, within(1e-12));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
                    The Cat.     | cat
                    two          | 2
                    none         | 0
                    dont know    | don't know
                    couldn'tve   | couldn't've
                    1,000        | 1000
                    3.5 ft.      | 3.5 ft
                    10:30 am     | 10:30 am
                    man's        | man's
                    black/white  | black white
                    yes, sir!    | yes sir
                    t-shirt      | t shirt
                    u.s.         | us
                    ~~           | ~~
                    """)
    void shouldNormaliseAsTheChallengeDoes(String answer, String expected) {
        assertThat(VqaAccuracy.normalise(answer)).isEqualTo(expected);
    }

    @Test
    void shouldCompareNormalisedAnswersOnBothSides() {
        assertThat(VqaAccuracy.of("The two dogs.", people(4, "2 dogs", "cat"))).isEqualTo(1);
    }

    @Test
    void shouldSayThatNobodyAnswered() {
        assertThatThrownBy(() -> VqaAccuracy.of("red", List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("red");
    }
}
