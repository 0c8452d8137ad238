package dev.capstan.inference.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.checkpoints.CheckpointDraft;
import dev.capstan.checkpoints.CheckpointWriter;
import dev.capstan.checkpoints.Promotion;
import dev.capstan.checkpoints.PromotionResult;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.tracing.Tracing;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.ScoreHeaders;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CuratedPair;
import dev.capstan.schemas.records.RejectedPair;
import dev.capstan.testing.KafkaExtension;
import dev.capstan.testing.RecordedSpans;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.imageio.ImageIO;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The scorer on a real broker, with models that judge by the text's first word. */
class ScoreServiceTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final OptionalDouble MINIMUM = OptionalDouble.of(0.28);

    private final String model = "model-" + UUID.randomUUID();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final AtomicInteger open = new AtomicInteger();
    private final AvroSerializer<CuratedPair> pairs = new AvroSerializer<>();
    private final AvroDeserializer<CuratedPair> curatedValues = new AvroDeserializer<>(CuratedPair.class);
    private final AvroDeserializer<RejectedPair> rejectedValues = new AvroDeserializer<>(RejectedPair.class);
    private final List<CuratedPair> curated = new ArrayList<>();
    private final List<RejectedPair> rejected = new ArrayList<>();
    private final List<Headers> headers = new ArrayList<>();
    private KafkaProducer<String, byte[]> producer;
    private KafkaConsumer<String, byte[]> consumer;

    @TempDir
    private Path state;

    @BeforeEach
    void createTopics() {
        KAFKA.recreateTopics();
        pairs.configure(KAFKA.clientProperties(), false);
        curatedValues.configure(KAFKA.clientProperties(), false);
        rejectedValues.configure(KAFKA.clientProperties(), false);
        producer = new KafkaProducer<>(KAFKA.clientProperties(), new StringSerializer(), new ByteArraySerializer());
        Map<String, Object> consuming = new HashMap<>(KAFKA.clientProperties());
        consuming.put("group.id", "reader-" + UUID.randomUUID());
        consuming.put("isolation.level", "read_committed");
        consuming.put("auto.offset.reset", "earliest");
        consumer = new KafkaConsumer<>(consuming, new StringDeserializer(), new ByteArrayDeserializer());
        consumer.subscribe(List.of(Topics.PAIRS_CURATED.topicName(), Topics.PAIRS_REJECTED.topicName()));
    }

    @AfterEach
    void close() {
        producer.close();
        consumer.close();
        pairs.close();
        curatedValues.close();
        rejectedValues.close();
    }

    @Test
    void shouldLetEverythingThroughUntilAModelIsLiveAndThenRefuseWhatDoesNotFit() throws Exception {
        try (ScoreService service = start()) {
            send("early", "bad text, but nobody can tell", 7, MINIMUM);
            await().atMost(PATIENCE).until(() -> read() == 1);
            assertThat(curated).extracting(CuratedPair::getPairId).containsExactly("early");
            assertThat(service.isReady()).isTrue();

            long version = publish();
            await().atMost(PATIENCE)
                    .until(() -> meters.get("capstan.score.checkpoint").gauge().value() == version);
            send("bad", "bad text", 8, MINIMUM);
            send("good", "good text", 9, MINIMUM);
            send("broken", "broken model on this one", 10, MINIMUM);
            send("nan", "nan is no score", 11, MINIMUM);
            send("unasked", "bad text that nobody wants to have judged", 12, OptionalDouble.empty());
            sendBytes("poison", "no wire format".getBytes(StandardCharsets.UTF_8), 13);
            await().atMost(PATIENCE).until(() -> read() >= 7);

            assertThat(curated)
                    .extracting(CuratedPair::getPairId)
                    .containsExactlyInAnyOrder("early", "good", "broken", "nan", "unasked");
            RejectedPair low = refusal("clip-score-low");
            assertThat(low.getPairId()).isEqualTo("bad");
            assertThat(low.getScore()).isEqualTo(0.1);
            assertThat(low.getThreshold()).isEqualTo(0.28);
            assertThat(low.getDetail()).contains("Checkpoint " + version, model, "0.1000", "0.2800");
            assertThat(low.getTopic()).isEqualTo("pairs.crawled");
            assertThat(low.getPartition()).isEqualTo(2);
            assertThat(low.getOffset()).isEqualTo(8);
            assertThat(low.getPolicyVersion()).isEqualTo("policy-1");
            assertThat(refusal("record-undecodable").getOffset()).isEqualTo(13);
            assertThat(rejected).hasSize(2);
            assertThat(service.isLive()).isTrue();
        }
        assertThat(open).hasValue(0);
    }

    @Test
    void shouldCarryTheTraceOfAPair() throws Exception {
        try (RecordedSpans spans = new RecordedSpans();
                ScoreService service = start(Tracing.of(spans.telemetry()))) {
            ProducerRecord<String, byte[]> record =
                    new ProducerRecord<>(Topics.PAIRS_UNSCORED.topicName(), "p", bytes("p", "good text"));
            new ScoreHeaders("pairs.crawled", 2, 7, MINIMUM).write(record.headers());
            record.headers().add(RecordedSpans.parent('e'));
            producer.send(record).get(30, TimeUnit.SECONDS);

            await().atMost(PATIENCE).until(() -> read() == 1);
            SpanData scored = spans.only("process pairs.unscored");
            assertThat(scored.getTraceId()).isEqualTo(RecordedSpans.trace('e'));
            assertThat(headers)
                    .singleElement()
                    .satisfies(written ->
                            assertThat(RecordedSpans.text(written)).isEqualTo(RecordedSpans.written(scored)));
            assertThat(service.isLive()).isTrue();
        }
    }

    private ScoreService start() {
        return start(Tracing.off());
    }

    private ScoreService start(Tracing tracing) {
        ScoreConfig config = ScoreConfig.from(ConfigurationSource.of(Map.of(
                "bootstrap-servers", KAFKA.bootstrapServers(),
                "registry", String.valueOf(KAFKA.clientProperties().get("schema.registry.url")),
                "score.model", model,
                "score.application-id", "score-" + UUID.randomUUID(),
                "score.state-directory", state.toString())));
        ScoreService service = new ScoreService(
                config, (manifest, tensors) -> new ByFirstWord(open), meters, Clock.systemUTC(), tracing);
        service.start();
        return service;
    }

    private long publish() {
        try (CheckpointWriter writer = new CheckpointWriter(KAFKA.clientProperties(), "writer-" + model);
                Promotion promotion = new Promotion(KAFKA.clientProperties())) {
            writer.initialise();
            TensorValue tensor = TensorValue.ofFloats("weight", new long[] {1}, new float[] {1});
            long version = writer.publish(CheckpointDraft.imported(model, "{}", List.of(tensor)))
                    .manifest()
                    .getLineage()
                    .getVersion();
            assertThat(promotion.promote(model, version, "it passed", "test"))
                    .isInstanceOf(PromotionResult.Changed.class);
            return version;
        }
    }

    private RejectedPair refusal(String rule) {
        return rejected.stream()
                .filter(pair -> pair.getRule().equals(rule))
                .findFirst()
                .orElseThrow();
    }

    private void send(String id, String text, long offset, OptionalDouble minimum) throws Exception {
        send(id, bytes(id, text), new ScoreHeaders("pairs.crawled", 2, offset, minimum));
    }

    private byte[] bytes(String id, String text) throws IOException {
        CuratedPair pair = CuratedPair.newBuilder()
                .setPairId(id)
                .setText(text)
                .setImage(picture())
                .setImageFormat("png")
                .setWidth(8)
                .setHeight(8)
                .setContentDigest("00")
                .setPerceptualHash(0)
                .setPolicyVersion("policy-1")
                .setSource("test")
                .setCrawledAt(Instant.EPOCH)
                .setCuratedAt(Instant.EPOCH)
                .build();
        return Objects.requireNonNull(pairs.serialize(Topics.PAIRS_UNSCORED.topicName(), pair));
    }

    private void sendBytes(String id, byte[] value, long offset) throws Exception {
        send(id, value, new ScoreHeaders("pairs.crawled", 2, offset, MINIMUM));
    }

    private void send(String id, byte[] value, ScoreHeaders headers) throws Exception {
        ProducerRecord<String, byte[]> record = new ProducerRecord<>(Topics.PAIRS_UNSCORED.topicName(), id, value);
        headers.write(record.headers());
        producer.send(record).get(30, TimeUnit.SECONDS);
    }

    private int read() {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(200))) {
            headers.add(record.headers());
            if (record.topic().equals(Topics.PAIRS_CURATED.topicName())) {
                curated.add(Objects.requireNonNull(curatedValues.deserialize(record.topic(), record.value())));
            } else {
                rejected.add(Objects.requireNonNull(rejectedValues.deserialize(record.topic(), record.value())));
            }
        }
        return curated.size() + rejected.size();
    }

    private static ByteBuffer picture() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB), "png", bytes);
        return ByteBuffer.wrap(bytes.toByteArray());
    }

    private static final class ByFirstWord implements ScoringModel {
        private final AtomicInteger open;

        ByFirstWord(AtomicInteger open) {
            this.open = open;
            open.incrementAndGet();
        }

        @Override
        public double similarity(BufferedImage picture, String text) {
            return switch (text.substring(0, text.indexOf(' '))) {
                case "good" -> 0.5;
                case "bad" -> 0.1;
                case "nan" -> Double.NaN;
                default -> throw new IllegalStateException("this text breaks the model");
            };
        }

        @Override
        public void close() {
            open.decrementAndGet();
        }
    }
}
