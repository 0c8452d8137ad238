package dev.capstan.console.lag;

import dev.capstan.console.lag.OldestRecords.Run;
import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.Topics;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/**
 * Reads how far groups are behind. A read costs a few requests whatever the lag, and one small fetch for each partition
 * whose group has moved. One thread at a time; {@link #wakeup} from any.
 *
 * <p>Beside consumer groups there are <em>positions</em>: offsets that somebody else keeps, under a group's name. The
 * checkpoint that is served has such offsets, so that its lag is the age of the oldest pair that it has not learnt.
 */
final class LagReader implements AutoCloseable {
    private static final Duration READ_LIMIT = Duration.ofSeconds(3);
    private static final int MAX_PARTITIONS = 4096;
    private static final long TIMEOUT_SECONDS = 10;

    /** Records wait there for their time on purpose: their age is no lag, and a partition that stands still is none that stalls. */
    private static final String WAITING = Topics.PAIRS_LOCATED_RETRY.topicName();

    private final Watched watched;
    private final Clock clock;
    private final Admin admin;
    private final OldestRecords oldest;
    private final StallDetector stalls;

    /**
     * What to look at.
     *
     * @param groups consumer groups, each with the topics that it must read: they have lag before the first commit
     * @param topics further topics whose ends are wanted
     * @param stallAfter how long a partition with lag may stand still
     */
    record Watched(Map<String, Set<String>> groups, Set<String> topics, Duration stallAfter) {
        Watched {
            groups = Map.copyOf(groups);
            topics = Set.copyOf(topics);
        }
    }

    LagReader(KafkaSettings settings, Watched watched, Clock clock) {
        this.watched = watched;
        this.clock = clock;
        stalls = new StallDetector(watched.stallAfter());
        admin = Admin.create(settings.clientProperties());
        oldest = new OldestRecords(settings.clientProperties());
    }

    /**
     * @param positions offsets to read next by name and partition, kept outside of consumer groups
     * @throws LagUnavailableException if the cluster does not answer
     */
    LagSnapshot read(Map<String, Map<TopicPartition, Long>> positions) {
        Map<GroupPartition, Long> next = committed();
        positions.forEach((name, offsets) ->
                offsets.forEach((partition, offset) -> next.put(new GroupPartition(name, partition), offset)));
        Set<TopicPartition> partitions = partitions();
        next.keySet().forEach(one -> partitions.add(one.partition()));
        Map<TopicPartition, Long> starts = offsets(partitions, OffsetSpec.earliest());
        Map<TopicPartition, Long> ends = offsets(partitions, OffsetSpec.latest());
        watched.groups()
                .forEach((group, topics) -> partitions.stream()
                        .filter(partition -> topics.contains(partition.topic()))
                        .forEach(partition -> next.putIfAbsent(new GroupPartition(group, partition), 0L)));
        return measure(next, starts, ends);
    }

    void wakeup() {
        oldest.wakeup();
    }

    @Override
    public void close() {
        oldest.close();
        admin.close(Duration.ofSeconds(5));
    }

    private LagSnapshot measure(
            Map<GroupPartition, Long> next, Map<TopicPartition, Long> starts, Map<TopicPartition, Long> ends) {
        Map<GroupPartition, Run> runs = new TreeMap<>();
        Map<Run, Long> lagging = new HashMap<>();
        next.forEach((one, offset) -> {
            Long end = ends.get(one.partition());
            if (end == null || runs.size() >= MAX_PARTITIONS) {
                return;
            }
            Run run = new Run(one.partition(), Math.max(offset, starts.getOrDefault(one.partition(), 0L)));
            runs.put(one, run);
            if (run.from() < end) {
                lagging.put(run, end);
            }
        });
        Map<Run, OptionalLong> times = oldest.times(lagging, READ_LIMIT);
        Instant now = clock.instant();
        List<PartitionLag> lags = new ArrayList<>();
        runs.forEach((one, run) -> lags.add(lag(one, run, lagging.get(run), Optional.ofNullable(times.get(run)), now)));
        stalls.retain(runs.keySet());
        return new LagSnapshot(now, lags, ends);
    }

    /**
     * @param end end of a run with lag, or null
     * @param time what was read of it: absent if it was not reached, and empty if it has markers only
     */
    private PartitionLag lag(
            GroupPartition one, Run run, @Nullable Long end, Optional<OptionalLong> time, Instant now) {
        if (end == null || (time.isPresent() && time.get().isEmpty())) {
            stalls.observe(one, run.from(), 0, now);
            return new PartitionLag(one, run.from(), end == null ? run.from() : end, 0, OptionalDouble.of(0), false);
        }
        long records = end - run.from();
        OptionalDouble seconds = time.isEmpty()
                ? OptionalDouble.empty()
                : OptionalDouble.of(Math.max(0, now.toEpochMilli() - time.get().getAsLong()) / 1000.0);
        return new PartitionLag(one, run.from(), end, records, seconds, stalls.observe(one, run.from(), records, now));
    }

    private Map<GroupPartition, Long> committed() {
        Map<GroupPartition, Long> next = new HashMap<>();
        for (String group : watched.groups().keySet()) {
            answer(
                            admin.listConsumerGroupOffsets(Map.of(group, new ListConsumerGroupOffsetsSpec()))
                                    .partitionsToOffsetAndMetadata(group),
                            "the offsets of group " + group)
                    .ifPresent(offsets -> offsets.forEach((partition, offset) -> {
                        if (offset != null && !partition.topic().equals(WAITING)) {
                            next.put(new GroupPartition(group, partition), offset.offset());
                        }
                    }));
        }
        return next;
    }

    private Set<TopicPartition> partitions() {
        Set<String> topics = new HashSet<>(watched.topics());
        watched.groups().values().forEach(topics::addAll);
        Set<TopicPartition> partitions = new HashSet<>();
        Map<String, KafkaFuture<TopicDescription>> described =
                admin.describeTopics(topics).topicNameValues();
        described.forEach((topic, future) -> answer(future, "topic " + topic)
                .ifPresent(description -> description
                        .partitions()
                        .forEach(info -> partitions.add(new TopicPartition(topic, info.partition())))));
        return partitions;
    }

    private Map<TopicPartition, Long> offsets(Set<TopicPartition> partitions, OffsetSpec spec) {
        Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
        partitions.forEach(partition -> wanted.put(partition, spec));
        ListOffsetsResult result = admin.listOffsets(wanted, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED));
        Map<TopicPartition, Long> offsets = new HashMap<>();
        partitions.forEach(partition -> answer(result.partitionResult(partition), "the offsets of " + partition)
                .ifPresent(info -> offsets.put(partition, info.offset())));
        return offsets;
    }

    /** What is not there, or not there any more, has no lag. */
    private static <T> Optional<T> answer(KafkaFuture<T> future, String what) {
        try {
            return Optional.of(future.get(TIMEOUT_SECONDS, TimeUnit.SECONDS));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException
                    || e.getCause() instanceof GroupIdNotFoundException) {
                return Optional.empty();
            }
            throw new LagUnavailableException("Kafka did not tell " + what + ": " + e.getCause(), e);
        } catch (TimeoutException e) {
            throw new LagUnavailableException("Kafka did not tell " + what + " within " + TIMEOUT_SECONDS + " s", e);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }
}
