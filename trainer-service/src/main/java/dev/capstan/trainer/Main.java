package dev.capstan.trainer;

import dev.capstan.checkpoints.PublishStages;
import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.ServiceMain;
import java.time.Clock;
import java.util.Set;

/** The trainer as a process. */
public final class Main {
    private Main() {}

    /** Runs until SIGTERM; exit codes are those of {@link ServiceMain} and of {@link TrainerLoop.Ending}. */
    public static void main(String[] arguments) {
        ServiceMain.run("trainer", arguments, (given, environment, registry) -> {
            TrainerConfig config = TrainerConfig.from(ConfigurationSource.load(given, environment, Set.of("trainer")));
            return new TrainerService(
                    config, registry, new TraineeModels(config), PublishStages.none(), Clock.systemUTC());
        });
    }
}
