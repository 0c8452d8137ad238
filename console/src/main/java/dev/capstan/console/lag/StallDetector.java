package dev.capstan.console.lag;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Tells a group that is slow from one that stands still: a partition is stalled once it has had lag for a time without one
 * commit. Not thread-safe.
 */
final class StallDetector {
    private final Duration patience;
    private final Map<GroupPartition, Standing> standing = new HashMap<>();

    private record Standing(long next, Instant since) {}

    /** @param patience how long a partition with lag may stand still */
    StallDetector(Duration patience) {
        this.patience = patience;
    }

    /** Notes where a group is, and says whether it is stalled there. */
    boolean observe(GroupPartition partition, long next, long records, Instant now) {
        if (records == 0) {
            standing.remove(partition);
            return false;
        }
        Standing before = standing.get(partition);
        if (before == null || before.next() != next) {
            standing.put(partition, new Standing(next, now));
            return false;
        }
        return Duration.between(before.since(), now).compareTo(patience) >= 0;
    }

    /** Forgets every partition that is not there any more. */
    void retain(Set<GroupPartition> partitions) {
        standing.keySet().retainAll(partitions);
    }
}
