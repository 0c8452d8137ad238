package dev.capstan.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.ingest.concepts.ConceptList;
import dev.capstan.ingest.filter.CurationPolicy.Balance;
import dev.capstan.schemas.records.RejectedPair;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The topology with a concept list. */
class BalancedTopologyTest {
    private static final Duration WINDOW = Duration.ofMinutes(10);

    private final IngestDriver driver = new IngestDriver(
            TestPolicies.with(new Balance(Optional.of(ConceptList.of(List.of("cat", "dog", "owl"))), true, 5, WINDOW)));

    @AfterEach
    void close() {
        driver.close();
    }

    @Test
    void shouldThinOutAFrequentConceptAndKeepARareOne() {
        for (int seed = 0; seed < 60; seed++) {
            driver.crawl(TestPairs.pair("cat-" + seed, "a cat " + seed, TestPairs.picture(seed, 40, 40)));
        }
        for (int seed = 60; seed < 65; seed++) {
            driver.crawl(TestPairs.pair("owl-" + seed, "an owl " + seed, TestPairs.picture(seed, 40, 40)));
        }

        List<RejectedPair> rejected = driver.rejected();

        assertThat(rejected).hasSizeBetween(30, 50).allSatisfy(pair -> {
            assertThat(pair.getRule()).isEqualTo("balance");
            assertThat(pair.getPairId()).startsWith("cat-");
            assertThat(pair.getListedConcepts()).containsExactly("cat");
            assertThat(pair.getScore()).isGreaterThanOrEqualTo(pair.getThreshold());
            assertThat(pair.getPolicyVersion()).isEqualTo(driver.policy().version());
        });
        assertThat(driver.curated().size() + driver.heldout().size()).isEqualTo(65 - rejected.size());
    }

    @Test
    void shouldStartAfreshAfterTheFlood() {
        for (int seed = 0; seed < 60; seed++) {
            driver.crawl(TestPairs.pair("cat-" + seed, "a cat " + seed, TestPairs.picture(seed, 40, 40)));
        }
        int refusedInTheFlood = driver.rejected().size();
        driver.advance(WINDOW.multipliedBy(6));

        driver.crawl(TestPairs.pair("late", "a cat that comes late", TestPairs.picture(99, 40, 40)));

        assertThat(refusedInTheFlood).isPositive();
        assertThat(driver.rejected()).isEmpty();
    }

    @Test
    void shouldRefuseACopyOfAPairThatWasLeftOutForBalance() {
        String leftOut = "";
        for (int seed = 0; leftOut.isEmpty(); seed++) {
            driver.crawl(TestPairs.pair("cat-" + seed, "a cat " + seed, TestPairs.picture(seed, 40, 40)));
            leftOut = driver.rejected().stream()
                    .findFirst()
                    .map(RejectedPair::getPairId)
                    .orElse("");
        }
        int seed = Integer.parseInt(leftOut.substring("cat-".length()));

        driver.crawl(TestPairs.pair("mirror", "a cat " + seed, TestPairs.picture(seed, 40, 40)));

        assertThat(driver.onlyRejected().getRule()).isEqualTo("exact-duplicate");
    }

    @Test
    void shouldRefuseATextWithoutAConcept() {
        driver.crawl(TestPairs.pair("p", "a bird", TestPairs.picture(1, 40, 40)));

        assertThat(driver.onlyRejected().getRule()).isEqualTo("text-no-concept");
    }
}
