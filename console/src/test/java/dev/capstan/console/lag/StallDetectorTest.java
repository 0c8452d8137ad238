package dev.capstan.console.lag;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

final class StallDetectorTest {
    private static final GroupPartition PARTITION = new GroupPartition("readers", new TopicPartition("numbers", 0));
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    private final StallDetector detector = new StallDetector(Duration.ofSeconds(60));

    @Test
    void shouldCallAPartitionStalledOnceItStoodStillWithLagForThePatience() {
        detector.observe(PARTITION, 10, 5, NOON);

        assertThat(detector.observe(PARTITION, 10, 7, NOON.plusSeconds(59))).isFalse();
        assertThat(detector.observe(PARTITION, 10, 9, NOON.plusSeconds(60))).isTrue();
    }

    @Test
    void shouldCallAGroupThatMovesSlowNotStalled() {
        detector.observe(PARTITION, 10, 500, NOON);
        detector.observe(PARTITION, 11, 600, NOON.plusSeconds(50));

        assertThat(detector.observe(PARTITION, 11, 700, NOON.plusSeconds(100))).isFalse();
    }

    @Test
    void shouldCountFromTheFirstLagWhereAnIdleGroupHadNone() {
        detector.observe(PARTITION, 10, 0, NOON);
        detector.observe(PARTITION, 10, 1, NOON.plusSeconds(600));

        assertThat(detector.observe(PARTITION, 10, 1, NOON.plusSeconds(630))).isFalse();
        assertThat(detector.observe(PARTITION, 10, 1, NOON.plusSeconds(660))).isTrue();
    }

    @Test
    void shouldForgetPartitionsThatAreGone() {
        detector.observe(PARTITION, 10, 5, NOON);
        detector.retain(Set.of());

        assertThat(detector.observe(PARTITION, 10, 5, NOON.plusSeconds(60))).isFalse();
    }
}
