package dev.capstan.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.ingest.filter.CurationPolicy.Boilerplate;
import dev.capstan.ingest.filter.Verdict.Refusal;
import java.time.Duration;
import java.util.Optional;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;

class TextCountsTest {
    private static final Duration WINDOW = Duration.ofHours(1);

    private final KeyValueStore<Bytes, byte[]> store =
            Stores.inMemoryKeyValueStore("texts").get();
    private final TextCounts counts = new TextCounts(store, new Boilerplate(3, WINDOW), 1);

    @Test
    void shouldRefuseATextThatCameTooOften() {
        long key = Digests.ofText("stock photo");
        for (int time = 0; time < 3; time++) {
            assertThat(counts.judge(key, 0)).isEmpty();
        }

        Refusal refusal = counts.judge(key, 0).orElseThrow();

        assertThat(refusal.rule()).isEqualTo("text-boilerplate");
        assertThat(refusal.score()).hasValue(4);
        assertThat(refusal.threshold()).hasValue(3);
    }

    @Test
    void shouldTakeATextAgainAfterAWhile() {
        long key = Digests.ofText("stock photo");
        for (int time = 0; time < 10; time++) {
            counts.judge(key, 0);
        }

        Optional<Refusal> refusal = counts.judge(key, WINDOW.multipliedBy(5).toMillis());

        assertThat(refusal).isEmpty();
    }

    @Test
    void shouldKeepTheFirstPairOfATextInEachPartition() {
        TextCounts ofMany = new TextCounts(store, new Boilerplate(3, WINDOW), 16);

        assertThat(ofMany.judge(1, 0)).isEmpty();
        assertThat(ofMany.judge(1, 0)).isPresent();
    }

    @Test
    void shouldNeverNeedMoreThanItsTableAndKeepTextsThatCameOnce() {
        int refused = 0;
        for (int number = 0; number < 20_000; number++) {
            refused += counts.judge(Digests.ofText("text " + number), 0).isPresent() ? 1 : 0;
        }

        assertThat(refused).isZero();
        assertThat(store.approximateNumEntries()).isLessThanOrEqualTo(TextCounts.ROWS * TextCounts.COLUMNS);
    }
}
