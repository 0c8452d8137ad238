package dev.capstan.local.curation;

import dev.capstan.ingest.Rehearsal;
import dev.capstan.ingest.Rehearsal.Fate;
import dev.capstan.ingest.Rehearsal.Kept;
import dev.capstan.ingest.filter.CurationPolicy;
import dev.capstan.local.curation.RangeReader.Range;
import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.PoisonRecordException;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.RejectedPair;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/**
 * Runs a range of {@code pairs.crawled} through curation again, under another policy, and compares with what was said of
 * each pair before. Nothing that the services use is written to. In memory it holds one byte an offset of the range.
 *
 * <p>One thread.
 */
public final class PolicyReplay {
    /** What is said of a pair that no rule refuses. */
    public static final String KEPT = "kept";

    /** What was said before of a pair that ingest has not come to. */
    public static final String NOT_JUDGED = "(not judged yet)";

    private static final int EXAMPLES = 3;
    private static final int MAX_VERSIONS = 16;
    private static final long TIMEOUT_SECONDS = 30;

    private final KafkaSettings settings;
    private final Plan plan;
    private final SortedMap<String, Long> before = new TreeMap<>();
    private final SortedMap<String, Long> now = new TreeMap<>();
    private final SortedMap<Change, Moved> changes = new TreeMap<>();
    private final SortedSet<String> versions = new TreeSet<>();
    private long read;
    private long heldOut;
    private long unreadable;

    /**
     * What is to be run.
     *
     * @param from records of this time or later; all if empty
     * @param to records before this time; up to now if empty
     * @param ingestGroup the group of the ingest service, whose offsets say what it has judged
     * @param sideTopic where kept pairs go, or empty to count only
     * @param retention how long the side topic keeps them
     */
    public record Plan(
            CurationPolicy policy,
            Optional<Instant> from,
            Optional<Instant> to,
            String ingestGroup,
            Optional<String> sideTopic,
            Duration retention) {}

    /** From one verdict to another. */
    public record Change(String from, String to) implements Comparable<Change> {
        @Override
        public int compareTo(Change other) {
            int first = from.compareTo(other.from);
            return first != 0 ? first : to.compareTo(other.to);
        }
    }

    /**
     * The pairs that moved.
     *
     * @param examples coordinates of the first few
     */
    public record Moved(long pairs, List<String> examples) {
        public Moved {
            examples = List.copyOf(examples);
        }

        Moved with(String coordinates) {
            if (examples.size() == EXAMPLES) {
                return new Moved(pairs + 1, examples);
            }
            List<String> more = new ArrayList<>(examples);
            more.add(coordinates);
            return new Moved(pairs + 1, more);
        }
    }

    /**
     * The difference.
     *
     * @param read pairs of the range
     * @param before pairs by what was said of them: {@link #KEPT}, {@link #NOT_JUDGED} or a rule
     * @param now pairs by what the policy says
     * @param changes what is said of a pair now and was not before
     * @param heldOut pairs that the policy keeps and holds out: they are not in the side topic
     * @param unreadable records of pairs.rejected that cannot be read: what they refused counts as kept before
     * @param versionsBefore versions of the policies that refused pairs of the range before
     */
    public record Difference(
            long read,
            SortedMap<String, Long> before,
            SortedMap<String, Long> now,
            SortedMap<Change, Moved> changes,
            long heldOut,
            long unreadable,
            SortedSet<String> versionsBefore) {
        public Difference {
            before = Collections.unmodifiableSortedMap(new TreeMap<>(before));
            now = Collections.unmodifiableSortedMap(new TreeMap<>(now));
            changes = Collections.unmodifiableSortedMap(new TreeMap<>(changes));
            versionsBefore = Collections.unmodifiableSortedSet(new TreeSet<>(versionsBefore));
        }
    }

    private PolicyReplay(KafkaSettings settings, Plan plan) {
        this.settings = settings;
        this.plan = plan;
    }

    /** The side topic that goes with a policy. */
    public static String sideTopic(CurationPolicy policy) {
        return SideTopic.nameOf(policy.version());
    }

    /**
     * Runs the range.
     *
     * @throws CurationException if a topic cannot be read, the range is too long, or the side topic exists
     */
    public static Difference run(KafkaSettings settings, Plan plan, Clock clock, ReadingProgress progress) {
        PolicyReplay replay = new PolicyReplay(settings, plan);
        try (RangeReader reader = new RangeReader(settings, progress)) {
            Map<TopicPartition, Range> ranges = reader.between(Topics.PAIRS_CRAWLED, plan.from(), plan.to());
            Verdicts said = replay.said(reader, ranges);
            Map<TopicPartition, Long> judged = replay.judged(ranges);
            try (Rehearsal rehearsal = new Rehearsal(plan.policy(), settings, clock);
                    @Nullable
                            SideTopic side = plan.sideTopic()
                                    .map(name -> SideTopic.create(settings, name, plan.retention()))
                                    .orElse(null)) {
                for (Topics table : List.of(Topics.LABELS_SETS, Topics.TAKEDOWNS)) {
                    reader.read(reader.all(table), record -> rehearsal.know(table, record.key(), record.value()));
                }
                reader.read(ranges, record -> {
                    Fate fate = rehearsal.examine(record.key(), record.value(), record.timestamp());
                    replay.compare(record, said, judged, fate);
                    if (side != null && fate instanceof Kept kept && kept.destination() == Topics.PAIRS_CURATED) {
                        side.write(kept);
                    }
                });
                if (side != null) {
                    side.flush();
                }
            }
        }
        return new Difference(
                replay.read,
                replay.before,
                replay.now,
                replay.changes,
                replay.heldOut,
                replay.unreadable,
                replay.versions);
    }

    private void compare(
            ConsumerRecord<byte[], byte[]> record, Verdicts said, Map<TopicPartition, Long> judged, Fate fate) {
        TopicPartition partition = new TopicPartition(record.topic(), record.partition());
        boolean known = record.offset() < judged.getOrDefault(partition, 0L);
        String then = said.get(partition, record.offset(), known ? KEPT : NOT_JUDGED);
        String today = fate.rule().orElse(KEPT);
        read++;
        before.merge(then, 1L, Long::sum);
        now.merge(today, 1L, Long::sum);
        if (fate instanceof Kept kept && kept.destination() == Topics.PAIRS_HELDOUT) {
            heldOut++;
        }
        if (!then.equals(today)) {
            String place = record.topic() + "-" + record.partition() + "-" + record.offset();
            changes.merge(new Change(then, today), new Moved(1, List.of(place)), (moved, one) -> moved.with(place));
        }
    }

    /** What was said of the range's pairs that were refused. */
    private Verdicts said(RangeReader reader, Map<TopicPartition, Range> ranges) {
        Verdicts said = new Verdicts(ranges);
        try (AvroDeserializer<RejectedPair> records = new AvroDeserializer<>(RejectedPair.class)) {
            records.configure(settings.clientProperties(), false);
            reader.read(reader.all(Topics.PAIRS_REJECTED), record -> {
                try {
                    RejectedPair refused = records.deserialize(record.topic(), record.value());
                    if (refused != null) {
                        note(said, ranges, refused);
                    }
                } catch (PoisonRecordException e) {
                    // Of what it refused nothing can be known.
                    unreadable++;
                }
            });
        }
        return said;
    }

    private void note(Verdicts said, Map<TopicPartition, Range> ranges, RejectedPair refused) {
        TopicPartition partition = new TopicPartition(refused.getTopic(), refused.getPartition());
        Range range = ranges.get(partition);
        if (range == null || refused.getOffset() < range.first() || refused.getOffset() >= range.end()) {
            return;
        }
        said.put(partition, refused.getOffset(), refused.getRule());
        if (versions.size() < MAX_VERSIONS) {
            versions.add(refused.getPolicyVersion());
        }
    }

    /** Up to where ingest has judged each partition. */
    private Map<TopicPartition, Long> judged(Map<TopicPartition, Range> ranges) {
        try (Admin admin = Admin.create(settings.clientProperties())) {
            Map<TopicPartition, Long> judged = new HashMap<>();
            Map<TopicPartition, OffsetAndMetadata> committed = admin.listConsumerGroupOffsets(plan.ingestGroup())
                    .partitionsToOffsetAndMetadata()
                    .get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            for (TopicPartition partition : ranges.keySet()) {
                @Nullable OffsetAndMetadata offset = committed.get(partition);
                if (offset != null) {
                    judged.put(partition, offset.offset());
                }
            }
            return judged;
        } catch (ExecutionException | TimeoutException e) {
            throw new CurationException("The offsets of group " + plan.ingestGroup() + " cannot be read: " + e);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }
}
