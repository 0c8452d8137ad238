package dev.capstan.endtoend.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.Setting;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * docs/configuration.md says what the configuration records say: keys, defaults and limits as they are read, meanings from the
 * records' Javadoc. {@code mvn verify -Dquick -pl end-to-end -am -Dtest='*ReferenceTest' -Dcapstan.write-reference=true
 * -Dsurefire.failIfNoSpecifiedTests=false} writes it anew.
 */
final class ConfigurationReferenceTest {
    /**
     * @param title what people call it
     * @param sources directory of its sources
     * @param except a directory below it that belongs to another part
     * @param configuration the record
     */
    private record Part(String title, Path sources, Optional<Path> except, String configuration) {
        static Part of(String title, String module, String configuration) {
            return new Part(title, mainSources(module), Optional.empty(), configuration);
        }

        ComponentDocs docs() throws IOException {
            return ComponentDocs.of(sources, except);
        }

        String simpleName() {
            return configuration.substring(configuration.lastIndexOf('.') + 1);
        }
    }

    private static final Path FETCH = mainSources("ingest-service").resolve("dev/capstan/ingest/fetch");

    private static final List<Part> PARTS = List.of(
            new Part("Ingest", mainSources("ingest-service"), Optional.of(FETCH), "dev.capstan.ingest.IngestConfig"),
            new Part("Fetch", FETCH, Optional.empty(), "dev.capstan.ingest.fetch.FetchConfig"),
            Part.of("Trainer", "trainer-service", "dev.capstan.trainer.TrainerConfig"),
            Part.of("Inference", "inference-service", "dev.capstan.inference.InferenceConfig"),
            Part.of("Score", "inference-service", "dev.capstan.inference.score.ScoreConfig"),
            Part.of("Console", "console", "dev.capstan.console.ConsoleConfig"));

    private static final String INTRODUCTION = """
            # Configuration

            Every key of every service. A key `trainer.batch-size` is the environment variable `CAPSTAN_TRAINER_BATCH_SIZE`; variables win over
            the properties file that `CAPSTAN_CONFIG` or `--config` names. All errors are reported together, and unknown keys are refused.
            This page is written by a test from the configuration records (`ConfigurationReferenceTest`): change them, not it.

            Every service reads `bootstrap-servers` (`CAPSTAN_BOOTSTRAP_SERVERS`) and `registry` (`CAPSTAN_REGISTRY`), both required, and hands every key
            under `kafka.` (`CAPSTAN_KAFKA_SECURITY_PROTOCOL` is `security.protocol`) to its Kafka clients. Beside these, each process reads
            `CAPSTAN_HEALTH_HOST` (127.0.0.1), `CAPSTAN_HEALTH_PORT` (0: no server) for `/health/live`, `/health/ready` and `/metrics`,
            and `CAPSTAN_LOG_LEVEL` (INFO).

            Traces are configured by OpenTelemetry's own variables. `OTEL_TRACES_EXPORTER` (none) is `otlp` to switch them on; `OTEL_EXPORTER_OTLP_ENDPOINT`
            (http://localhost:4318) is the collector, over HTTP; `OTEL_TRACES_SAMPLER_ARG` (0.01) is the share of traces that begin here and are kept, with the
            sampler `OTEL_TRACES_SAMPLER` (parentbased_traceidratio); `OTEL_BSP_MAX_QUEUE_SIZE` (2048) bounds the spans that wait, and further ones are dropped;
            `OTEL_SERVICE_NAME` (capstan-ingest and so on), `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_EXPORTER_OTLP_HEADERS` and the others are as the SDK has them.
            """;

    @Test
    void shouldListEveryKeyWithItsMeaning() throws IOException, ReflectiveOperationException {
        StringBuilder page = new StringBuilder(INTRODUCTION);
        List<String> unexplained = new ArrayList<>();
        ComponentDocs shared = ComponentDocs.of(mainSources("platform"), Optional.empty());
        for (Part part : PARTS) {
            ComponentDocs docs = part.docs();
            page.append("\n## ")
                    .append(part.title())
                    .append("\n\n| key | default | may be | meaning |\n|---|---|---|---|\n");
            for (Setting setting : settings(part)) {
                if (!setting.key().contains(".")) {
                    continue;
                }
                Optional<String> meaning = docs.meaning(part.simpleName(), setting.key())
                        .or(() -> shared.meaning(part.simpleName(), setting.key()));
                if (meaning.isEmpty()) {
                    unexplained.add(setting.key());
                }
                page.append("| `%s` | %s | %s | %s |\n"
                        .formatted(setting.key(), written(setting.fallback()), expected(setting), meaning.orElse("")));
            }
        }

        assertThat(unexplained)
                .as("keys whose component no Javadoc explains: name the key there, as ({@code replay-run})")
                .isEmpty();
        ReferencePage.requireEqual(Path.of("docs/configuration.md"), page.toString());
    }

    private static List<Setting> settings(Part part) throws ReflectiveOperationException {
        ConfigurationSource source = ConfigurationSource.of(
                Map.of("bootstrap-servers", "127.0.0.1:9092", "registry", "http://127.0.0.1:8081"));
        // A service's record is its own affair, and no class of another module should need it.
        Method from = Class.forName(part.configuration()).getDeclaredMethod("from", ConfigurationSource.class);
        from.setAccessible(true);
        from.invoke(null, source);
        return source.settings();
    }

    private static Path mainSources(String module) {
        return ReferencePage.ROOT.resolve(module).resolve("src/main/java");
    }

    private static String expected(Setting setting) {
        return setting.expected()
                .replaceFirst("a duration such as .*", "a duration")
                .replaceFirst(" from (\\d+) to " + Long.MAX_VALUE, " of at least $1");
    }

    private static String written(String fallback) {
        return fallback.isEmpty() ? "" : "`" + fallback + "`";
    }
}
