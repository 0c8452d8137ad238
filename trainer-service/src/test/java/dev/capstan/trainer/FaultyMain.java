package dev.capstan.trainer;

import dev.capstan.checkpoints.PublishStages;
import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.ServiceMain;
import dev.capstan.schemas.records.TrainingMode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/**
 * The trainer's {@link Main} with a place to die: at a given stage of a given publish it makes a file and waits for ever,
 * so that a test can kill the process there. With {@value #MODEL} set to fake it trains the model of {@link FakeModels}.
 */
public final class FaultyMain {
    static final String MODEL = "FAULTY_TRAINER_MODEL";
    static final String STAGE = "FAULTY_TRAINER_STAGE";
    static final String PUBLISH = "FAULTY_TRAINER_PUBLISH";
    static final String REACHED = "FAULTY_TRAINER_REACHED";

    /** Stages to die at. */
    enum Stage {
        NONE,
        BEFORE_TENSORS,
        BEFORE_COMMIT,
        AFTER_COMMIT
    }

    private FaultyMain() {}

    public static void main(String[] arguments) {
        ServiceMain.run("trainer", arguments, (given, environment, registry, tracing) -> {
            TrainerConfig config = TrainerConfig.from(ConfigurationSource.load(given, environment, Set.of("trainer")));
            MockRegistry.provision(config.kafka().registryUrl());
            Models models = "fake".equals(environment.get(MODEL))
                    ? new FakeModels(TrainingMode.JOINT)
                    : new TraineeModels(config);
            return new TrainerService(config, registry, models, stages(environment), Clock.systemUTC(), tracing);
        });
    }

    private static PublishStages stages(Map<String, String> environment) {
        Stage fatal = Stage.valueOf(environment.getOrDefault(STAGE, Stage.NONE.name()));
        long publish = Long.parseLong(environment.getOrDefault(PUBLISH, "0"));
        Path reached = Path.of(environment.getOrDefault(REACHED, "unset"));
        return new PublishStages() {
            private long publishes;

            @Override
            public void beforeTensors() {
                publishes++;
                dieAt(Stage.BEFORE_TENSORS);
            }

            @Override
            public void beforeCommit() {
                dieAt(Stage.BEFORE_COMMIT);
            }

            @Override
            public void afterCommit() {
                dieAt(Stage.AFTER_COMMIT);
            }

            private void dieAt(Stage stage) {
                if (stage != fatal || publishes != publish) {
                    return;
                }
                try {
                    Files.createFile(reached);
                    new CountDownLatch(1).await();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        };
    }
}
