package dev.capstan.local.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AnswerCountsTest {
    private final AnswerCounts counts = new AnswerCounts();

    @Test
    void shouldKeepApartMoreIdsThanItBeganWithRoomFor() {
        IntStream.range(0, 5000).forEach(i -> counts.ask("request-" + i));
        IntStream.range(0, 2500).forEach(i -> counts.answer("request-" + i));

        int[] answers =
                IntStream.range(0, 5000).map(i -> counts.answer("request-" + i)).toArray();

        assertThat(counts.asked()).isEqualTo(5000);
        assertThat(answers).startsWith(2, 2, 2).endsWith(1, 1, 1);
        assertThat(IntStream.of(answers).sum()).isEqualTo(2500 * 2 + 2500);
    }

    @Test
    void shouldCountARequestOnce() {
        boolean first = counts.ask("a");
        boolean second = counts.ask("a");

        assertThat(first).isTrue();
        assertThat(second).isFalse();
        assertThat(counts.asked()).isEqualTo(1);
    }

    @Test
    void shouldTellAnswersFromRefusals() {
        counts.ask("a");

        boolean refused = counts.refuse("a");
        int answers = counts.answer("a");
        boolean refusedAgain = counts.refuse("a");

        assertThat(refused).isTrue();
        assertThat(refusedAgain).isFalse();
        assertThat(answers).isEqualTo(1);
    }

    @Test
    void shouldStopCountingAt127() {
        counts.ask("a");
        IntStream.range(0, 200).forEach(i -> counts.answer("a"));

        int answers = counts.answer("a");

        assertThat(answers).isEqualTo(127);
    }

    @Test
    void shouldRefuseAnAnswerToNothing() {
        assertThatThrownBy(() -> counts.answer("a")).isInstanceOf(IllegalStateException.class);
    }
}
