package dev.capstan.inference.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.InvalidConfigurationException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ScoreConfigTest {

    @Test
    void shouldHaveDefaultsForAllButTheAddresses() {
        ScoreConfig config = read(Map.of());

        assertThat(config.model()).isEqualTo("capstan-demo");
        assertThat(config.device()).isEqualTo("cpu");
        assertThat(config.applicationId()).isEqualTo("capstan-score");
        assertThat(config.stateDirectory()).isEqualTo(Path.of(".capstan", "score-state"));
        assertThat(config.commitInterval()).isEqualTo(Duration.ofMillis(100));
        assertThat(config.sessionTimeout()).isEqualTo(Duration.ofSeconds(6));
        assertThat(config.transactionTimeout()).isEqualTo(Duration.ofSeconds(15));
        assertThat(config.tensorCacheBytes()).isEqualTo(32 << 20);
    }

    @Test
    void shouldTakeEveryKey() {
        ScoreConfig config = read(Map.of(
                "score.model", "other",
                "score.device", "gpu:1",
                "score.application-id", "app",
                "score.state-directory", "/var/lib/score",
                "score.commit-interval", "1s",
                "score.session-timeout", "30s",
                "score.transaction-timeout", "20s",
                "score.tensor-cache-bytes", "0"));

        assertThat(config)
                .isEqualTo(new ScoreConfig(
                        config.kafka(),
                        "other",
                        "gpu:1",
                        "app",
                        Path.of("/var/lib/score"),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(20),
                        0));
    }

    @Test
    void shouldNameEveryKeyThatIsWrong() {
        assertThatThrownBy(() ->
                        read(Map.of("score.device", "tpu", "score.commit-interval", "20s", "score.threshold", "0.3")))
                .isInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("score.device")
                .hasMessageContaining("score.commit-interval")
                .hasMessageContaining("score.threshold (CAPSTAN_SCORE_THRESHOLD) is unknown");
    }

    private static ScoreConfig read(Map<String, String> more) {
        Map<String, String> values = new HashMap<>(more);
        values.put("bootstrap-servers", "broker:9092");
        values.put("registry", "http://registry:8081");
        return ScoreConfig.from(ConfigurationSource.of(values));
    }
}
