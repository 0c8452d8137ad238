package dev.capstan.inference.score;

import dev.capstan.model.ModelDevice;
import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.ServiceMain;
import java.time.Clock;
import java.util.Set;

/** Runs the scorer as a process. */
public final class ScoreMain {
    private ScoreMain() {}

    /** @param arguments {@code --config FILE}, or nothing */
    public static void main(String[] arguments) {
        ServiceMain.run(ScoreConfig.SECTION, arguments, (given, environment, registry, tracing) -> {
            ScoreConfig config =
                    ScoreConfig.from(ConfigurationSource.load(given, environment, Set.of(ScoreConfig.SECTION)));
            ModelDevice device = ModelDevice.parse(config.device());
            return new ScoreService(
                    config,
                    (manifest, tensors) -> ClipScoringModel.load(manifest.getArchitecture(), tensors, device),
                    registry,
                    Clock.systemUTC(),
                    tracing);
        });
    }
}
