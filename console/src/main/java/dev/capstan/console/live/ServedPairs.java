package dev.capstan.console.live;

import dev.capstan.platform.Freshness;
import dev.capstan.schemas.records.CheckpointLineage;
import dev.capstan.schemas.records.CrawledCount;
import dev.capstan.schemas.records.ReloadEvent;
import dev.capstan.schemas.records.ReloadOutcome;
import java.time.Instant;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Counts how old pairs are when a version that has learnt them is served for the first time, by any instance. What a version has learnt
 * its descendants know, so the first of them that is served serves its pairs as well. Lineages and reloads come from different topics, and
 * so in any order. Of the newest {@value #MAX_VERSIONS} versions; the follower's thread only.
 */
public final class ServedPairs {
    private static final int MAX_VERSIONS = 1000;

    private final String model;
    private final Freshness freshness;
    private final TreeMap<Long, Version> versions = new TreeMap<>();
    /** When versions were served whose lineage was not read yet. */
    private final TreeMap<Long, Instant> servedUnknown = new TreeMap<>();

    /** @param crawled null once they were served */
    private record Version(@Nullable Long parent, @Nullable List<CrawledCount> crawled) {}

    /** @param model whose versions are counted */
    public ServedPairs(String model, Freshness freshness) {
        this.model = model;
        this.freshness = freshness;
    }

    /** @param counts whether it came after the console started: one that restarts does not count again what it counted before */
    void checkpoint(CheckpointLineage lineage, boolean counts) {
        long version = lineage.getVersion();
        if (!lineage.getModel().equals(model) || versions.containsKey(version)) {
            return;
        }
        versions.put(version, new Version(lineage.getParent(), counts ? List.copyOf(lineage.getCrawled()) : List.of()));
        bound(versions);
        Instant served = servedUnknown.remove(version);
        if (served != null) {
            serve(version, served);
        }
    }

    void reload(ReloadEvent event) {
        if (event.getModel().equals(model) && event.getOutcome() == ReloadOutcome.SERVING) {
            serve(event.getVersion(), event.getFinishedAt());
        }
    }

    private void serve(long newest, Instant at) {
        Long next = newest;
        while (next != null) {
            Version version = versions.get(next);
            if (version == null) {
                servedUnknown.putIfAbsent(next, at);
                bound(servedUnknown);
                return;
            }
            List<CrawledCount> crawled = version.crawled();
            if (crawled == null) {
                // So are its ancestors.
                return;
            }
            crawled.forEach(group -> freshness.reached(group.getCrawledAt(), at, group.getPairs()));
            versions.put(next, new Version(version.parent(), null));
            next = version.parent();
        }
    }

    private static void bound(NavigableMap<Long, ?> map) {
        if (map.size() > MAX_VERSIONS) {
            map.pollFirstEntry();
        }
    }
}
