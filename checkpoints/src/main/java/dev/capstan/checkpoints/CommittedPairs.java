package dev.capstan.checkpoints;

import java.util.OptionalLong;

/** Counts the committed pairs in a run of offsets of one partition. */
@FunctionalInterface
public interface CommittedPairs {
    /**
     * @param from first offset
     * @param to offset after the last
     * @return the count; empty if it cannot be known, because the run was deleted since
     */
    OptionalLong between(String topic, int partition, long from, long to);
}
