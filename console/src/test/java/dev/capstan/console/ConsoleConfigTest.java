package dev.capstan.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.InvalidConfigurationException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ConsoleConfigTest {
    @Test
    void shouldListenOnLoopbackWithoutATokenByDefault() {
        ConsoleConfig config = config(Map.of());

        assertThat(config.host()).isEqualTo("127.0.0.1");
        assertThat(config.port()).isEqualTo(8090);
        assertThat(config.token()).isEmpty();
        assertThat(config.freshness()).isEqualTo(Duration.ofSeconds(60));
        assertThat(config.groups().topics())
                .containsOnlyKeys(
                        "capstan-fetch", "capstan-ingest", "capstan-score", "capstan-trainer", "capstan-inference");
    }

    @Test
    void shouldTakeEveryKey() {
        ConsoleConfig config = config(Map.ofEntries(
                Map.entry("console.model", "mine"),
                Map.entry("console.host", "0.0.0.0"),
                Map.entry("console.port", "9999"),
                Map.entry("console.token", "a-token-that-is-long"),
                Map.entry("console.cluster", "east"),
                Map.entry("console.fetch-group", "f"),
                Map.entry("console.score-group", "c"),
                Map.entry("console.ingest-group", "i"),
                Map.entry("console.trainer-group", "t"),
                Map.entry("console.inference-group", "s"),
                Map.entry("console.lag-interval", "5s"),
                Map.entry("console.stall-after", "2m"),
                Map.entry("console.freshness", "90s"),
                Map.entry("console.max-picture-bytes", "2048"),
                Map.entry("console.max-questions", "9"),
                Map.entry("console.answer-timeout", "3s"),
                Map.entry("console.max-pairs", "3"),
                Map.entry("console.pairs-per-second", "7")));

        assertThat(config)
                .isEqualTo(new ConsoleConfig(
                        config.kafka(),
                        "mine",
                        "0.0.0.0",
                        9999,
                        Optional.of("a-token-that-is-long"),
                        "east",
                        new ConsoleConfig.Groups("f", "i", "c", "t", "s"),
                        Duration.ofSeconds(5),
                        Duration.ofMinutes(2),
                        Duration.ofSeconds(90),
                        new ConsoleConfig.Pictures(2048, 9, Duration.ofSeconds(3)),
                        new ConsoleConfig.Door(3, 7)));
    }

    @Test
    void shouldRefuseToListenForOthersWithoutAToken() {
        assertThatThrownBy(() -> config(Map.of("console.host", "0.0.0.0")))
                .isInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("CAPSTAN_CONSOLE_TOKEN")
                .hasMessageContaining("0.0.0.0");
    }

    @Test
    void shouldRefuseAShortTokenAndAnIntervalOfNothing() {
        assertThatThrownBy(() -> config(Map.of("console.token", "short", "console.lag-interval", "0s")))
                .isInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("16 characters")
                .hasMessageContaining("console.lag-interval");
    }

    private static ConsoleConfig config(Map<String, String> values) {
        Map<String, String> all = new HashMap<>(values);
        all.put("bootstrap-servers", "127.0.0.1:9092");
        all.put("registry", "http://127.0.0.1:8081");
        return ConsoleConfig.from(ConfigurationSource.of(all));
    }
}
