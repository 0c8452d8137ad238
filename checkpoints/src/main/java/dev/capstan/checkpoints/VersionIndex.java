package dev.capstan.checkpoints;

import dev.capstan.checkpoints.RecordKeys.VersionKey;
import dev.capstan.schemas.Topics;
import java.util.HashMap;
import java.util.Map;

/** The newest version of every model, from the keys of checkpoints.lineage, which are never removed. One thread. */
final class VersionIndex {
    private final TopicCursor cursor;
    private final Map<String, Long> newest = new HashMap<>();

    VersionIndex(PartitionReader reader) {
        cursor = new TopicCursor(reader, Topics.CHECKPOINTS_LINEAGE.topicName());
    }

    void catchUp(Deadline deadline) {
        cursor.catchUp(
                deadline,
                record -> VersionKey.parse(record.key())
                        .ifPresent(key -> newest.merge(key.model(), key.version(), Math::max)));
    }

    /** The newest version, or 0 if the model has none. */
    long newest(String model) {
        return newest.getOrDefault(model, 0L);
    }

    /** Takes over a version that this process committed itself, which another's open transaction may still hide. */
    void committed(String model, long version) {
        newest.merge(model, version, Math::max);
    }
}
