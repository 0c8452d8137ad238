package dev.capstan.console.live;

import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.PoisonRecordException;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CaptionEvent;
import dev.capstan.schemas.records.CheckpointLineage;
import dev.capstan.schemas.records.ClassificationEvent;
import dev.capstan.schemas.records.LabelSet;
import dev.capstan.schemas.records.LiveVersion;
import dev.capstan.schemas.records.RejectedPair;
import dev.capstan.schemas.records.RejectedRequest;
import dev.capstan.schemas.records.ReloadEvent;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the small topics, committed records only and without a consumer group, on one thread from {@link #start} to
 * {@link #close}: versions from the beginning, refusals and captions from the last few on, answers from now on. Topics with
 * pictures are not read. A record that cannot be read is counted and passed over; a registry or cluster that is down makes
 * the follower wait and say so.
 */
public final class TopicFollower implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TopicFollower.class);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final long PAUSE_MILLIS = 2000;
    private static final long CLOSE_MILLIS = 15_000;
    private static final long LAST_FEW = 60;

    private static final List<Topics> FROM_BEGINNING =
            List.of(Topics.CHECKPOINTS_LINEAGE, Topics.CHECKPOINTS_LIVE, Topics.LABELS_SETS);
    private static final List<Topics> FROM_LAST_FEW =
            List.of(Topics.PAIRS_REJECTED, Topics.EVENTS_CAPTIONS, Topics.EVENTS_RELOADS);
    private static final List<Topics> FROM_NOW = List.of(Topics.EVENTS_CLASSIFICATIONS, Topics.REQUESTS_REJECTED);

    private final KafkaSettings settings;
    private final LiveState state;
    private final AnswerListener answers;
    private final ServedPairs servedPairs;
    private final Counter unreadable;
    private final long startedAt;
    private final Thread thread = new Thread(this::run, "topics");
    private final CountDownLatch closing = new CountDownLatch(1);
    private final CountDownLatch following = new CountDownLatch(1);
    private final Map<TopicPartition, Long> resume = new HashMap<>();
    private volatile @Nullable Consumer<String, byte[]> open;
    private volatile String problem = "";

    public TopicFollower(
            KafkaSettings settings,
            LiveState state,
            ServedPairs servedPairs,
            AnswerListener answers,
            MeterRegistry registry,
            Clock clock) {
        this.settings = settings;
        this.state = state;
        this.servedPairs = servedPairs;
        this.answers = answers;
        startedAt = clock.millis();
        unreadable = Counter.builder("capstan.console.records.unreadable")
                .description("records that were passed over because they cannot be read")
                .register(registry);
        thread.setDaemon(true);
    }

    public void start() {
        thread.start();
    }

    /** Whether every topic is followed: an answer to what is asked from now on is not missed. */
    public boolean isFollowing() {
        return following.getCount() == 0 && thread.isAlive();
    }

    /** Whether it ended though nobody closed it. */
    public boolean hasDied() {
        return thread.getState() == Thread.State.TERMINATED && !isClosing();
    }

    /** What the follower waits for, if it does. */
    public Optional<String> problem() {
        return Optional.of(problem).filter(text -> !text.isEmpty());
    }

    @Override
    public void close() {
        closing.countDown();
        Consumer<String, byte[]> consumer = open;
        if (consumer != null) {
            consumer.wakeup();
        }
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isClosing() {
        return closing.getCount() == 0;
    }

    private void run() {
        while (!isClosing()) {
            try (Readers readers = new Readers(settings.clientProperties());
                    Consumer<String, byte[]> consumer = consumer()) {
                open = consumer;
                place(consumer);
                following.countDown();
                follow(consumer, readers);
            } catch (WakeupException e) {
                LOG.debug("woken up");
            } catch (KafkaException e) {
                waitAfter(String.valueOf(e.getMessage()));
            } finally {
                open = null;
            }
        }
    }

    private void waitAfter(String reason) {
        problem = reason;
        LOG.warn("topics cannot be followed, trying again: {}", reason);
        try {
            if (closing.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
                LOG.debug("closed while waiting");
            }
        } catch (InterruptedException e) {
            closing.countDown();
        }
    }

    private void follow(Consumer<String, byte[]> consumer, Readers readers) {
        while (!isClosing()) {
            for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
                try {
                    take(record, readers);
                } catch (PoisonRecordException e) {
                    passOver(record, e);
                } catch (KafkaException e) {
                    // The registry, say: it is tried again.
                    throw e;
                } catch (RuntimeException e) {
                    // What a record may say and nobody thought of must not end the page.
                    passOver(record, new PoisonRecordException("The record cannot be shown: " + e, e));
                }
                resume.put(new TopicPartition(record.topic(), record.partition()), record.offset() + 1);
            }
            problem = "";
        }
    }

    /** Says so of the first one only: a topic full of such records must not fill the log as well. */
    private void passOver(ConsumerRecord<String, byte[]> record, PoisonRecordException poison) {
        if (unreadable.count() == 0) {
            LOG.warn(
                    "record passed over, further ones are only counted topic={} partition={} offset={}: {}",
                    record.topic(),
                    record.partition(),
                    record.offset(),
                    poison.getMessage());
        }
        unreadable.increment();
    }

    private void take(ConsumerRecord<String, byte[]> record, Readers readers) {
        boolean counts = record.timestamp() >= startedAt;
        switch (Topics.byName(record.topic())) {
            case CHECKPOINTS_LINEAGE ->
                readers.lineages.read(record).ifPresent(lineage -> {
                    state.checkpoint(lineage, counts);
                    servedPairs.checkpoint(lineage, counts);
                });
            case CHECKPOINTS_LIVE -> readers.lives.read(record).ifPresent(state::live);
            case EVENTS_RELOADS ->
                readers.reloads.read(record).ifPresent(event -> {
                    state.reload(event);
                    servedPairs.reload(event);
                });
            case LABELS_SETS ->
                state.labelSet(record.key(), readers.labelSets.read(record).orElse(null));
            case PAIRS_REJECTED -> readers.rejections.read(record).ifPresent(pair -> state.rejected(pair, counts));
            case EVENTS_CAPTIONS ->
                readers.captions.read(record).ifPresent(event -> {
                    state.captioned(event, counts);
                    answers.answered(event);
                });
            case EVENTS_CLASSIFICATIONS ->
                readers.classifications.read(record).ifPresent(event -> {
                    state.classified();
                    answers.answered(event);
                });
            case REQUESTS_REJECTED -> readers.refusals.read(record).ifPresent(answers::refused);
            default -> throw new IllegalStateException("a record of " + record.topic());
        }
    }

    private Consumer<String, byte[]> consumer() {
        Map<String, Object> properties = new HashMap<>(settings.clientProperties());
        properties.put("isolation.level", "read_committed");
        properties.put("enable.auto.commit", false);
        properties.put("auto.offset.reset", "earliest");
        properties.put("allow.auto.create.topics", false);
        properties.put("max.partition.fetch.bytes", 256 * 1024);
        properties.put("fetch.max.bytes", 4 * 1024 * 1024);
        properties.put("fetch.max.wait.ms", 200);
        properties.put("max.poll.records", 200);
        properties.remove("group.id");
        return new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer());
    }

    private void place(Consumer<String, byte[]> consumer) {
        List<TopicPartition> beginning = partitions(consumer, FROM_BEGINNING);
        List<TopicPartition> few = partitions(consumer, FROM_LAST_FEW);
        List<TopicPartition> now = partitions(consumer, FROM_NOW);
        List<TopicPartition> all = new ArrayList<>(beginning);
        all.addAll(few);
        all.addAll(now);
        consumer.assign(all);
        consumer.seekToBeginning(beginning);
        consumer.seekToEnd(now);
        Map<TopicPartition, Long> starts = consumer.beginningOffsets(few);
        consumer.endOffsets(few)
                .forEach((partition, end) ->
                        consumer.seek(partition, Math.max(starts.getOrDefault(partition, 0L), end - LAST_FEW)));
        resume.forEach(consumer::seek);
        all.forEach(consumer::position);
    }

    private static List<TopicPartition> partitions(Consumer<String, byte[]> consumer, List<Topics> topics) {
        List<TopicPartition> partitions = new ArrayList<>();
        for (Topics topic : topics) {
            List<TopicPartition> found = consumer.partitionsFor(topic.topicName()).stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            if (found.isEmpty()) {
                throw new KafkaException(
                        "Topic " + topic.topicName() + " does not exist: create the topics with capstan provision");
            }
            partitions.addAll(found);
        }
        return partitions;
    }

    /** One deserializer a topic. */
    private static final class Readers implements AutoCloseable {
        private final List<Reader<?>> all = new ArrayList<>();
        private final Map<String, Object> properties;
        private final Reader<CheckpointLineage> lineages;
        private final Reader<LiveVersion> lives;
        private final Reader<ReloadEvent> reloads;
        private final Reader<LabelSet> labelSets;
        private final Reader<RejectedPair> rejections;
        private final Reader<CaptionEvent> captions;
        private final Reader<ClassificationEvent> classifications;
        private final Reader<RejectedRequest> refusals;

        Readers(Map<String, Object> properties) {
            this.properties = properties;
            lineages = reader(CheckpointLineage.class);
            lives = reader(LiveVersion.class);
            reloads = reader(ReloadEvent.class);
            labelSets = reader(LabelSet.class);
            rejections = reader(RejectedPair.class);
            captions = reader(CaptionEvent.class);
            classifications = reader(ClassificationEvent.class);
            refusals = reader(RejectedRequest.class);
        }

        private <T extends SpecificRecord> Reader<T> reader(Class<T> type) {
            AvroDeserializer<T> deserializer = new AvroDeserializer<>(type);
            deserializer.configure(properties, false);
            Reader<T> reader = new Reader<>(deserializer);
            all.add(reader);
            return reader;
        }

        @Override
        public void close() {
            all.forEach(reader -> reader.deserializer().close());
        }
    }

    private record Reader<T extends SpecificRecord>(AvroDeserializer<T> deserializer) {
        Optional<T> read(ConsumerRecord<String, byte[]> record) {
            return Optional.ofNullable(deserializer.deserialize(record.topic(), record.value()));
        }
    }
}
