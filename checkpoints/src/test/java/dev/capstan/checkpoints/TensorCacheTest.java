package dev.capstan.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.model.tensors.TensorValue;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TensorCacheTest {
    private static final TensorValue FROZEN = Drafts.tensor("frozen", 1, 100);
    private static final TensorValue FIRST = Drafts.tensor("learnt", 2, 100);
    private static final TensorValue SECOND = Drafts.tensor("learnt", 3, 100);

    @Test
    void shouldKeepWhatFits() {
        TensorCache cache = new TensorCache(800);

        cache.keep(Map.of("frozen", FROZEN, "first", FIRST));

        assertThat(cache.digests()).containsExactlyInAnyOrder("frozen", "first");
        assertThat(cache.get("frozen")).contains(FROZEN);
    }

    @Test
    void shouldKeepLongestWhatVersionsShare() {
        TensorCache cache = new TensorCache(400);
        cache.keep(Map.of("frozen", FROZEN));

        cache.keep(Map.of("frozen", FROZEN, "first", FIRST));

        assertThat(cache.digests()).containsExactly("frozen");
    }

    @Test
    void shouldLetGoOfTheLeastRecentlyUsed() {
        TensorCache cache = new TensorCache(800);
        cache.keep(Map.of("frozen", FROZEN, "first", FIRST));

        cache.keep(Map.of("frozen", FROZEN, "second", SECOND));

        assertThat(cache.digests()).containsExactlyInAnyOrder("frozen", "second");
    }

    @Test
    void shouldKeepNothingWithoutRoom() {
        TensorCache cache = new TensorCache(0);

        cache.keep(Map.of("frozen", FROZEN));

        assertThat(cache.digests()).isEmpty();
    }
}
