package dev.capstan.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SeedsTest {
    @Test
    void shouldGiveTheSameNumbersForTheSamePurpose() {
        long first = Seeds.ofPair("m", "pair", 3).nextLong();

        long second = Seeds.ofPair("m", "pair", 3).nextLong();

        assertThat(second).isEqualTo(first);
    }

    @Test
    void shouldGiveOtherNumbersForAnyOtherPurpose() {
        long[] numbers = {
            Seeds.ofPair("m", "pair", 3).nextLong(),
            Seeds.ofPair("m", "pair", 4).nextLong(),
            Seeds.ofPair("m", "pair", PairPreparer.FIRST_USE).nextLong(),
            Seeds.ofPair("m", "pairs", 3).nextLong(),
            Seeds.ofPair("mp", "air", 3).nextLong(),
            Seeds.ofStep("m", 3).nextLong(),
            Seeds.ofStep("m", 4).nextLong(),
            Seeds.ofStep("n", 3).nextLong(),
        };

        assertThat(numbers).doesNotHaveDuplicates();
    }
}
