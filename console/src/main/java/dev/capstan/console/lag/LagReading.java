package dev.capstan.console.lag;

import dev.capstan.platform.KafkaSettings;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

/** One reading of the lag, for whoever does not watch it. */
public final class LagReading {
    private LagReading() {}

    /**
     * Reads how far groups are behind, in at most about half a minute.
     *
     * @param groupTopics groups, each with the topics that it must read
     * @throws LagUnavailableException if the cluster does not answer
     */
    public static LagSnapshot once(KafkaSettings settings, Map<String, Set<String>> groupTopics, Clock clock) {
        // Nothing can have stood still between readings of which there is one.
        LagReader.Watched watched = new LagReader.Watched(groupTopics, Set.of(), Duration.ofDays(1));
        try (LagReader reader = new LagReader(settings, watched, clock)) {
            return reader.read(Map.of());
        }
    }
}
