package dev.capstan.console.web;

import dev.capstan.console.web.Outcomes.Original;
import dev.capstan.platform.KafkaSettings;
import dev.capstan.platform.images.BoundedImageDecoder;
import dev.capstan.platform.images.DecodeResult;
import dev.capstan.platform.images.ImageLimits;
import dev.capstan.platform.takedowns.TakedownFollower;
import dev.capstan.platform.takedowns.Takedowns;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.PoisonRecordException;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CrawledPair;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import javax.imageio.ImageIO;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the original of a refused pair by its coordinates in pairs.crawled. Any thread, one read at a time.
 *
 * <p>Nothing of the file as it was crawled leaves here: what decodes within the limits is drawn small and encoded again.
 */
final class Originals implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final int POLLS = 25;
    private static final int SIDE = 192;
    private static final int MAX_TEXT = 500;
    private static final ImageLimits LIMITS = new ImageLimits(
            Topics.PAIRS_CRAWLED.maxMessageBytes(), 40_000_000, 512 * 512, ImageLimits.allFormats(), ImageLimits.WHITE);

    private final ReentrantLock lock = new ReentrantLock();
    private final BoundedImageDecoder decoder = new BoundedImageDecoder(LIMITS);
    private final Takedowns takedowns;
    private final TakedownFollower follower;
    private final Consumer<byte[], byte[]> consumer;
    private final AvroDeserializer<CrawledPair> deserializer = new AvroDeserializer<>(CrawledPair.class);

    /** @param takedowns kept up to date by the follower */
    Originals(KafkaSettings settings, Takedowns takedowns, TakedownFollower follower) {
        this.takedowns = takedowns;
        this.follower = follower;
        deserializer.configure(settings.clientProperties(), false);
        Map<String, Object> properties = new HashMap<>(settings.clientProperties());
        properties.put("isolation.level", "read_committed");
        properties.put("enable.auto.commit", false);
        properties.put("auto.offset.reset", "none");
        properties.put("allow.auto.create.topics", false);
        properties.put("max.partition.fetch.bytes", 1024);
        properties.put("max.poll.records", 1);
        properties.put("default.api.timeout.ms", 10_000);
        properties.remove("group.id");
        consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** @return the original, or empty if pairs.crawled never had such a place */
    Optional<Original> read(int partition, long offset) {
        TopicPartition place = new TopicPartition(Topics.PAIRS_CRAWLED.topicName(), partition);
        lock.lock();
        try {
            if (partition < 0
                    || partition >= consumer.partitionsFor(place.topic()).size()
                    || offset < 0
                    || offset >= end(consumer.endOffsets(List.of(place)), place)) {
                return Optional.empty();
            }
            if (offset < end(consumer.beginningOffsets(List.of(place)), place)) {
                return Optional.of(expired());
            }
            return Optional.of(fetch(place, offset));
        } finally {
            consumer.unsubscribe();
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            consumer.close();
            deserializer.close();
        } finally {
            lock.unlock();
        }
    }

    private Original fetch(TopicPartition place, long offset) {
        consumer.assign(List.of(place));
        consumer.seek(place, offset);
        for (int poll = 0; poll < POLLS; poll++) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                return record.offset() == offset ? original(record) : expired();
            }
        }
        return new Original("unreadable", null, null, "Kafka did not send the record in time: try again.");
    }

    private Original original(ConsumerRecord<byte[], byte[]> record) {
        CrawledPair pair;
        try {
            pair = deserializer.deserialize(record.topic(), record.value());
        } catch (PoisonRecordException e) {
            return new Original("unreadable", null, null, "The record's bytes are no crawled pair.");
        }
        if (pair == null) {
            return new Original("unreadable", null, null, "The record has no value.");
        }
        if (!follower.isCaughtUp()) {
            return new Original("unreadable", null, null, "The takedowns are not known yet: try again.");
        }
        if (takedowns.naming(pair).isPresent()) {
            return new Original("taken-down", null, null, "A takedown names the original.");
        }
        String text = pair.getText().length() <= MAX_TEXT
                ? pair.getText()
                : pair.getText().substring(0, MAX_TEXT) + "…";
        DecodeResult result = decoder.decode(pair.getImage());
        return new Original(
                "read",
                text,
                result.decoded().map(decoded -> png(small(decoded.image()))).orElse(null),
                result.refused().map(DecodeResult.Refused::detail).orElse(null));
    }

    private static Original expired() {
        return new Original("expired", null, null, "The original is older than its topic keeps records.");
    }

    private static BufferedImage small(BufferedImage image) {
        double scale = Math.min(1, (double) SIDE / Math.max(image.getWidth(), image.getHeight()));
        int width = Math.max(1, (int) Math.round(image.getWidth() * scale));
        int height = Math.max(1, (int) Math.round(image.getHeight() * scale));
        BufferedImage small = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = small.createGraphics();
        try {
            graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
            graphics.drawImage(image, 0, 0, width, height, null);
        } finally {
            graphics.dispose();
        }
        return small;
    }

    private static String png(BufferedImage image) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return "data:image/png;base64," + Base64.getEncoder().encodeToString(bytes.toByteArray());
    }

    private static long end(Map<TopicPartition, Long> offsets, TopicPartition place) {
        @Nullable Long offset = offsets.get(place);
        return offset == null ? 0 : offset;
    }
}
