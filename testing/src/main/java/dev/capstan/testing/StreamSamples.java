package dev.capstan.testing;

import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CaptionEvent;
import dev.capstan.schemas.records.CheckpointLineage;
import dev.capstan.schemas.records.CheckpointManifest;
import dev.capstan.schemas.records.CrawledCount;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.schemas.records.Evaluation;
import dev.capstan.schemas.records.LabelSet;
import dev.capstan.schemas.records.LiveAction;
import dev.capstan.schemas.records.LiveVersion;
import dev.capstan.schemas.records.PartitionOffset;
import dev.capstan.schemas.records.RejectedPair;
import dev.capstan.schemas.records.ReloadEvent;
import dev.capstan.schemas.records.ReloadOutcome;
import dev.capstan.schemas.records.StepLoss;
import dev.capstan.schemas.records.TrainingMode;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;

/** Writes the records of a stream that has run for a while, for tests of what reads them. One thread at a time. */
public final class StreamSamples implements AutoCloseable {
    private final Map<String, Object> clientProperties;
    private final String model;
    private final Producer<String, SpecificRecord> producer;

    public StreamSamples(Map<String, Object> clientProperties, String model) {
        this.clientProperties = Map.copyOf(clientProperties);
        this.model = model;
        AvroSerializer<SpecificRecord> serializer = new AvroSerializer<>();
        serializer.configure(clientProperties, false);
        producer = new KafkaProducer<>(new HashMap<>(clientProperties), new StringSerializer(), serializer);
    }

    /**
     * A checkpoint that learnt the pairs up to an offset of partition 0, better than the one before it.
     *
     * @param learntTo next offset of pairs.curated
     */
    public void checkpoint(long version, long learntTo, Instant publishedAt) {
        double progress = 1 - Math.exp(-version / 12.0);
        Evaluation evaluation = Evaluation.newBuilder()
                .setHeldoutPairs(200)
                .setContrastiveLoss(3.2 - 2.1 * progress)
                .setCaptionLoss(2.9 - 2.2 * progress)
                .setRecallAt1(0.05 + 0.55 * progress)
                .setZeroShotTop1(0.04 + 0.84 * progress)
                .setZeroShotPairs(180)
                .setLabelSet("animals")
                .build();
        CheckpointLineage lineage = CheckpointLineage.newBuilder()
                .setModel(model)
                .setVersion(version)
                .setParent(version == 1 ? null : (Long) (version - 1))
                .setStep(version * 40)
                .setMode(TrainingMode.JOINT)
                .setOffsets(List.of(new PartitionOffset(Topics.PAIRS_CURATED.topicName(), 0, learntTo)))
                .setShards(List.of())
                .setReplayed(List.of())
                .setPolicyVersions(List.of("1"))
                .setPairs(1280)
                .setTrainingSeconds(12.5)
                .setLosses(List.of(
                        new StepLoss(version * 40, 3.4 - 2.3 * progress + 0.1 * (version % 3), 3.1 - 2.4 * progress)))
                .setEvaluation(evaluation)
                .setBytesPublished(3_400_000)
                .setBytesTotal(21_000_000)
                .setPublishedAt(publishedAt.truncatedTo(ChronoUnit.MILLIS))
                .setCrawled(
                        List.of(new CrawledCount(publishedAt.minusSeconds(15).truncatedTo(ChronoUnit.MILLIS), 1280L)))
                .build();
        String key = model + "/" + version;
        write(Topics.CHECKPOINTS_LINEAGE, 0, key, lineage, publishedAt);
        write(Topics.CHECKPOINTS_MANIFESTS, 0, key, new CheckpointManifest(lineage, "{}", List.of()), publishedAt);
    }

    /** The version that should be served. */
    public void live(long version, String reason) {
        Instant now = now();
        LiveVersion live = new LiveVersion(model, version, LiveAction.PROMOTE, reason, "trainer", now);
        write(Topics.CHECKPOINTS_LIVE, 0, model, live, now);
    }

    /** An attempt of an instance to serve a version. */
    public void reload(String instance, long version, ReloadOutcome outcome, String reason) {
        Instant now = now();
        ReloadEvent event = ReloadEvent.newBuilder()
                .setModel(model)
                .setVersion(version)
                .setInstance(instance)
                .setOutcome(outcome)
                .setReason(outcome == ReloadOutcome.FAILED ? reason : null)
                .setBytesFetched(3_400_000)
                .setDecidedAt(now)
                .setFinishedAt(now)
                .build();
        write(Topics.EVENTS_RELOADS, 0, instance, event, now);
    }

    /** A crawled pair; returns its offset. */
    public long crawled(int partition, byte[] image, String text, Instant at) {
        CrawledPair pair = CrawledPair.newBuilder()
                .setPairId(UUID.randomUUID().toString())
                .setText(text)
                .setImage(ByteBuffer.wrap(image))
                .setSource("sample")
                .setCrawledAt(at.truncatedTo(ChronoUnit.MILLIS))
                .build();
        return write(Topics.PAIRS_CRAWLED, partition, pair.getPairId(), pair, at);
    }

    /** A refusal of the pair at a place of pairs.crawled. */
    public void rejected(int partition, long offset, String rule, String detail) {
        Instant now = now();
        RejectedPair pair = RejectedPair.newBuilder()
                .setRule(rule)
                .setDetail(detail)
                .setPolicyVersion("1")
                .setTopic(Topics.PAIRS_CRAWLED.topicName())
                .setPartition(partition)
                .setOffset(offset)
                .setSource("sample")
                .setCrawledAt(now)
                .setRejectedAt(now)
                .build();
        write(Topics.PAIRS_REJECTED, 0, partition + "-" + offset, pair, now);
    }

    /** A caption that a version gave. */
    public void captioned(String caption, double grounding, long checkpoint) {
        Instant now = now();
        CaptionEvent event = CaptionEvent.newBuilder()
                .setEventId(UUID.randomUUID().toString())
                .setRequestId(UUID.randomUUID().toString())
                .setCaption(caption)
                .setAlternatives(List.of())
                .setGrounding(grounding)
                .setModel(model)
                .setCheckpoint(checkpoint)
                .setRequestedAt(now.minus(Duration.ofMillis(42)))
                .setAnsweredAt(now)
                .build();
        write(Topics.EVENTS_CAPTIONS, 0, event.getRequestId(), event, now);
    }

    /** A named list of classes. */
    public void labelSet(String name, List<String> labels) {
        write(Topics.LABELS_SETS, 0, name, new LabelSet(name, labels, List.of("{}")), now());
    }

    /** Puts a consumer group behind an offset. */
    public void committed(String group, Topics topic, int partition, long offset) {
        try (Admin admin = Admin.create(new HashMap<>(clientProperties))) {
            admin.alterConsumerGroupOffsets(
                            group,
                            Map.of(new TopicPartition(topic.topicName(), partition), new OffsetAndMetadata(offset)))
                    .all()
                    .get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("group " + group + " could not be moved", e);
        }
    }

    /** Any record at a place; returns its offset. */
    public long write(Topics topic, int partition, String key, SpecificRecord value, Instant at) {
        try {
            RecordMetadata written = producer.send(
                            new ProducerRecord<>(topic.topicName(), partition, at.toEpochMilli(), key, value))
                    .get();
            return written.offset();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("a record of " + topic.topicName() + " could not be written", e);
        }
    }

    @Override
    public void close() {
        producer.close();
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS);
    }
}
