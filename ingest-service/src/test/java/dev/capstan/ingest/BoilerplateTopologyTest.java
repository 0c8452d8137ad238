package dev.capstan.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.ingest.filter.CurationPolicy.Boilerplate;
import dev.capstan.schemas.records.RejectedPair;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class BoilerplateTopologyTest {

    @Test
    void shouldRefuseATextBesideTooManyPictures() {
        try (IngestDriver driver = new IngestDriver(TestPolicies.with(new Boilerplate(4, Duration.ofHours(1))))) {
            for (int seed = 0; seed < 10; seed++) {
                driver.crawl(TestPairs.pair("stock-" + seed, "free stock image", TestPairs.picture(seed, 40, 40)));
                driver.crawl(TestPairs.pair("own-" + seed, "thing number " + seed, TestPairs.picture(seed, 40, 40)));
            }

            assertThat(driver.rejected())
                    .hasSize(6)
                    .allSatisfy(pair -> assertThat(pair.getPairId()).startsWith("stock-"))
                    .extracting(RejectedPair::getRule)
                    .containsOnly("text-boilerplate");
        }
    }
}
