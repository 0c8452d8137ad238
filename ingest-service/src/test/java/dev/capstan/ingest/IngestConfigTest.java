package dev.capstan.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.ingest.concepts.ConceptList;
import dev.capstan.ingest.filter.CurationPolicy;
import dev.capstan.ingest.images.ImageEncoding;
import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.InvalidConfigurationException;
import dev.capstan.platform.images.ImageFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IngestConfigTest {
    private static final Map<String, String> REQUIRED =
            Map.of("bootstrap-servers", "127.0.0.1:9092", "registry", "http://127.0.0.1:8081");

    @Test
    void shouldHaveDefaultsForAllButTheAddresses() {
        IngestConfig config = read(Map.of());

        assertThat(config.policy()).isEqualTo(CurationPolicy.defaults());
        assertThat(config.concepts()).isEmpty();
        assertThat(config.streams())
                .isEqualTo(new IngestConfig.StreamSettings(
                        "capstan-ingest",
                        Path.of(".capstan", "ingest-state"),
                        1,
                        Duration.ofMillis(100),
                        Duration.ofSeconds(6),
                        Duration.ofMillis(1500),
                        Duration.ofSeconds(6),
                        0,
                        16,
                        16 << 20,
                        true));
    }

    @Test
    void shouldTakeEveryKey(@TempDir Path directory) throws IOException {
        Path concepts = Files.writeString(directory.resolve("concepts.json"), "[\"cat\", \"polar bear\"]");
        Map<String, String> values = new HashMap<>();
        values.put("ingest.policy-name", "strict");
        values.put("ingest.min-text-characters", "5");
        values.put("ingest.max-text-characters", "300");
        values.put("ingest.min-text-words", "3");
        values.put("ingest.min-distinct-words", "0.5");
        values.put("ingest.max-character-share", "0.6");
        values.put("ingest.max-image-bytes", "1000000");
        values.put("ingest.max-pixels", "2000000");
        values.put("ingest.max-decoded-pixels", "500000");
        values.put("ingest.formats", "png, webp");
        values.put("ingest.min-side", "200");
        values.put("ingest.max-aspect", "2.5");
        values.put("ingest.background", "00ff7f");
        values.put("ingest.max-side", "512");
        values.put("ingest.encoding", "jpeg");
        values.put("ingest.quality", "0.8");
        values.put("ingest.heldout-fraction", "0.1");
        values.put("ingest.duplicate-retention", "7d");
        values.put("ingest.concepts", "cat, polar bear");
        values.put("ingest.languages", "en, de");
        values.put("ingest.min-image-bytes", "5000");
        values.put("ingest.boilerplate-pairs", "30");
        values.put("ingest.boilerplate-window", "12h");
        values.put("ingest.honour-opt-outs", "false");
        values.put("ingest.concept-list", concepts.toString());
        values.put("ingest.require-concept", "false");
        values.put("ingest.balance-target", "50");
        values.put("ingest.balance-window", "6h");
        values.put("ingest.near-duplicate-pairs", "5000");
        values.put("ingest.near-duplicate-window", "3h");
        values.put("ingest.near-duplicate-distance", "6");
        values.put("ingest.min-clip-score", "0.3");
        values.put("ingest.application-id", "other");
        values.put("ingest.state-directory", "/var/lib/capstan");
        values.put("ingest.threads", "4");
        values.put("ingest.commit-interval", "250ms");
        values.put("ingest.session-timeout", "30s");
        values.put("ingest.heartbeat-interval", "3s");
        values.put("ingest.transaction-timeout", "20s");
        values.put("ingest.standby-replicas", "1");
        values.put("ingest.buffered-records", "100");
        values.put("ingest.state-memory-bytes", "67108864");
        values.put("ingest.provision-topics", "false");

        IngestConfig config = read(values);

        assertThat(config.policy())
                .isEqualTo(new CurationPolicy(
                        "strict",
                        new CurationPolicy.TextLimits(5, 300, 3, 0.5, 0.6, List.of("de", "en")),
                        new CurationPolicy.ImageRules(
                                5000,
                                1_000_000,
                                2_000_000,
                                500_000,
                                Set.of(ImageFormat.PNG, ImageFormat.WEBP),
                                200,
                                2.5,
                                0x00FF7F),
                        new CurationPolicy.Output(512, ImageEncoding.JPEG, 0.8),
                        0.1,
                        Duration.ofDays(7),
                        new CurationPolicy.Balance(
                                Optional.of(ConceptList.of(List.of("cat", "polar bear"))),
                                false,
                                50,
                                Duration.ofHours(6)),
                        new CurationPolicy.Boilerplate(30, Duration.ofHours(12)),
                        new CurationPolicy.NearDuplicateRule(5000, Duration.ofHours(3), 6),
                        0.3,
                        false));
        assertThat(config.concepts()).isEqualTo(List.of("cat", "polar bear"));
        assertThat(config.streams())
                .isEqualTo(new IngestConfig.StreamSettings(
                        "other",
                        Path.of("/var/lib/capstan"),
                        4,
                        Duration.ofMillis(250),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(3),
                        Duration.ofSeconds(20),
                        1,
                        100,
                        64 << 20,
                        false));
    }

    @Test
    void shouldChangeThePolicyOfAFileByWhatIsConfiguredBesides() {
        IngestConfig config = read(Map.of("ingest.policy-file", "builtin:datacomp-basic", "ingest.min-side", "64"));

        assertThat(config.policy().name()).isEqualTo("datacomp-basic");
        assertThat(config.policy().text().minWords()).isEqualTo(3);
        assertThat(config.policy().image().minSide()).isEqualTo(64);
        assertThat(config.policy().version())
                .isNotEqualTo(PolicyFile.read("builtin:datacomp-basic").version());
    }

    @Test
    void shouldReportEveryErrorWithItsKey() {
        Map<String, String> values = Map.of(
                "ingest.formats", "png,tiff",
                "ingest.background", "white",
                "ingest.max-text-characters", "1",
                "ingest.min-text-characters", "2",
                "ingest.heartbeat-interval", "5s",
                "ingest.duplicate-retention", "1s",
                "ingest.concept-list", "no/such/file.json",
                "ingest.policy-file", "no/such/policy.yaml",
                "ingest.languages", "en, xx",
                "ingest.min-sid", "3");

        assertThatThrownBy(() -> read(values))
                .isInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("ingest.formats")
                .hasMessageContaining("ingest.background")
                .hasMessageContaining("ingest.max-text-characters")
                .hasMessageContaining("ingest.heartbeat-interval")
                .hasMessageContaining("ingest.duplicate-retention")
                .hasMessageContaining("no/such/file.json")
                .hasMessageContaining("no/such/policy.yaml")
                .hasMessageContaining("\"xx\"")
                .hasMessageContaining("ingest.min-sid ");
    }

    @Test
    void shouldReadTheEnvironment() {
        Map<String, String> environment = Map.of(
                "CAPSTAN_BOOTSTRAP_SERVERS", "kafka:9092",
                "CAPSTAN_REGISTRY", "http://registry:8080",
                "CAPSTAN_INGEST_MAX_SIDE", "64",
                "CAPSTAN_KAFKA_SECURITY_PROTOCOL", "SSL",
                "CAPSTAN_TRAINER_BATCH_SIZE", "64");

        IngestConfig config =
                IngestConfig.from(ConfigurationSource.load(new String[0], environment, Set.of(IngestConfig.SECTION)));

        assertThat(config.policy().output().maxSide()).isEqualTo(64);
        assertThat(config.kafka().clientProperties()).containsEntry("security.protocol", "SSL");
    }

    private static IngestConfig read(Map<String, String> values) {
        Map<String, String> all = new HashMap<>(REQUIRED);
        all.putAll(values);
        return IngestConfig.from(ConfigurationSource.of(all));
    }
}
