package dev.capstan.ingest;

import dev.capstan.platform.ConfigurationSource;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Configurations for tests. */
final class TestConfig {
    private TestConfig() {}

    static IngestConfig withStateDirectory(Path stateDirectory) {
        return of(Map.of(), stateDirectory);
    }

    static IngestConfig of(Map<String, String> values, Path stateDirectory) {
        Map<String, String> all = new HashMap<>(Map.of(
                "bootstrap-servers", "127.0.0.1:1",
                "registry", "mock://unused",
                "ingest.state-directory", stateDirectory.toString()));
        all.putAll(values);
        return IngestConfig.from(ConfigurationSource.of(all));
    }
}
