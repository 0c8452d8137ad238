package dev.capstan.local.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.local.requests.Answer;
import dev.capstan.local.requests.MovableClock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class RequestBoardTest {
    private final MovableClock clock = new MovableClock();
    private final RequestBoard board = new RequestBoard(clock);

    @Test
    void shouldCountByOutcome() {
        for (int i = 0; i < 5; i++) {
            board.asked();
        }
        board.ended(answered(10));
        board.ended(answered(30));
        board.ended(answered(20));
        board.ended(new Answer.TimedOut<>(Duration.ofSeconds(20)));
        board.ended(new Answer.Refused<>("image-undecodable", "Send a PNG."));

        assertThat(board.counts()).isEqualTo(new RequestBoard.Counts(5, 3, 1, 1, 20, "image-undecodable: Send a PNG."));
    }

    @Test
    void shouldHaveNoMedianBeforeTheFirstAnswer() {
        assertThat(board.counts()).isEqualTo(new RequestBoard.Counts(0, 0, 0, 0, 0, null));
    }

    @Test
    void shouldTakeTheMedianOfTheLatestAnswersOnly() {
        for (int i = 0; i < 300; i++) {
            board.ended(answered(1000));
        }
        for (int i = 0; i < 256; i++) {
            board.ended(answered(5));
        }

        assertThat(board.counts().medianMillis()).isEqualTo(5);
        assertThat(board.counts().answered()).isEqualTo(556);
    }

    @Test
    void shouldKeepTheMomentOfTheFirstAnswer() {
        Instant first = clock.instant();
        board.ended(answered(10));
        clock.pass(Duration.ofMinutes(1));
        board.ended(answered(10));

        assertThat(board.firstAnswer()).isEqualTo(first);
    }

    @Test
    void shouldNotTakeARefusalForAnAnswer() {
        board.ended(new Answer.Refused<>("no-model", "Wait."));

        assertThat(board.firstAnswer()).isNull();
    }

    @Test
    void shouldSayTheLastProblem() {
        board.ended(new Answer.TimedOut<>(Duration.ofSeconds(30)));
        String late = board.counts().problem();
        board.failed(new IllegalStateException("broker gone"));

        assertThat(late).isEqualTo("no answer within 30 s");
        assertThat(board.counts().problem()).isEqualTo("broker gone");
    }

    private static Answer<String> answered(long millis) {
        return new Answer.Answered<>("cat", Duration.ofMillis(millis));
    }
}
