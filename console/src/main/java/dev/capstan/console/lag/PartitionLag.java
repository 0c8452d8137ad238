package dev.capstan.console.lag;

import java.util.OptionalDouble;

/**
 * How far a group is behind on one partition.
 *
 * @param of the group and the partition
 * @param next the offset that the group reads next: what it committed, or the first that is kept
 * @param end offset behind the last committed record
 * @param records offsets from next to end; 0 if there are only transaction markers between
 * @param seconds age of the oldest record that the group has not committed, 0 without lag, empty if it could not be read
 *     in time
 * @param stalled whether the group has lag and has not moved for longer than it may
 */
public record PartitionLag(
        GroupPartition of, long next, long end, long records, OptionalDouble seconds, boolean stalled) {}
