package dev.capstan.local.curation;

import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CheckpointLineage;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.schemas.records.CuratedPair;
import dev.capstan.schemas.records.Evaluation;
import dev.capstan.schemas.records.RejectedPair;
import dev.capstan.schemas.records.Shard;
import dev.capstan.schemas.records.TrainingMode;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import javax.imageio.ImageIO;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** Writes pairs into the topics as feeds and curation would, one at a time, and makes the records. */
public final class PairTopics implements AutoCloseable {
    /** When the pairs of tests were fetched: lately, or the broker would let them go while a test runs. */
    @SuppressWarnings("TimeInStaticInitializer") // one time for all tests of a class
    public static final Instant CRAWLED_AT =
            Instant.now().truncatedTo(ChronoUnit.SECONDS).minus(Duration.ofMinutes(10));

    private final KafkaProducer<String, byte[]> producer;
    private final AvroSerializer<SpecificRecord> serializer = new AvroSerializer<>();

    public PairTopics(Map<String, Object> clientProperties) {
        serializer.configure(clientProperties, false);
        producer = new KafkaProducer<>(clientProperties, new StringSerializer(), new ByteArraySerializer());
    }

    /** @return its offset */
    public long write(Topics topic, int partition, Instant time, String key, SpecificRecord value) {
        return writeBytes(
                topic, partition, time, key, Objects.requireNonNull(serializer.serialize(topic.topicName(), value)));
    }

    /** @return its offset */
    public long writeBytes(Topics topic, int partition, Instant time, String key, byte[] value) {
        try {
            RecordMetadata written = producer.send(
                            new ProducerRecord<>(topic.topicName(), partition, time.toEpochMilli(), key, value))
                    .get();
            return written.offset();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** A pair with an address. */
    public static CrawledPair crawled(String pairId, String text, byte[] image) {
        return CrawledPair.newBuilder()
                .setPairId(pairId)
                .setSourceUrl("https://example.org/" + pairId + ".png")
                .setText(text)
                .setImage(ByteBuffer.wrap(image))
                .setSource("test")
                .setCrawledAt(CRAWLED_AT)
                .build();
    }

    /** The curated form of {@link #crawled}. */
    public static CuratedPair curated(String pairId, String text, byte[] image, String contentDigest) {
        return CuratedPair.newBuilder()
                .setPairId(pairId)
                .setSourceUrl("https://example.org/" + pairId + ".png")
                .setText(text)
                .setImage(ByteBuffer.wrap(image))
                .setImageFormat("png")
                .setWidth(8)
                .setHeight(8)
                .setContentDigest(contentDigest)
                .setPerceptualHash(0)
                .setPolicyVersion("default-00000000")
                .setSource("test")
                .setCrawledAt(CRAWLED_AT)
                .setCuratedAt(CRAWLED_AT)
                .build();
    }

    /** A checkpoint of the model "m" that goes on from another and read these shards. */
    public static CheckpointLineage lineage(long version, @Nullable Long parent, List<Shard> shards) {
        return CheckpointLineage.newBuilder()
                .setModel("m")
                .setVersion(version)
                .setParent(parent)
                .setStep(version)
                .setMode(TrainingMode.JOINT)
                .setShards(shards)
                .setReplayed(List.of())
                .setOffsets(List.of())
                .setPolicyVersions(List.of())
                .setLosses(List.of())
                .setCrawled(List.of())
                .setPairs(shards.stream().mapToLong(Shard::getPairs).sum())
                .setTrainingSeconds(1)
                .setEvaluation(new Evaluation(0, null, null, null, null, 0, null))
                .setBytesPublished(1)
                .setBytesTotal(1)
                .setPublishedAt(CRAWLED_AT)
                .build();
    }

    /** A refusal of the pair that stands at a place of pairs.crawled. */
    public static RejectedPair rejected(String pairId, String rule, int partition, long offset, Instant rejectedAt) {
        return RejectedPair.newBuilder()
                .setPairId(pairId)
                .setRule(rule)
                .setScore(31.0)
                .setThreshold(32.0)
                .setDetail("Refused by " + rule + ".")
                .setPolicyVersion("default-00000000")
                .setTopic(Topics.PAIRS_CRAWLED.topicName())
                .setPartition(partition)
                .setOffset(offset)
                .setSource("test")
                .setCrawledAt(CRAWLED_AT)
                .setRejectedAt(rejectedAt)
                .build();
    }

    /** A PNG of one colour. */
    public static byte[] picture(int width, int height, int rgb) {
        BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                picture.setRGB(x, y, rgb);
            }
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(picture, "png", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    @Override
    public void close() {
        producer.close();
        serializer.close();
    }
}
