package dev.capstan.checkpoints;

/**
 * Something in a lineage that contradicts "each pair first-trained exactly once".
 *
 * @param kind what is wrong
 * @param version version whose lineage record shows it
 * @param detail one sentence with the values
 */
public record LineageViolation(Kind kind, long version, String detail) {
    /** What can be wrong. */
    public enum Kind {
        /** The same version stands twice. */
        REPEATED_VERSION,
        /** The parent is not in the lineage, or not older. */
        IMPOSSIBLE_PARENT,
        /** A shard ends before it begins, or holds more pairs than offsets, or none. */
        IMPOSSIBLE_SHARD,
        /** Offsets were trained for the first time twice. */
        OVERLAP,
        /** Pairs between two shards, or between shards and offsets, were never trained. */
        GAP,
        /** A partition that the parent had a position of has none. */
        LOST_POSITION,
        /** The position of a partition lies before what was trained or before the parent's. */
        POSITION_BEHIND,
        /** The number of pairs is not that of the shards, or not that of the topic. */
        WRONG_PAIRS,
        /** A replay was drawn from pairs that were not trained yet. */
        REPLAY_AHEAD
    }
}
