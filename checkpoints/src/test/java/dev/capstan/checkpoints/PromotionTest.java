package dev.capstan.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.LiveAction;
import dev.capstan.schemas.records.LiveVersion;
import dev.capstan.testing.KafkaExtension;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PromotionTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC);

    private RawLog raw;
    private CheckpointLog log;
    private Promotion promotion;

    @BeforeEach
    void open() {
        KAFKA.recreateTopics();
        raw = new RawLog(KAFKA.clientProperties());
        log = new CheckpointLog(KAFKA.clientProperties());
        promotion =
                new Promotion(KAFKA.clientProperties(), new ReadLimits(1_000, 1_000, Duration.ofSeconds(30)), CLOCK);
        for (long version = 1; version <= 3; version++) {
            raw.put(
                    Topics.CHECKPOINTS_MANIFESTS,
                    Drafts.MODEL + "/" + version,
                    Manifests.manifest(Drafts.MODEL, version));
        }
    }

    @AfterEach
    void close() {
        promotion.close();
        log.close();
        raw.close();
    }

    @Test
    void shouldMakeAVersionLiveAndSayWhy() {
        PromotionResult result = promotion.promote(Drafts.MODEL, 2, "held-out loss fell to 1.2", "trainer");

        LiveVersion expected = new LiveVersion(
                Drafts.MODEL, 2L, LiveAction.PROMOTE, "held-out loss fell to 1.2", "trainer", CLOCK.instant());
        assertThat(result).isEqualTo(new PromotionResult.Changed(expected));
        assertThat(log.live(Drafts.MODEL)).contains(expected);
    }

    @Test
    void shouldRefuseAVersionThatIsNotInTheLog() {
        PromotionResult result = promotion.promote(Drafts.MODEL, 9, "hope", "someone");

        assertThat(result)
                .isEqualTo(new PromotionResult.Refused("No manifest of capstan-test version 9 is in the log"));
        assertThat(log.live(Drafts.MODEL)).isEmpty();
    }

    @Test
    void shouldWriteNothingWhenTheVersionIsLive() {
        promotion.promote(Drafts.MODEL, 2, "better", "trainer");

        PromotionResult result = promotion.promote(Drafts.MODEL, 2, "again", "trainer");

        assertThat(result).isInstanceOf(PromotionResult.Unchanged.class);
        assertThat(raw.committed(Topics.CHECKPOINTS_LIVE)).hasSize(1);
    }

    @Test
    void shouldRollBackToAnEarlierVersion() {
        promotion.promote(Drafts.MODEL, 3, "better", "trainer");

        PromotionResult result = promotion.rollback(Drafts.MODEL, 1, "captions are rude", "someone");

        assertThat(result).isInstanceOf(PromotionResult.Changed.class);
        assertThat(log.live(Drafts.MODEL)).get().satisfies(live -> {
            assertThat(live.getVersion()).isEqualTo(1);
            assertThat(live.getAction()).isEqualTo(LiveAction.ROLLBACK);
            assertThat(live.getReason()).isEqualTo("captions are rude");
        });
    }

    @Test
    void shouldRefuseToGoTheWrongWay() {
        PromotionResult nothingLive = promotion.rollback(Drafts.MODEL, 1, "?", "someone");
        promotion.promote(Drafts.MODEL, 2, "better", "trainer");

        PromotionResult backwards = promotion.promote(Drafts.MODEL, 1, "?", "someone");
        PromotionResult forwards = promotion.rollback(Drafts.MODEL, 3, "?", "someone");

        assertThat(nothingLive).isInstanceOf(PromotionResult.Refused.class);
        assertThat(backwards)
                .isEqualTo(new PromotionResult.Refused(
                        "Version 1 of capstan-test is older than the live version 2: roll back to it instead"));
        assertThat(forwards)
                .isEqualTo(new PromotionResult.Refused(
                        "Version 3 of capstan-test is newer than the live version 2: promote it instead"));
    }
}
