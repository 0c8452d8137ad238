package dev.capstan.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.inference.InferenceConfig.Labels;
import dev.capstan.inference.InferenceConfig.Timing;
import dev.capstan.inference.labels.LabelSetLimits;
import dev.capstan.inference.loop.BatchLimits;
import dev.capstan.inference.requests.RequestLimits;
import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.InvalidConfigurationException;
import dev.capstan.platform.KafkaSettings;
import dev.capstan.platform.images.ImageLimits;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class InferenceConfigTest {
    private static final Map<String, String> REQUIRED =
            Map.of("bootstrap-servers", "broker:9092", "registry", "http://registry:8081");

    @Test
    void shouldUseDefaults() {
        Map<String, String> values = with(Map.of("inference.instance", "here"));

        InferenceConfig config = InferenceConfig.from(ConfigurationSource.of(values));

        assertThat(config)
                .isEqualTo(new InferenceConfig(
                        new KafkaSettings("broker:9092", "http://registry:8081", Map.of()),
                        "capstan-demo",
                        "here",
                        "cpu",
                        new BatchLimits(32, 8, 8_388_608),
                        new ImageLimits(4_194_304, 50_000_000, 262_144, ImageLimits.allFormats(), ImageLimits.WHITE),
                        new RequestLimits(2000, 100, 8192, 256, 64, 8),
                        new LabelSetLimits(1000, 100_000, 200_000, 256),
                        new Labels(20_000, 20_000),
                        Set.of(),
                        2,
                        33_554_432,
                        new Timing(
                                Duration.ofSeconds(10),
                                Duration.ofSeconds(15),
                                Duration.ofMinutes(2),
                                Duration.ofSeconds(10))));
        assertThat(config.transactionalId()).isEqualTo("capstan-inference-capstan-demo-here");
    }

    @Test
    void shouldNameTheInstanceAfterTheHost() {
        InferenceConfig config = InferenceConfig.from(ConfigurationSource.of(REQUIRED));

        assertThat(config.instance()).isNotBlank();
    }

    @Test
    void shouldReadEveryKey() {
        Map<String, String> values = with(Map.ofEntries(
                Map.entry("inference.model", "birds"),
                Map.entry("inference.instance", "one"),
                Map.entry("inference.device", "gpu:1"),
                Map.entry("inference.max-batch-requests", "2"),
                Map.entry("inference.max-batch-captions", "3"),
                Map.entry("inference.max-batch-bytes", "4"),
                Map.entry("inference.max-image-bytes", "5"),
                Map.entry("inference.max-image-pixels", "6"),
                Map.entry("inference.max-decoded-pixels", "7"),
                Map.entry("inference.max-labels", "8"),
                Map.entry("inference.max-templates", "9"),
                Map.entry("inference.max-label-texts", "10"),
                Map.entry("inference.max-text-characters", "11"),
                Map.entry("inference.max-tokens", "12"),
                Map.entry("inference.max-beams", "13"),
                Map.entry("inference.max-label-sets", "14"),
                Map.entry("inference.max-label-set-texts", "15"),
                Map.entry("inference.max-label-sets-labels", "16"),
                Map.entry("inference.max-cached-labels", "17"),
                Map.entry("inference.max-warm-texts", "18"),
                Map.entry("inference.reply-topics", "a, b"),
                Map.entry("inference.decode-threads", "19"),
                Map.entry("inference.tensor-cache-bytes", "20"),
                Map.entry("inference.session-timeout", "21s"),
                Map.entry("inference.transaction-timeout", "22s"),
                Map.entry("inference.stall-timeout", "23s"),
                Map.entry("inference.close-timeout", "24s")));

        InferenceConfig config = InferenceConfig.from(ConfigurationSource.of(values));

        assertThat(config)
                .isEqualTo(new InferenceConfig(
                        new KafkaSettings("broker:9092", "http://registry:8081", Map.of()),
                        "birds",
                        "one",
                        "gpu:1",
                        new BatchLimits(2, 3, 4),
                        new ImageLimits(5, 6, 7, ImageLimits.allFormats(), ImageLimits.WHITE),
                        new RequestLimits(8, 9, 10, 11, 12, 13),
                        new LabelSetLimits(14, 15, 16, 11),
                        new Labels(17, 18),
                        Set.of("a", "b"),
                        19,
                        20,
                        new Timing(
                                Duration.ofSeconds(21),
                                Duration.ofSeconds(22),
                                Duration.ofSeconds(23),
                                Duration.ofSeconds(24))));
    }

    @Test
    void shouldReportEveryErrorTogether() {
        Map<String, String> values =
                with(Map.of("inference.device", "abacus", "inference.max-beams", "0", "inference.max-beam", "1"));

        assertThatThrownBy(() -> InferenceConfig.from(ConfigurationSource.of(values)))
                .isInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("3 errors")
                .hasMessageContaining("CAPSTAN_INFERENCE_DEVICE")
                .hasMessageContaining("CAPSTAN_INFERENCE_MAX_BEAMS")
                .hasMessageContaining("inference.max-beam (CAPSTAN_INFERENCE_MAX_BEAM) is unknown");
    }

    private static Map<String, String> with(Map<String, String> values) {
        Map<String, String> all = new HashMap<>(REQUIRED);
        all.putAll(values);
        return all;
    }
}
