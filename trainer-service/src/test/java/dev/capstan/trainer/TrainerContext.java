package dev.capstan.trainer;

import static org.awaitility.Awaitility.await;

import dev.capstan.checkpoints.AuditableLineage;
import dev.capstan.checkpoints.CheckpointLog;
import dev.capstan.checkpoints.LineageViolation;
import dev.capstan.checkpoints.PublishStages;
import dev.capstan.checkpoints.TopicPairs;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.tracing.Tracing;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CheckpointLineage;
import dev.capstan.schemas.records.CheckpointManifest;
import dev.capstan.schemas.records.CuratedPair;
import dev.capstan.schemas.records.LabelSet;
import dev.capstan.schemas.records.TensorRole;
import dev.capstan.testing.KafkaExtension;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.LongStream;
import javax.imageio.ImageIO;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** Trainers of one model on a test's broker, pairs for them, and what they left in the log. */
final class TrainerContext implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(60);
    static final int PARTITIONS = Topics.PAIRS_CURATED.defaultPartitions();

    private static final ByteBuffer PICTURE = ByteBuffer.wrap(picture());

    private final KafkaExtension kafka;
    private final Map<String, String> configuration = new HashMap<>();
    private final List<TrainerService> trainers = new ArrayList<>();
    private final AvroSerializer<CuratedPair> serializer = new AvroSerializer<>();
    private final Producer<String, byte[]> producer;
    private final CheckpointLog log;
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private Tracing tracing = Tracing.off();
    private long nextPair;

    TrainerContext(KafkaExtension kafka) {
        this.kafka = kafka;
        configuration.put("bootstrap-servers", kafka.bootstrapServers());
        configuration.put("registry", kafka.registryUrl());
        configuration.put("trainer.batch-size", "8");
        configuration.put("trainer.batch-wait", "100ms");
        configuration.put("trainer.minimum-batch", "1");
        configuration.put("trainer.checkpoint-interval", "200ms");
        configuration.put("trainer.prefetch-pairs", "32");
        serializer.configure(kafka.clientProperties(), false);
        Map<String, Object> properties = kafka.clientProperties();
        properties.put("transactional.id", "curator-" + UUID.randomUUID());
        producer = new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer());
        producer.initTransactions();
        log = new CheckpointLog(kafka.clientProperties());
    }

    TrainerContext with(String key, String value) {
        configuration.put(key, value);
        return this;
    }

    TrainerContext traced(Tracing traces) {
        tracing = traces;
        return this;
    }

    TrainerConfig config() {
        return TrainerConfig.from(ConfigurationSource.of(configuration));
    }

    /** The configuration as environment variables of a process. */
    Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>();
        configuration.forEach((key, value) -> environment.put(
                "CAPSTAN_"
                        + key.toUpperCase(java.util.Locale.ROOT)
                                .replace('.', '_')
                                .replace('-', '_'),
                value));
        return environment;
    }

    TrainerService start(Models models) {
        TrainerService trainer =
                new TrainerService(config(), registry, models, PublishStages.none(), Clock.systemUTC(), tracing);
        trainers.add(trainer);
        trainer.start();
        return trainer;
    }

    TrainerService startAndAwaitReady(Models models) {
        TrainerService trainer = start(models);
        await("ready").atMost(PATIENCE).until(trainer::isReady);
        return trainer;
    }

    /** Writes pairs to all partitions in turn, in transactions of a few, so that markers stand between them. */
    void curate(int pairs) {
        int left = pairs;
        while (left > 0) {
            producer.beginTransaction();
            for (int i = Math.min(left, 5); i > 0; i--) {
                send(Topics.PAIRS_CURATED, nextPair, value(Topics.PAIRS_CURATED, nextPair, "a picture"));
                nextPair++;
                left--;
            }
            producer.commitTransaction();
        }
    }

    /** Writes a pair of one trace, in a transaction of its own. */
    void curate(Headers headers) {
        producer.beginTransaction();
        String topic = Topics.PAIRS_CURATED.topicName();
        byte[] value = value(Topics.PAIRS_CURATED, nextPair, "a picture");
        var unused = producer.send(
                new ProducerRecord<>(topic, (int) (nextPair % PARTITIONS), "pair-" + nextPair, value, headers));
        producer.commitTransaction();
        nextPair++;
    }

    /** Writes pairs that nobody will ever see: their transaction is aborted. */
    void curateAborted(int pairs) {
        producer.beginTransaction();
        for (int i = 0; i < pairs; i++) {
            send(Topics.PAIRS_CURATED, i, value(Topics.PAIRS_CURATED, i, "aborted"));
        }
        producer.flush();
        producer.abortTransaction();
    }

    /** Writes something that is no curated pair. */
    void curate(byte @Nullable [] value) {
        producer.beginTransaction();
        send(Topics.PAIRS_CURATED, nextPair, value);
        producer.commitTransaction();
    }

    void holdOut(int pairs, String text) {
        producer.beginTransaction();
        for (int i = 0; i < pairs; i++) {
            send(Topics.PAIRS_HELDOUT, "heldout-" + i, value(Topics.PAIRS_HELDOUT, i, text));
        }
        producer.commitTransaction();
    }

    /** Writes pairs of the test's own making, in one transaction. */
    void write(Topics topic, List<CuratedPair> pairs) {
        producer.beginTransaction();
        pairs.forEach(pair -> send(topic, pair.getPairId(), serializer.serialize(topic.topicName(), pair)));
        producer.commitTransaction();
    }

    /** Writes a label set. */
    void write(LabelSet labels) {
        try (AvroSerializer<LabelSet> labelSerializer = new AvroSerializer<>()) {
            labelSerializer.configure(kafka.clientProperties(), false);
            producer.beginTransaction();
            send(
                    Topics.LABELS_SETS,
                    labels.getName(),
                    labelSerializer.serialize(Topics.LABELS_SETS.topicName(), labels));
            producer.commitTransaction();
        }
    }

    /** Readers go by the key alone. */
    void takeDown(String key) {
        producer.beginTransaction();
        send(Topics.TAKEDOWNS, key, new byte[] {1});
        producer.commitTransaction();
    }

    /** A curated record whose picture is no picture. */
    byte[] withBrokenPicture() {
        return Objects.requireNonNull(serializer.serialize(
                Topics.PAIRS_CURATED.topicName(), pair(nextPair, "broken", ByteBuffer.wrap(new byte[] {1, 2, 3}))));
    }

    long pairsWritten() {
        return nextPair;
    }

    /** Numbers of all pairs written so far. */
    List<Long> numbersWritten() {
        return LongStream.range(0, nextPair).boxed().toList();
    }

    CheckpointLog log() {
        return log;
    }

    List<CheckpointLineage> lineage() {
        return log.lineage(config().model());
    }

    CheckpointManifest latest() {
        return log.latest(config().model()).orElseThrow();
    }

    long liveVersion() {
        return log.live(config().model()).orElseThrow().getVersion();
    }

    /** Waits until checkpoints say that this many records were read for the first time. */
    void awaitPublished(long pairs) {
        await("pairs in committed checkpoints")
                .atMost(PATIENCE)
                .until(() -> lineage().stream()
                                .mapToLong(CheckpointLineage::getPairs)
                                .sum()
                        >= pairs);
    }

    void awaitLive(long version) {
        await("live version")
                .atMost(PATIENCE)
                .until(() -> log.live(config().model())
                        .map(live -> live.getVersion() >= version)
                        .orElse(false));
    }

    /** What contradicts "each pair first-trained exactly once", by the topic's own records. */
    List<LineageViolation> violations() {
        try (TopicPairs pairs = new TopicPairs(kafka.clientProperties(), PATIENCE)) {
            return AuditableLineage.violations(lineage(), pairs);
        }
    }

    /** Numbers of the pairs that the newest checkpoint's weights hold, ascending. */
    List<Long> seen() {
        TensorValue seen = log.fetch(latest(), Set.of(TensorRole.TRAINING_STATE), Set.of()).stream()
                .filter(tensor -> tensor.name().equals(FakeModels.SEEN))
                .findFirst()
                .orElseThrow();
        return LongStream.of(seen.toLongs()).sorted().boxed().toList();
    }

    double count(String name, String... tags) {
        return registry.get(name).tags(tags).counter().count();
    }

    /** Pairs that were learnt, as the histogram of their ages counts them. */
    long pairsOfEveryAge() {
        return registry.get("capstan.freshness")
                .tag("stage", "trained")
                .summary()
                .count();
    }

    double gauge(String name) {
        return registry.get(name).gauge().value();
    }

    @Override
    public void close() {
        trainers.forEach(TrainerService::close);
        producer.close();
        serializer.close();
        log.close();
    }

    private void send(Topics topic, long number, byte @Nullable [] value) {
        var unused = producer.send(
                new ProducerRecord<>(topic.topicName(), (int) (number % PARTITIONS), "pair-" + number, value));
    }

    private void send(Topics topic, String key, byte @Nullable [] value) {
        // A transaction that commits has sent everything.
        var unused = producer.send(new ProducerRecord<>(topic.topicName(), key, value));
    }

    private byte @Nullable [] value(Topics topic, long number, String text) {
        return serializer.serialize(topic.topicName(), pair(number, text, PICTURE.duplicate()));
    }

    static CuratedPair pair(long number, String text, ByteBuffer image) {
        Instant now = Instant.now();
        return new CuratedPair(
                "pair-" + number,
                null,
                text,
                image,
                "png",
                4,
                4,
                "digest-" + number,
                number,
                List.of(),
                null,
                "policy-1",
                "test",
                now,
                now,
                List.of());
    }

    private static byte[] picture() {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        try {
            ImageIO.write(new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB), "png", output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return output.toByteArray();
    }
}
