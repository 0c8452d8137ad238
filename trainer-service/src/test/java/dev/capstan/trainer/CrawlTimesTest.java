package dev.capstan.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.schemas.records.CrawledCount;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CrawlTimesTest {
    @Test
    void shouldKeepTimesThatFitAsTheyAre() {
        CrawlTimes times = new CrawlTimes(3);
        times.add(at(7));
        times.add(at(5));
        times.add(at(7));

        assertThat(times.groups()).containsExactly(group(5, 1), group(7, 2));
    }

    @Test
    void shouldJoinTheClosestAtTheirMean() {
        CrawlTimes times = new CrawlTimes(2);
        times.add(at(0));
        times.add(at(0));
        times.add(at(3));
        times.add(at(1_000));

        assertThat(times.groups()).containsExactly(group(1, 3), group(1_000, 1));
    }

    @Test
    void shouldLoseNoPairAndNoExtremeWhateverComes() {
        CrawlTimes times = new CrawlTimes(64);
        Random random = new Random(1);
        times.add(at(0));
        for (int i = 0; i < 5_000; i++) {
            times.add(at(1_000_000 + random.nextInt(60_000)));
        }
        times.add(at(9_000_000));

        List<CrawledCount> groups = times.groups();

        assertThat(groups).hasSizeLessThanOrEqualTo(64).contains(group(0, 1), group(9_000_000, 1));
        assertThat(groups.stream().mapToLong(CrawledCount::getPairs).sum()).isEqualTo(5_002);
        assertThat(groups)
                .isSortedAccordingTo((one, other) -> one.getCrawledAt().compareTo(other.getCrawledAt()));
    }

    @Test
    void shouldBearTimesThatWereNeverSet() {
        CrawlTimes times = new CrawlTimes(2);
        times.add(at(Long.MIN_VALUE));
        times.add(at(5));
        times.add(at(Long.MAX_VALUE));

        assertThat(times.groups().stream().mapToLong(CrawledCount::getPairs)).containsExactly(2L, 1L);
    }

    @Test
    void shouldBeEmptyOnceItIsCleared() {
        CrawlTimes times = new CrawlTimes(1);
        times.add(at(1));

        times.clear();

        assertThat(times.groups()).isEmpty();
    }

    private static Instant at(long millis) {
        return Instant.ofEpochMilli(millis);
    }

    private static CrawledCount group(long millis, long pairs) {
        return new CrawledCount(at(millis), pairs);
    }
}
