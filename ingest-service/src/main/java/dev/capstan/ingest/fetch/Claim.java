package dev.capstan.ingest.fetch;

import dev.capstan.ingest.fetch.offsets.PartitionProgress;

/**
 * A record that was taken up and must be finished.
 *
 * @param progress of its partition
 * @param offset in its partition
 * @param bytes its size
 */
record Claim(PartitionProgress progress, long offset, int bytes) {}
