package dev.capstan.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.ingest.filter.Verdict.Refusal;
import dev.capstan.schemas.records.RejectedPair;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class RejectionTest {
    private static final Origin ORIGIN = new Origin("pairs.crawled", 1, 2);
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final Rejection rejection = new Rejection("policy-1");

    @Test
    void shouldStaySmallWhateverThePairSays() {
        String endless = "\ud83d\udc36".repeat(1_000_000);
        Rejection.Subject subject = new Rejection.Subject(endless, endless, NOW);

        RejectedPair rejected = rejection.of(Refusal.of("a-rule", endless), ORIGIN, subject, NOW);

        assertThat(rejected.getPairId()).hasSizeLessThanOrEqualTo(256).endsWith("\ud83d\udc36\u2026");
        assertThat(rejected.getSource()).hasSizeLessThanOrEqualTo(256);
        assertThat(rejected.getDetail()).hasSizeLessThanOrEqualTo(1000);
    }

    @Test
    void shouldLeaveOutWhatIsNotKnown() {
        RejectedPair rejected = rejection.of(Refusal.of("a-rule", "Why."), ORIGIN, Rejection.Subject.UNREADABLE, NOW);

        assertThat(rejected.getPairId()).isNull();
        assertThat(rejected.getSource()).isNull();
        assertThat(rejected.getCrawledAt()).isNull();
        assertThat(rejected.getScore()).isNull();
        assertThat(rejected.getThreshold()).isNull();
        assertThat(rejected.getPolicyVersion()).isEqualTo("policy-1");
    }
}
