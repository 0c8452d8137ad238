package dev.capstan.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.testing.KafkaExtension;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The Java example of the producer contract, as it stands in the documentation. */
class JavaProducerExampleTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    @TempDir
    Path directory;

    @Test
    void shouldWriteWhatTheContractSays() throws Exception {
        KAFKA.createTopics();
        Path picture = Files.write(directory.resolve("cat.png"), ProducerExamples.PICTURE);
        int compiled = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        null,
                        null,
                        "-proc:none",
                        "-classpath",
                        System.getProperty("java.class.path"),
                        "-d",
                        directory.toString(),
                        ProducerExamples.source("ProducePairs.java").toString());
        assertThat(compiled).isZero();

        try (URLClassLoader loader = new URLClassLoader(
                new URL[] {directory.toUri().toURL()}, getClass().getClassLoader())) {
            String[] arguments = {
                KAFKA.bootstrapServers(), KAFKA.registryUrl(), picture.toString(), ProducerExamples.TEXT
            };
            loader.loadClass("ProducePairs").getMethod("main", String[].class).invoke(null, (Object) arguments);
        }

        ProducerExamples.assertWritten(KAFKA.clientProperties(), "java-example");
    }
}
