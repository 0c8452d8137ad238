package dev.capstan.model.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RecallAtKTest {
    private static final float[][] ANSWERS = {{1, 0}, {0.8f, 0.6f}, {0, 1}};

    @Test
    void shouldCountQueriesWhoseBestRightAnswerIsAmongTheFirst() {
        float[][] queries = {{1, 0}, {1, 0}, {0, 1}};

        double[] recalls = RecallAtK.of(queries, ANSWERS, List.of(Set.of(0), Set.of(1, 2), Set.of(0)), 1, 2, 3);

        assertThat(recalls).containsExactly(1 / 3.0, 2 / 3.0, 1);
    }

    @Test
    void shouldNotRewardVectorsThatAreAllTheSame() {
        float[][] same = {{1, 0}, {1, 0}};

        assertThat(RecallAtK.of(same, same, List.of(Set.of(0), Set.of(1)), 1)).containsExactly(0);
    }

    @Test
    void shouldRefuseAQueryWithoutAnAnswer() {
        assertThatThrownBy(() -> RecallAtK.of(new float[][] {{1, 0}}, ANSWERS, List.of(Set.of(7)), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no answer");
    }
}
