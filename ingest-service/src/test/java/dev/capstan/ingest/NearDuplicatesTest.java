package dev.capstan.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.ingest.filter.CurationPolicy.NearDuplicateRule;
import dev.capstan.ingest.filter.Verdict.Refusal;
import dev.capstan.schemas.records.PairHash;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class NearDuplicatesTest {
    private static final Duration WINDOW = Duration.ofMinutes(10);
    /** Says enough to be judged by. */
    private static final long BASE = 0xFFFF_0000_0000_0000L;

    private static final Origin OTHER = new Origin("pairs.crawled", 3, 99);

    private final NearDuplicates memory = new NearDuplicates(new NearDuplicateRule(100, WINDOW, 3));

    @Test
    void shouldNameTheFirstAndTheDistance() {
        memory.learn(looks("first", BASE, 1, 5), 0);

        Refusal refusal = memory.judge(BASE ^ 0b0110, 0, OTHER).orElseThrow();

        assertThat(refusal.rule()).isEqualTo("image-near-duplicate");
        assertThat(refusal.score()).hasValue(2);
        assertThat(refusal.threshold()).hasValue(3);
        assertThat(refusal.detail()).contains("pair first", "pairs.crawled-1-5");
    }

    @Test
    void shouldKeepWhatDiffersMore() {
        memory.learn(looks("first", BASE, 1, 5), 0);

        assertThat(memory.judge(BASE ^ 0b1111, 0, OTHER)).isEmpty();
    }

    @Test
    void shouldNotJudgeByAHashThatSaysLittle() {
        memory.learn(looks("first", 0b0111_1111_1111, 1, 5), 0);

        assertThat(memory.judge(0b0111_1111_1111, 0, OTHER)).isEmpty();
        assertThat(memory.judge(0b1111_1111_1111, 0, OTHER)).isPresent();
    }

    @Test
    void shouldKnowWhatTheTopicDoesNotSayYet() {
        memory.admitted(looks("first", BASE, 1, 5), 0);

        assertThat(memory.judge(BASE ^ 1, 0, OTHER)).isPresent();
        assertThat(memory.judge(BASE ^ 0b1111, 0, OTHER)).isEmpty();
    }

    @Test
    void shouldNotTakeAPairForItsOwnCopyWhenItIsProcessedAgain() {
        memory.admitted(looks("first", BASE, 1, 5), 0);
        assertThat(memory.judge(BASE, 0, new Origin("pairs.crawled", 1, 5))).isEmpty();

        memory.learn(looks("first", BASE, 1, 5), 0);

        assertThat(memory.judge(BASE, 0, new Origin("pairs.crawled", 1, 5))).isEmpty();
    }

    @Test
    void shouldForgetAfterTheWindowInEitherDirection() {
        memory.learn(looks("first", BASE, 1, 5), WINDOW.toMillis());
        memory.admitted(looks("second", -1, 1, 6), WINDOW.toMillis());

        long late = 2 * WINDOW.toMillis();

        assertThat(memory.judge(BASE, late, OTHER)).isPresent();
        assertThat(memory.judge(BASE, late + 1, OTHER)).isEmpty();
        assertThat(memory.judge(BASE, -1, OTHER)).isEmpty();
        assertThat(memory.judge(-1, late, OTHER)).isPresent();
        assertThat(memory.judge(-1, late + 1, OTHER)).isEmpty();
    }

    @Test
    void shouldForgetTheOldestBeyondItsBounds() {
        for (int offset = 0; offset <= 100; offset++) {
            memory.learn(looks("learnt", BASE ^ offset * 0x9E37_79B9_7F4A_7C15L, 0, offset), 0);
        }
        for (int offset = 0; offset <= NearDuplicates.MAX_PENDING; offset++) {
            memory.admitted(looks("admitted", -1L - offset, 1, offset), 0);
        }

        assertThat(memory.judge(BASE, 0, OTHER)).isEmpty();
        assertThat(memory.judge(-1L, 0, new Origin("pairs.crawled", 1, 1)))
                .hasValueSatisfying(refusal -> assertThat(refusal.detail()).doesNotContain("pairs.crawled-1-0."));
    }

    private static PairHash looks(String pairId, long hash, int partition, long offset) {
        return new PairHash(pairId, hash, partition, offset, Instant.EPOCH);
    }
}
