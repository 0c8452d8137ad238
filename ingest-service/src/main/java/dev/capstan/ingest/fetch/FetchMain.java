package dev.capstan.ingest.fetch;

import dev.capstan.ingest.fetch.web.NameLookup;
import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.ServiceMain;
import java.time.Clock;
import java.util.Set;

/** Runs fetch as a process. */
public final class FetchMain {

    private FetchMain() {}

    /** Takes {@code --config FILE}; the environment wins over the file. */
    public static void main(String[] arguments) {
        ServiceMain.run("fetch", arguments, (given, environment, registry, tracing) -> {
            ConfigurationSource source = ConfigurationSource.load(given, environment, Set.of(FetchConfig.SECTION));
            FetchConfig config = FetchConfig.from(source);
            return new FetchService(
                    config, new FetchClients(config), NameLookup.SYSTEM, Clock.systemUTC(), registry, tracing);
        });
    }
}
