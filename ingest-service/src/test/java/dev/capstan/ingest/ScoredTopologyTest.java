package dev.capstan.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.schemas.ScoreHeaders;
import dev.capstan.schemas.records.CuratedPair;
import java.util.List;
import java.util.OptionalDouble;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.Test;

/** The topology under a policy that wants a score of the live model. */
class ScoredTopologyTest {

    @Test
    void shouldSendWhatIsTrainedOnByWayOfTheScorerAndHoldTheRestOutUnscored() {
        try (IngestDriver driver = new IngestDriver(TestPolicies.withMinClipScore(0.28))) {
            for (int seed = 0; seed < 60; seed++) {
                driver.crawl(TestPairs.good(seed));
            }

            List<TestRecord<String, CuratedPair>> unscored = driver.unscored();
            List<CuratedPair> heldout = driver.heldout();

            assertThat(heldout).isNotEmpty();
            assertThat(unscored).hasSize(60 - heldout.size());
            assertThat(driver.curated()).isEmpty();
            assertThat(unscored).allSatisfy(record -> {
                int seed = Integer.parseInt(record.key().substring("pair-".length()));
                assertThat(record.value().getPairId()).isEqualTo(record.key());
                assertThat(ScoreHeaders.read(record.headers()))
                        .contains(new ScoreHeaders("pairs.crawled", 0, seed, OptionalDouble.of(0.28)));
            });
        }
    }
}
