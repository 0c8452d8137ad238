package dev.capstan.ingest.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.ingest.fetch.OutcomeRecords.Output;
import dev.capstan.ingest.fetch.offsets.PartitionProgress;
import dev.capstan.ingest.fetch.web.HopResult;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.LocatedPair;
import dev.capstan.schemas.records.PostponedPair;
import dev.capstan.schemas.records.RejectedPair;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.SplittableRandom;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.junit.jupiter.api.Test;

class OutcomeRecordsTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final LocatedPair PAIR = LocatedPair.newBuilder()
            .setUrl("http://a.test/x.png")
            .setText("a cat")
            .setSource("test")
            .setLocatedAt(NOW)
            .build();

    private final OutcomeRecords records = new OutcomeRecords(
            new FetchConfig.Retry(4, Duration.ofSeconds(10), Duration.ofSeconds(60), Duration.ofHours(1)),
            "fetch-1",
            new SplittableRandom(1));

    @Test
    void shouldMakeIdsLikeEveryFeed() {
        // printf 'http://a.test/x.png\0a cat' | sha256sum
        assertThat(OutcomeRecords.pairId("http://a.test/x.png", "a cat"))
                .isEqualTo("3e97bfb1f86427da3743ec982929cf8b9c549104f4d6507d3a44157296d179d1");
    }

    @Test
    void shouldDoubleThePauseUpToItsLimitAndSpreadIt() {
        assertThat(pause(failedAfter(0, Optional.empty()))).isBetween(Duration.ofSeconds(10), Duration.ofSeconds(12));
        assertThat(pause(failedAfter(1, Optional.empty()))).isBetween(Duration.ofSeconds(20), Duration.ofSeconds(24));
        assertThat(pause(failedAfter(2, Optional.of(Duration.ofDays(365))))).isEqualTo(Duration.ofSeconds(60));
        assertThat(pause(failedAfter(0, Optional.of(Duration.ofSeconds(33))))).isEqualTo(Duration.ofSeconds(33));
    }

    @Test
    void shouldRefuseAfterTheLastAttemptAndNameTheOriginal() {
        Output output = failedAfter(3, Optional.empty());

        assertThat(output.topic()).isEqualTo(Topics.PAIRS_REJECTED);
        assertThat(output.key()).isEqualTo("pairs.located-3-77");
        assertThat((RejectedPair) output.value()).satisfies(rejected -> {
            assertThat(rejected.getRule()).isEqualTo("fetch-timeout");
            assertThat(rejected.getScore()).isEqualTo(4);
            assertThat(rejected.getDetail()).isEqualTo("It took too long. That was attempt 4 of 4.");
            assertThat(rejected.getPolicyVersion()).isEqualTo("fetch-1");
            assertThat(rejected.getOffset()).isEqualTo(77);
        });
    }

    @Test
    void shouldNotCountAttemptsThatWereNone() {
        FetchTask task = task(new History(2, 0, Optional.of(NOW), NOW, "pairs.located", 3, 77));

        Output output = records.of(
                new Finished(task, new Outcome.PutOff("fetch-host-busy", "Busy.", Duration.ofSeconds(10))), NOW);

        assertThat(output.topic()).isEqualTo(Topics.PAIRS_LOCATED_RETRY);
        assertThat(output.key()).isEqualTo("a.test");
        assertThat((PostponedPair) output.value()).satisfies(postponed -> {
            assertThat(postponed.getAttempts()).isEqualTo(2);
            assertThat(postponed.getDeferrals()).isEqualTo(1);
            assertThat(History.of(postponed).origin()).isEqualTo("pairs.located-3-77");
        });
    }

    @Test
    void shouldGiveUpWhatWaitedTooLong() {
        History old = new History(0, 9, Optional.of(NOW.minus(Duration.ofHours(1))), NOW, "pairs.located", 3, 77);

        Output output = records.of(
                new Finished(task(old), new Outcome.PutOff("fetch-host-busy", "Busy.", Duration.ofSeconds(10))), NOW);

        assertThat((RejectedPair) output.value()).satisfies(rejected -> {
            assertThat(rejected.getRule()).isEqualTo("fetch-expired");
            assertThat(rejected.getDetail()).endsWith("Last: Busy.");
        });
    }

    private Output failedAfter(int attempts, Optional<Duration> retryAfter) {
        FetchTask task = task(new History(attempts, 0, Optional.of(NOW), NOW, "pairs.located", 3, 77));
        return records.of(
                new Finished(
                        task,
                        new Outcome.Failed(new HopResult.Failed("fetch-timeout", "It took too long.", retryAfter))),
                NOW);
    }

    private static Duration pause(Output output) {
        return Duration.between(NOW, ((PostponedPair) output.value()).getNotBefore());
    }

    private static FetchTask task(History history) {
        return new FetchTask(new Claim(new PartitionProgress(new OffsetAndMetadata(0), 10), 0, 100), PAIR, history);
    }
}
