package dev.capstan.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.OptionalDouble;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class ScoreHeadersTest {

    @Test
    void shouldComeBackAsTheyWereWritten() {
        ScoreHeaders written = new ScoreHeaders("pairs.crawled", 3, 1L << 40, OptionalDouble.of(0.28));
        RecordHeaders headers = new RecordHeaders();
        written.write(headers);

        assertThat(ScoreHeaders.read(headers)).contains(written);
    }

    @Test
    void shouldTakeAMinimumThatIsNoNumberForNone() {
        for (String minimum : new String[] {"much", "NaN", "Infinity", ""}) {
            RecordHeaders headers = new RecordHeaders();
            new ScoreHeaders("pairs.crawled", 3, 5, OptionalDouble.empty()).write(headers);
            headers.add("capstan-min-clip-score", minimum.getBytes(StandardCharsets.UTF_8));

            assertThat(ScoreHeaders.read(headers))
                    .contains(new ScoreHeaders("pairs.crawled", 3, 5, OptionalDouble.empty()));
        }
    }

    @Test
    void shouldBeEmptyWhereTheOriginIsMissingOrUnreadable() {
        RecordHeaders none = new RecordHeaders();
        RecordHeaders broken = new RecordHeaders();
        new ScoreHeaders("pairs.crawled", 3, 5, OptionalDouble.of(0.3)).write(broken);
        broken.add("capstan-origin-offset", "five".getBytes(StandardCharsets.UTF_8));
        RecordHeaders withoutValue = new RecordHeaders();
        withoutValue.add("capstan-origin-topic", null);

        assertThat(ScoreHeaders.read(none)).isEmpty();
        assertThat(ScoreHeaders.read(broken)).isEmpty();
        assertThat(ScoreHeaders.read(withoutValue)).isEmpty();
    }
}
