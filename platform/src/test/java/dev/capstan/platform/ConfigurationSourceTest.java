package dev.capstan.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigurationSourceTest {
    private record Sample(int batchSize, Duration interval, double rate, boolean enabled, List<String> names) {
        static Sample from(ConfigurationSource source) {
            int batchSize = source.integer("trainer.batch-size", 128, 1, 4096);
            Duration interval = source.duration("trainer.interval", Duration.ofSeconds(15));
            double rate = source.decimal("trainer.rate", 0.5, 0, 1);
            boolean enabled = source.flag("trainer.enabled", true);
            List<String> names = source.list("trainer.names", List.of("a"));
            return source.finish(() -> new Sample(batchSize, interval, rate, enabled, names));
        }
    }

    @TempDir
    Path directory;

    @Test
    void shouldUseDefaultsWhereNothingIsGiven() {
        Sample sample = Sample.from(ConfigurationSource.of(Map.of()));

        assertThat(sample).isEqualTo(new Sample(128, Duration.ofSeconds(15), 0.5, true, List.of("a")));
    }

    @Test
    void shouldPreferTheEnvironmentToTheFile() throws IOException {
        Path file = directory.resolve("trainer.properties");
        Files.writeString(file, "trainer.batch-size=7\ntrainer.interval=250ms\ntrainer.names = x , y,\n");
        Map<String, String> environment = Map.of(
                "CAPSTAN_CONFIG", file.toString(),
                "CAPSTAN_TRAINER_BATCH_SIZE", "9",
                "CAPSTAN_TRAINER_ENABLED", "false",
                "CAPSTAN_INGEST_MAX_SIDE", "64",
                "HOME", "/root");

        Sample sample = Sample.from(ConfigurationSource.load(new String[0], environment, Set.of("trainer")));

        assertThat(sample).isEqualTo(new Sample(9, Duration.ofMillis(250), 0.5, false, List.of("x", "y")));
    }

    @Test
    void shouldReportEveryErrorTogether() {
        Map<String, String> values = Map.of(
                "trainer.batch-size", "0",
                "trainer.interval", "15",
                "trainer.rate", "NaN",
                "trainer.enabled", "yes",
                "trainer.bach-size", "3");

        assertThatThrownBy(() -> Sample.from(ConfigurationSource.of(values)))
                .isInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("5 errors")
                .hasMessageContaining(
                        "trainer.batch-size (CAPSTAN_TRAINER_BATCH_SIZE) is \"0\": give a whole number from 1 to 4096")
                .hasMessageContaining("trainer.interval")
                .hasMessageContaining("trainer.rate")
                .hasMessageContaining("trainer.enabled")
                .hasMessageContaining("trainer.bach-size (CAPSTAN_TRAINER_BACH_SIZE) is unknown");
    }

    @Test
    void shouldRefuseVariablesOfNoPart() {
        Map<String, String> environment = Map.of("CAPSTAN_TRANER_RATE", "0.1");

        assertThatThrownBy(() -> Sample.from(ConfigurationSource.load(new String[0], environment, Set.of("trainer"))))
                .isInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("CAPSTAN_TRANER_RATE");
    }

    @Test
    void shouldHandKafkaKeysToTheClients() {
        Map<String, String> environment = Map.of(
                "CAPSTAN_BOOTSTRAP_SERVERS", "broker:9092",
                "CAPSTAN_REGISTRY", "http://registry:8081",
                "CAPSTAN_KAFKA_SECURITY_PROTOCOL", "SSL");

        ConfigurationSource source = ConfigurationSource.load(new String[0], environment, Set.of("trainer"));
        KafkaSettings read = KafkaSettings.from(source);
        KafkaSettings settings = source.finish(() -> read);

        assertThat(settings.producerProperties())
                .containsEntry("security.protocol", "SSL")
                .containsEntry("bootstrap.servers", "broker:9092")
                .containsEntry("schema.registry.url", "http://registry:8081")
                .containsEntry("acks", "all");
    }
}
