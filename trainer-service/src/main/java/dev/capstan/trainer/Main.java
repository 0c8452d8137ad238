package dev.capstan.trainer;

import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.ServiceMain;
import java.time.Clock;
import java.util.Set;

/** The trainer as a process. */
public final class Main {
    /** Exit code of a trainer that another one of the same model has fenced: started again, it would take over in turn. */
    public static final int FENCED = 3;

    private Main() {}

    /** Runs until SIGTERM; exit codes are those of {@link ServiceMain} and of {@link TrainerLoop.Ending}. */
    public static void main(String[] arguments) {
        ServiceMain.run(
                "trainer",
                arguments,
                (given, environment, registry, tracing) -> TrainerService.of(
                        ConfigurationSource.load(given, environment, Set.of("trainer")),
                        registry,
                        Clock.systemUTC(),
                        tracing));
    }
}
