package dev.capstan.ingest.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HashIndexTest {
    private static final int CAPACITY = 200;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 4, 7, 10, 15})
    void shouldFindExactlyWhatALookAtEveryEntryFinds(int maxDistance) {
        Random random = new Random(maxDistance);
        HashIndex index = new HashIndex(CAPACITY, maxDistance);
        List<Long> kept = new ArrayList<>();
        int found = 0;
        for (int round = 0; round < 3000; round++) {
            // Every other hash is one that was kept, with a few bits turned: some within the distance, some beyond.
            long hash = kept.isEmpty() || random.nextBoolean()
                    ? random.nextLong()
                    : turned(kept.get(random.nextInt(kept.size())), random.nextInt(2 * maxDistance + 2), random);

            OptionalLong nearest = index.nearest(hash, entry -> true);

            int least = kept.stream()
                    .mapToInt(other -> HashIndex.distance(hash, other))
                    .min()
                    .orElse(Long.SIZE);
            assertThat(nearest.isPresent()).isEqualTo(least <= maxDistance);
            if (nearest.isPresent()) {
                assertThat(HashIndex.distance(hash, index.hash(nearest.getAsLong())))
                        .isEqualTo(least);
                found++;
            }
            index.add(hash);
            kept.add(hash);
            if (kept.size() > CAPACITY) {
                kept.remove(0);
            }
        }
        assertThat(found).isBetween(300, 2000);
    }

    @Test
    void shouldForgetTheOldest() {
        HashIndex index = new HashIndex(2, 3);
        index.add(1);
        long second = index.add(0xFF00L);
        long third = index.add(0xFF_0000L);

        assertThat(index.nearest(1, entry -> true)).isEmpty();
        assertThat(index.nearest(0xFF01L, entry -> true)).hasValue(second);
        assertThat(index.slot(third)).isZero();
        assertThatThrownBy(() -> index.hash(0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldPassOverWhatDoesNotCount() {
        HashIndex index = new HashIndex(10, 3);
        long near = index.add(0);
        long further = index.add(1);

        assertThat(index.nearest(0, entry -> entry != near)).hasValue(further);
        assertThat(index.nearest(0, entry -> false)).isEmpty();
    }

    private static long turned(long hash, int bits, Random random) {
        long turned = hash;
        for (int bit = 0; bit < bits; bit++) {
            turned ^= 1L << random.nextInt(Long.SIZE);
        }
        return turned;
    }
}
