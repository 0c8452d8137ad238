package dev.capstan.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.testing.KafkaExtension;
import dev.capstan.testing.TinyModels;
import dev.capstan.trainer.FaultyMain.Stage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Trainers in processes of their own that are killed with SIGKILL where a publish is most vulnerable. */
class TrainerCrashTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    /** The import is the first publish, so this one has a parent and pairs, and has pairs behind it. */
    private static final int FATAL_PUBLISH = 3;

    @TempDir
    Path directory;

    private final List<Process> processes = new ArrayList<>();
    private TrainerContext context;

    @BeforeAll
    static void provisionRegistry() {
        MockRegistry.provision(KAFKA.registryUrl());
    }

    @BeforeEach
    void setUp() {
        KAFKA.recreateTopics();
        context = new TrainerContext(KAFKA);
    }

    @AfterEach
    void tearDown() throws InterruptedException {
        for (Process process : processes) {
            process.destroyForcibly();
            process.waitFor();
        }
        context.close();
    }

    @ParameterizedTest
    @CsvSource({"BEFORE_TENSORS,2", "BEFORE_COMMIT,2", "AFTER_COMMIT,3"})
    void shouldGoOnFromTheLastCommittedCheckpointAfterSigkill(Stage stage, long committed) throws Exception {
        killAt(stage, "fake");
        long latest = context.latest().getLineage().getVersion();
        context.curate(20);

        start(Map.of(FaultyMain.MODEL, "fake"));

        context.awaitPublished(60);
        assertThat(latest).isEqualTo(committed);
        assertThat(context.seen()).isEqualTo(context.numbersWritten());
        assertThat(context.violations()).isEmpty();
        context.awaitLive(context.latest().getLineage().getVersion());
    }

    @Test
    void shouldGoOnWithARealModelAfterSigkill() throws Exception {
        TinyModels.random(3).writeDirectory(directory.resolve("base"));
        context.with("trainer.base-directory", directory.resolve("base").toString());
        killAt(Stage.BEFORE_COMMIT, "real");
        long stepsBefore = context.latest().getLineage().getStep();
        context.curate(20);

        start(Map.of(FaultyMain.MODEL, "real"));

        context.awaitPublished(60);
        assertThat(context.violations()).isEmpty();
        assertThat(context.latest().getLineage().getStep()).isGreaterThan(stepsBefore);
    }

    /** Lets a trainer publish twenty pairs, then kills it at a stage of publishing the next twenty. */
    private void killAt(Stage stage, String model) throws Exception {
        Path reached = directory.resolve("reached");
        context.with("trainer.checkpoint-interval", "1h").with("trainer.checkpoint-pairs", "20");
        Process doomed = start(Map.of(
                FaultyMain.MODEL,
                model,
                FaultyMain.STAGE,
                stage.name(),
                FaultyMain.PUBLISH,
                Integer.toString(FATAL_PUBLISH),
                FaultyMain.REACHED,
                reached.toString()));
        context.curate(20);
        context.awaitPublished(20);
        context.curate(20);
        await("stage " + stage).atMost(TrainerContext.PATIENCE).until(() -> Files.exists(reached));
        doomed.destroyForcibly();
        assertThat(doomed.waitFor(30, TimeUnit.SECONDS)).isTrue();
        context.with("trainer.checkpoint-interval", "200ms").with("trainer.checkpoint-pairs", "0");
    }

    private Process start(Map<String, String> faults) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                FaultyMain.class.getName());
        builder.environment().putAll(context.environment());
        builder.environment().putAll(faults);
        builder.inheritIO();
        Process process = builder.start();
        processes.add(process);
        return process;
    }
}
