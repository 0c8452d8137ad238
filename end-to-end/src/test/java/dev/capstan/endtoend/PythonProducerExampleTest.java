package dev.capstan.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.broker.EmbeddedBroker;
import dev.capstan.schemas.Provisioning;
import dev.capstan.schemas.RegistryClients;
import dev.capstan.schemas.Topics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The Python example of the producer contract against a real registry. Needs a Python with
 * {@code docs/examples/requirements.txt}, named by {@code capstan.python}.
 */
@Tag("python")
class PythonProducerExampleTest {
    @TempDir
    Path directory;

    @Test
    void shouldWriteWhatTheContractSays() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("broker"), 0);
                RegistryProcess registry = RegistryProcess.start(directory)) {
            Map<String, Object> properties = Map.of(
                    "bootstrap.servers",
                    broker.bootstrapServers(),
                    RegistryClients.SCHEMA_REGISTRY_URL,
                    registry.url());
            Provisioning.ensure(properties, List.of(Topics.PAIRS_CRAWLED, Topics.PAIRS_LOCATED), true);
            Path picture = Files.write(directory.resolve("cat.png"), ProducerExamples.PICTURE);
            Path output = directory.resolve("python.out");

            Process python = new ProcessBuilder(
                            System.getProperty("capstan.python", "python3"),
                            ProducerExamples.source("produce_pairs.py").toString(),
                            broker.bootstrapServers(),
                            registry.url(),
                            picture.toString(),
                            ProducerExamples.TEXT)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();

            assertThat(python.waitFor(120, TimeUnit.SECONDS)).isTrue();
            assertThat(python.exitValue()).as(Files.readString(output)).isZero();
            ProducerExamples.assertWritten(properties, "python-example");
        }
    }
}
