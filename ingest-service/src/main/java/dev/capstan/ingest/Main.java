package dev.capstan.ingest;

import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.ServiceMain;
import java.time.Clock;
import java.util.Set;

/** Runs the ingest service as a process. */
public final class Main {

    private Main() {}

    /** Takes {@code --config FILE}; the environment wins over the file. */
    public static void main(String[] arguments) {
        ServiceMain.run("ingest", arguments, (given, environment, registry, tracing) -> {
            ConfigurationSource source = ConfigurationSource.load(given, environment, Set.of(IngestConfig.SECTION));
            return new IngestService(IngestConfig.from(source), Clock.systemUTC(), registry, tracing);
        });
    }
}
