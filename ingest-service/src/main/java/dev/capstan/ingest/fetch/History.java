package dev.capstan.ingest.fetch;

import dev.capstan.schemas.records.PostponedPair;
import java.time.Instant;
import java.util.Optional;

/**
 * What happened to a pair before.
 *
 * @param attempts attempts that failed
 * @param deferrals times that it was put off without an attempt
 * @param firstTriedAt when the first of these was
 * @param notBefore not to be attempted earlier
 * @param topic topic of the original record
 * @param partition partition of the original record
 * @param offset offset of the original record
 */
record History(
        int attempts,
        int deferrals,
        Optional<Instant> firstTriedAt,
        Instant notBefore,
        String topic,
        int partition,
        long offset) {

    static History none(String topic, int partition, long offset) {
        return new History(0, 0, Optional.empty(), Instant.EPOCH, topic, partition, offset);
    }

    static History of(PostponedPair postponed) {
        return new History(
                postponed.getAttempts(),
                postponed.getDeferrals(),
                Optional.of(postponed.getFirstTriedAt()),
                postponed.getNotBefore(),
                postponed.getTopic(),
                postponed.getPartition(),
                postponed.getOffset());
    }

    /** The key of what is said about the original record. */
    String origin() {
        return topic + "-" + partition + "-" + offset;
    }
}
