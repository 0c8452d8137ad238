package dev.capstan.model.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WordCategoryRecallTest {
    private final WordCategoryRecall recall = new WordCategoryRecall(Map.of(
            "animals", Set.of("dog", "cat", "pony"),
            "colours", Set.of("red", "white"),
            "vehicles", Set.of("bus")));

    @Test
    void shouldCountEachWordOnceAPicture() {
        List<CaptionCase> cases = List.of(
                new CaptionCase("a red dog on a red bus", List.of("a white dog", "dogs and a cat")),
                new CaptionCase("the ponies", List.of("a pony", "a white pony")));

        Map<String, WordCategoryRecall.Score> scores = recall.of(cases);

        // Of dog, cat and pony the captions have two; both of their animals are right.
        assertThat(scores.get("animals")).isEqualTo(new WordCategoryRecall.Score(2 / 3.0, Optional.of(1.0), 3));
        // White twice, never written; red is written and wrong.
        assertThat(scores.get("colours")).isEqualTo(new WordCategoryRecall.Score(0, Optional.of(0.0), 2));
        assertThat(scores).doesNotContainKey("vehicles").hasSize(2);
    }

    @Test
    void shouldHaveNoPrecisionWhereNothingIsWritten() {
        Map<String, WordCategoryRecall.Score> scores =
                recall.of(List.of(new CaptionCase("nothing", List.of("two buses"))));

        assertThat(scores.get("vehicles")).isEqualTo(new WordCategoryRecall.Score(0, Optional.empty(), 1));
    }

    @Test
    void shouldRefuseEmptyCategories() {
        assertThatThrownBy(() -> new WordCategoryRecall(Map.of("empty", Set.of())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("empty");
        assertThatThrownBy(() -> new WordCategoryRecall(Map.of())).isInstanceOf(IllegalArgumentException.class);
    }
}
