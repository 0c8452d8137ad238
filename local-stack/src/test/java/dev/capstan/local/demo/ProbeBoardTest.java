package dev.capstan.local.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ProbeBoardTest {
    private final ProbeBoard board = new ProbeBoard(List.of("fox", "tiger face"));

    @Test
    void shouldCountByTheVersionThatAnswered() {
        board.classified(2, "fox", "fox");
        board.classified(1, "cat", "fox");
        board.classified(2, "cat", "fox");
        board.captioned(2, "fox", "fox");

        assertThat(board.results())
                .containsExactly(new ProbeBoard.Counts(1, 1, 0, 0, 0), new ProbeBoard.Counts(2, 2, 1, 1, 1));
        assertThat(board.results().get(1))
                .returns(0.5, ProbeBoard.Counts::topOne)
                .returns(1.0, ProbeBoard.Counts::exact);
    }

    @Test
    void shouldHaveNoShareWithoutProbes() {
        ProbeBoard.Counts none = new ProbeBoard.Counts(1, 0, 0, 0, 0);

        assertThat(none.topOne()).isZero();
        assertThat(none.exact()).isZero();
    }

    @Test
    void shouldForgiveCaseAndWhiteSpaceInCaptionsOnly() {
        board.captioned(1, " Tiger\n  face ", "tiger face");
        board.captioned(1, "tigerface", "tiger face");
        board.classified(1, "Tiger face", "tiger face");

        assertThat(board.results()).containsExactly(new ProbeBoard.Counts(1, 1, 0, 2, 1));
    }

    @Test
    void shouldKeepTheFirstAndTheNewestCaptionOfAnExample() {
        board.captioned(1, "a clock", "fox");
        board.captioned(2, "a cat", "fox");
        board.captioned(3, "fox", "fox");
        board.captioned(3, "a cow", "cow");

        assertThat(board.firstAndLast("fox"))
                .contains(List.of(new ProbeBoard.Said(1, "a clock", false), new ProbeBoard.Said(3, "fox", true)));
        assertThat(board.firstAndLast("cow")).isEqualTo(Optional.empty());
        assertThat(board.firstAndLast("tiger face")).isEmpty();
    }
}
