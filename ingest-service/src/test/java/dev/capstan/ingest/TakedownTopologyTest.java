package dev.capstan.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.schemas.TakedownKeys;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.schemas.records.RejectedPair;
import java.nio.ByteBuffer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TakedownTopologyTest {
    private static final CrawledPair PAIR = TestPairs.good(1);

    private final IngestDriver driver = new IngestDriver();

    @AfterEach
    void close() {
        driver.close();
    }

    static Stream<String> keysOfThePair() {
        return Stream.of(
                TakedownKeys.ofPair(PAIR.getPairId()),
                TakedownKeys.ofUrl(String.valueOf(PAIR.getSourceUrl())),
                TakedownKeys.ofImage(PAIR.getImage()),
                TakedownKeys.ofContent(Digests.ofContent(PAIR.getImage())));
    }

    @ParameterizedTest
    @MethodSource("keysOfThePair")
    void shouldRefuseWhatIsTakenDown(String key) {
        driver.takeDown(key);

        driver.crawl(PAIR);

        RejectedPair rejected = driver.onlyRejected();
        assertThat(rejected.getRule()).isEqualTo("takedown");
        assertThat(rejected.getDetail()).startsWith("A takedown names ");
        assertThat(rejected.getPairId()).isEqualTo(PAIR.getPairId());
        assertThat(driver.curated()).isEmpty();
        assertThat(driver.heldout()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("keysOfThePair")
    void shouldTakeAPairAgainOnceTheTakedownIsLifted(String key) {
        driver.takeDown(key);
        driver.liftTakedown(key);

        driver.crawl(PAIR);

        assertThat(driver.onlyCurated().key()).isEqualTo(PAIR.getPairId());
    }

    @Test
    void shouldKeepOtherPairs() {
        driver.takeDown(TakedownKeys.ofPair("another"));
        driver.takeDown(TakedownKeys.ofUrl("https://example.org/another"));
        driver.takeDown(TakedownKeys.ofImage(ByteBuffer.wrap(new byte[] {1})));

        driver.crawl(PAIR);

        assertThat(driver.onlyCurated().key()).isEqualTo(PAIR.getPairId());
    }
}
