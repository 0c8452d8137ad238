package dev.capstan.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.console.ConsoleConfig;
import dev.capstan.console.ConsoleService;
import dev.capstan.inference.InferenceConfig;
import dev.capstan.inference.InferenceService;
import dev.capstan.inference.loop.BatchStages;
import dev.capstan.inference.serving.ClipServingModel;
import dev.capstan.ingest.IngestConfig;
import dev.capstan.ingest.IngestService;
import dev.capstan.model.ModelDevice;
import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.Service;
import dev.capstan.platform.tracing.TraceAttributes;
import dev.capstan.platform.tracing.Tracing;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CaptionEvent;
import dev.capstan.schemas.records.CaptionRanking;
import dev.capstan.schemas.records.CaptionRequest;
import dev.capstan.schemas.records.CheckpointManifest;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.schemas.records.CuratedPair;
import dev.capstan.schemas.records.ReloadEvent;
import dev.capstan.testing.KafkaExtension;
import dev.capstan.testing.RecordedSpans;
import dev.capstan.testing.TinyModels;
import dev.capstan.trainer.TrainerService;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.awt.Color;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import javax.imageio.ImageIO;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * One pair of eight, from the request that brought it to a caption by a model that learnt it, by the traces alone. All services
 * run in this JVM on a real broker, with a tiny real model.
 */
final class TraceTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final int PAIRS = 8;
    /** The first version is the base weights. */
    private static final long LEARNT = 2;

    private static final String SAMPLED = RecordedSpans.text(RecordedSpans.headers('a'));
    private static final String NOT_SAMPLED = "00-" + "b".repeat(32) + "-" + "b".repeat(16) + "-00";

    private final String application = "ingest-" + UUID.randomUUID();
    private final RecordedSpans spans = new RecordedSpans();
    private final Deque<Service> services = new ArrayDeque<>();

    @TempDir
    private Path directory;

    @BeforeEach
    void createTopics() {
        KAFKA.recreateTopics();
    }

    @AfterEach
    void close() {
        services.forEach(Service::close);
        spans.close();
    }

    @Test
    void shouldLeadFromACrawledPairToACaption() throws Exception {
        TinyModels.random(1).writeDirectory(directory.resolve("base"));
        Tracing tracing = Tracing.of(spans.telemetry());
        feed(startFeedingServices(tracing));
        startLearningServices(tracing);

        SpanData learnt = awaitSpan("the pair was trained", named("process pairs.curated"));
        SpanData step = awaitSpan("its step", span -> RecordedSpans.links(learnt, span));
        SpanData checkpoint = awaitSpan("its checkpoint", span -> RecordedSpans.isChild(step, span));
        long version = checkpoint.getAttributes().get(TraceAttributes.CHECKPOINT);
        SpanData writing = awaitSpan(
                "its writing",
                named("send checkpoints.manifests").and(span -> RecordedSpans.isChild(span, checkpoint)));
        SpanData reload = awaitSpan("its reload", span -> RecordedSpans.isChild(span, writing));
        ConsumerRecord<String, CaptionEvent> caption = ask();
        SpanData answer = awaitSpan("the answer", span -> RecordedSpans.links(span, reload));

        assertThat(trail(learnt))
                .containsExactly(
                        "process pairs.curated",
                        "process " + application + "-candidates-repartition",
                        "process pairs.crawled",
                        "POST /pairs");
        assertThat(learnt.getTraceId()).isEqualTo(RecordedSpans.trace('a'));
        assertThat(spans.named("process pairs.curated")).hasSize(1);
        assertThat(step.getLinks()).hasSize(1);
        assertThat(checkpoint.getLinks())
                .extracting(link -> link.getSpanContext().getSpanId())
                .containsExactly(learnt.getParentSpanId());
        assertThat(checkpoint.getAttributes().get(TraceAttributes.PAIRS)).isEqualTo(PAIRS);
        assertThat(answer.getName()).isEqualTo("process requests.caption");
        assertThat(answer.getTraceId()).isEqualTo(RecordedSpans.trace('d'));
        assertThat(answer.getAttributes().get(TraceAttributes.CHECKPOINT)).isEqualTo(version);
        assertThat(caption.value().getCheckpoint()).isEqualTo(version);
        assertThat(RecordedSpans.text(caption.headers())).isEqualTo(RecordedSpans.written(answer));
    }

    @Test
    void shouldLeaveRecordsWithoutHeadersWhenOff() throws Exception {
        TinyModels.random(1).writeDirectory(directory.resolve("base"));
        feed(startFeedingServices(Tracing.off()));
        startLearningServices(Tracing.off());

        ConsumerRecord<String, CaptionEvent> caption = ask();

        assertThat(caption.headers()).isEmpty();
        assertNoHeaders(everything(Topics.PAIRS_CRAWLED, CrawledPair.class));
        assertNoHeaders(everything(Topics.PAIRS_CURATED, CuratedPair.class));
        assertNoHeaders(everything(Topics.CHECKPOINTS_MANIFESTS, CheckpointManifest.class));
        assertThat(spans.ended()).isEmpty();
    }

    private static void assertNoHeaders(List<? extends ConsumerRecord<String, ?>> records) {
        assertThat(records)
                .isNotEmpty()
                .allSatisfy(record -> assertThat(record.headers()).isEmpty());
    }

    private ConsoleService startFeedingServices(Tracing tracing) {
        ConsoleService console = new ConsoleService(
                ConsoleConfig.from(configuration(Map.of("console.port", "0"))),
                new SimpleMeterRegistry(),
                Clock.systemUTC(),
                tracing);
        start(console);
        start(new IngestService(
                IngestConfig.from(configuration(Map.of(
                        "ingest.state-directory",
                        directory.resolve("ingest").toString(),
                        "ingest.application-id",
                        application,
                        "ingest.heldout-fraction",
                        "0"))),
                Clock.systemUTC(),
                new SimpleMeterRegistry(),
                tracing));
        return console;
    }

    /** All pairs are there when the trainer begins, so that they are one step and one checkpoint. */
    private void startLearningServices(Tracing tracing) {
        await("curated pairs")
                .atMost(LIMIT)
                .until(() -> everything(Topics.PAIRS_CURATED, CuratedPair.class).size() == PAIRS);
        start(TrainerService.of(
                configuration(Map.of(
                        "trainer.base-directory", directory.resolve("base").toString(),
                        "trainer.batch-size", Integer.toString(PAIRS),
                        "trainer.replay-fraction", "0",
                        "trainer.batch-wait", "1m",
                        "trainer.checkpoint-interval", "200ms")),
                new SimpleMeterRegistry(),
                Clock.systemUTC(),
                tracing));
        start(new InferenceService(
                InferenceConfig.from(configuration(Map.of("inference.instance", "one"))),
                (architecture, tensors) -> ClipServingModel.load(architecture, tensors, ModelDevice.parse("cpu")),
                new SimpleMeterRegistry(),
                BatchStages.none(),
                Clock.systemUTC(),
                tracing));
        await("a model that learnt the pairs")
                .atMost(LIMIT)
                .until(() -> everything(Topics.EVENTS_RELOADS, ReloadEvent.class).stream()
                        .anyMatch(record -> record.value().getVersion() == LEARNT));
    }

    private void start(Service service) {
        services.push(service);
        service.start();
    }

    /** Posts eight pairs, one of them sampled. */
    private static void feed(ConsoleService console) throws IOException, InterruptedException {
        HttpClient http = HttpClient.newHttpClient();
        for (int number = 0; number < PAIRS; number++) {
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + console.port() + "/pairs?text=a+red+circle+" + number))
                    .header("Content-Type", "image/png")
                    .header("traceparent", number == 3 ? SAMPLED : NOT_SAMPLED)
                    .POST(HttpRequest.BodyPublishers.ofByteArray(picture(new Color(30 * number, 20, 90))))
                    .build();
            HttpResponse<String> reply = http.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(reply.statusCode()).as(reply.body()).isEqualTo(201);
        }
    }

    /** Asks for a caption in a trace of the asker's own and waits for it. */
    private ConsumerRecord<String, CaptionEvent> ask() throws Exception {
        try (AvroSerializer<CaptionRequest> serializer = new AvroSerializer<>()) {
            serializer.configure(KAFKA.clientProperties(), false);
            try (KafkaProducer<String, CaptionRequest> producer =
                    new KafkaProducer<>(KAFKA.clientProperties(), new StringSerializer(), serializer)) {
                producer.send(new ProducerRecord<>(
                                Topics.REQUESTS_CAPTION.topicName(),
                                null,
                                "asked",
                                new CaptionRequest(
                                        "asked",
                                        ByteBuffer.wrap(picture(Color.RED)),
                                        null,
                                        4,
                                        1,
                                        CaptionRanking.LIKELIHOOD,
                                        Instant.now()),
                                RecordedSpans.headers('d')))
                        .get(30, TimeUnit.SECONDS);
            }
        }
        List<ConsumerRecord<String, CaptionEvent>> found = new ArrayList<>();
        await("the caption").atMost(LIMIT).until(() -> {
            found.clear();
            found.addAll(everything(Topics.EVENTS_CAPTIONS, CaptionEvent.class));
            return !found.isEmpty();
        });
        return found.get(0);
    }

    /** Names from a span up to the root of its trace. */
    private List<String> trail(SpanData from) {
        List<String> names = new ArrayList<>();
        names.add(from.getName());
        SpanContext parent = from.getParentSpanContext();
        while (!parent.getSpanId().equals("a".repeat(16))) {
            String id = parent.getSpanId();
            SpanData span =
                    awaitSpan("parent " + id, candidate -> candidate.getSpanId().equals(id));
            names.add(span.getName());
            parent = span.getParentSpanContext();
        }
        return names;
    }

    private SpanData awaitSpan(String what, Predicate<SpanData> wanted) {
        return await(what)
                .atMost(LIMIT)
                .until(() -> spans.ended().stream().filter(wanted).toList(), found -> !found.isEmpty())
                .get(0);
    }

    /** What a read_committed reader sees of a topic. */
    private static <T extends SpecificRecord> List<ConsumerRecord<String, T>> everything(Topics topic, Class<T> type) {
        AvroDeserializer<T> deserializer = new AvroDeserializer<>(type);
        deserializer.configure(KAFKA.clientProperties(), false);
        Map<String, Object> properties = KAFKA.clientProperties();
        properties.put("isolation.level", "read_committed");
        try (KafkaConsumer<String, T> consumer =
                new KafkaConsumer<>(properties, new StringDeserializer(), deserializer)) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic.topicName()).stream()
                    .map(info -> new TopicPartition(topic.topicName(), info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            List<ConsumerRecord<String, T>> records = new ArrayList<>();
            while (partitions.stream()
                    .anyMatch(partition -> consumer.position(partition) < ends.getOrDefault(partition, 0L))) {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            }
            return records;
        }
    }

    private static ConfigurationSource configuration(Map<String, String> values) {
        Map<String, String> all = new HashMap<>(values);
        all.put("bootstrap-servers", KAFKA.bootstrapServers());
        all.put("registry", KAFKA.registryUrl());
        return ConfigurationSource.of(all);
    }

    private static byte[] picture(Color color) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(TinyModels.picture(color, Color.WHITE), "png", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static Predicate<SpanData> named(String name) {
        return span -> span.getName().equals(name);
    }
}
