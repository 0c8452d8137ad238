package dev.capstan.inference;

import dev.capstan.inference.loop.BatchStages;
import dev.capstan.inference.serving.ClipServingModel;
import dev.capstan.model.ModelDevice;
import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.ServiceMain;
import java.time.Clock;
import java.util.Set;

/** Runs inference as a process. */
public final class Main {
    private Main() {}

    /** @param arguments {@code --config FILE}, or nothing */
    public static void main(String[] arguments) {
        ServiceMain.run(InferenceConfig.SECTION, arguments, (given, environment, registry, tracing) -> {
            InferenceConfig config =
                    InferenceConfig.from(ConfigurationSource.load(given, environment, Set.of(InferenceConfig.SECTION)));
            ModelDevice device = ModelDevice.parse(config.device());
            return new InferenceService(
                    config,
                    (architecture, tensors) -> ClipServingModel.load(architecture, tensors, device),
                    registry,
                    BatchStages.none(),
                    Clock.systemUTC(),
                    tracing);
        });
    }
}
