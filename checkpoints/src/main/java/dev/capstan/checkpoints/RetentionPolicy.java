package dev.capstan.checkpoints;

import java.time.Duration;
import java.util.Set;

/**
 * What stays in the log beside what is live. Lineage always stays.
 *
 * @param manifests newest manifests kept
 * @param trainingStates newest manifests whose training state is kept too
 * @param pinned versions kept whole, however old
 * @param grace how long no manifest must have named a tensor before it is removed
 * @param longestFetch longest time from reading a manifest to having fetched its tensors, over all readers; less than
 *     the grace
 * @param maxTombstones most records removed in one run
 */
public record RetentionPolicy(
        int manifests, int trainingStates, Set<Long> pinned, Duration grace, Duration longestFetch, int maxTombstones) {
    public RetentionPolicy {
        if (trainingStates < 1 || manifests < trainingStates) {
            throw new IllegalArgumentException("manifests " + manifests + " and trainingStates " + trainingStates
                    + ": at least one training state must stay, and no more of them than manifests");
        }
        if (longestFetch.isNegative() || grace.compareTo(longestFetch) <= 0) {
            throw new IllegalArgumentException(
                    "grace " + grace + " must be longer than the longest fetch " + longestFetch);
        }
        if (maxTombstones < 1) {
            throw new IllegalArgumentException("maxTombstones is " + maxTombstones + ", must be positive");
        }
        pinned = Set.copyOf(pinned);
    }

    /** Twenty manifests, two training states, five minutes of grace for fetches of at most two, 5,000 records a run. */
    public static RetentionPolicy defaults() {
        return new RetentionPolicy(20, 2, Set.of(), Duration.ofMinutes(5), Duration.ofMinutes(2), 5_000);
    }
}
