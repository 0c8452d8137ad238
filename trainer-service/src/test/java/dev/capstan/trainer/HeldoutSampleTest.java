package dev.capstan.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.model.images.PixelImage;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class HeldoutSampleTest {
    private final HeldoutSample sample = new HeldoutSample(16);

    @Test
    void shouldFillUpAtOnceWithTheNewest() {
        offer(0, 20);

        List<LearningPair> pairs = sample.refresh();

        assertThat(ids(pairs)).hasSize(16).startsWith("4").endsWith("19");
    }

    @Test
    void shouldExchangeAnEighthOfAFullSampleAtMost() {
        offer(0, 16);
        sample.refresh();
        offer(100, 50);

        List<LearningPair> pairs = sample.refresh();

        assertThat(ids(pairs)).hasSize(16).startsWith("2").endsWith("15", "148", "149");
    }

    @Test
    void shouldKeepTheSampleWhenNothingCame() {
        offer(0, 3);
        sample.refresh();

        List<LearningPair> pairs = sample.refresh();

        assertThat(ids(pairs)).containsExactly("0", "1", "2");
    }

    private void offer(int first, int count) {
        for (int i = first; i < first + count; i++) {
            sample.offer(new LearningPair(
                    Integer.toString(i), "text", new PixelImage(1, new byte[3]), "policy", Instant.EPOCH));
        }
    }

    private static List<String> ids(List<LearningPair> pairs) {
        return pairs.stream().map(LearningPair::pairId).toList();
    }
}
