package dev.capstan.console;

import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.ServiceMain;
import java.time.Clock;
import java.util.Set;

/** Runs the console as a process. */
public final class Main {
    private Main() {}

    /** @param arguments {@code --config FILE}, or nothing */
    public static void main(String[] arguments) {
        ServiceMain.run(ConsoleConfig.SECTION, arguments, (given, environment, registry, tracing) -> {
            ConsoleConfig config =
                    ConsoleConfig.from(ConfigurationSource.load(given, environment, Set.of(ConsoleConfig.SECTION)));
            return new ConsoleService(config, registry, Clock.systemUTC(), tracing);
        });
    }
}
