package dev.capstan.inference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.checkpoints.CheckpointDraft;
import dev.capstan.checkpoints.CheckpointWriter;
import dev.capstan.checkpoints.Promotion;
import dev.capstan.checkpoints.PromotionResult;
import dev.capstan.inference.loop.BatchStages;
import dev.capstan.inference.reload.ServingModels;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.tracing.Tracing;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CaptionEvent;
import dev.capstan.schemas.records.CaptionRanking;
import dev.capstan.schemas.records.CaptionRequest;
import dev.capstan.schemas.records.ClassificationEvent;
import dev.capstan.schemas.records.ClassifyRequest;
import dev.capstan.schemas.records.LabelSet;
import dev.capstan.schemas.records.RejectedRequest;
import dev.capstan.schemas.records.ReloadEvent;
import dev.capstan.testing.KafkaExtension;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/**
 * One test's view of a running inference service: its own model name, an asker, a publisher of checkpoints, a
 * read_committed reader that begins where the topics ended when the test began, and every service that was started.
 */
final class InferenceContext implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(40);

    private final KafkaExtension kafka;
    private final String model = "model-" + UUID.randomUUID();
    private final AvroSerializer<SpecificRecord> serializer = new AvroSerializer<>();
    private final Producer<String, byte[]> asker;
    private final CheckpointWriter writer;
    private final Promotion promotion;
    private final Map<Topics, Reader<?>> readers = new HashMap<>();
    private final List<InferenceService> services = new ArrayList<>();
    private final MeterRegistry meters = new SimpleMeterRegistry();
    private Tracing tracing = Tracing.off();
    private long live;
    private int decisions;

    InferenceContext(KafkaExtension kafka) {
        this.kafka = kafka;
        serializer.configure(kafka.clientProperties(), false);
        asker = new KafkaProducer<>(kafka.clientProperties(), new StringSerializer(), new ByteArraySerializer());
        writer = new CheckpointWriter(kafka.clientProperties(), "writer-" + model);
        writer.initialise();
        promotion = new Promotion(kafka.clientProperties());
        readers.put(Topics.EVENTS_CLASSIFICATIONS, new Reader<>(ClassificationEvent.class));
        readers.put(Topics.EVENTS_CAPTIONS, new Reader<>(CaptionEvent.class));
        readers.put(Topics.REQUESTS_REJECTED, new Reader<>(RejectedRequest.class));
        readers.put(Topics.EVENTS_RELOADS, new Reader<>(ReloadEvent.class));
        readers.forEach((topic, reader) -> reader.begin(topic.topicName()));
    }

    InferenceContext traced(Tracing traces) {
        tracing = traces;
        return this;
    }

    String model() {
        return model;
    }

    /** Meters of the services. */
    MeterRegistry meters() {
        return meters;
    }

    /** Writes a checkpoint and makes it live; returns its version. */
    long publish(TensorValue... tensors) {
        return publish("{}", List.of(tensors));
    }

    /** Writes a checkpoint and makes it live; returns its version. */
    long publish(String architecture, List<TensorValue> tensors) {
        long version = writer.publish(CheckpointDraft.imported(model, architecture, tensors))
                .manifest()
                .getLineage()
                .getVersion();
        makeLive(version);
        return version;
    }

    /** Writes a checkpoint whose manifest has headers, and makes it live; returns its version. */
    long publish(Headers headers, TensorValue... tensors) {
        CheckpointDraft draft = CheckpointDraft.imported(model, "{}", List.of(tensors));
        Map<String, Object> properties = kafka.clientProperties();
        properties.put("group.id", "writer-" + model);
        try (Consumer<byte[], byte[]> reader =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            long version = writer.publish(draft, Map.of(), reader.groupMetadata(), headers)
                    .version();
            makeLive(version);
            return version;
        }
    }

    /** Makes a version live that is not. */
    void makeLive(long version) {
        PromotionResult result = version > live
                ? promotion.promote(model, version, "the test says so", "test")
                : promotion.rollback(model, version, "the test says so", "test");
        assertThat(result).isInstanceOf(PromotionResult.Changed.class);
        live = version;
        decisions++;
    }

    /** Waits until every version that was made live was served or failed, the given one last. */
    void awaitReload(long version) {
        if (services.isEmpty()) {
            return;
        }
        List<ReloadEvent> reloads = reloads(decisions);
        assertThat(reloads.get(reloads.size() - 1).getVersion()).isEqualTo(version);
    }

    /** Closes every service that was started. */
    void stopServices() {
        services.forEach(InferenceService::close);
        services.clear();
    }

    InferenceService start(ServingModels models) {
        return start(models, BatchStages.none(), Map.of());
    }

    /** Starts a service; {@code settings} are keys of its configuration. */
    InferenceService start(ServingModels models, BatchStages stages, Map<String, String> settings) {
        InferenceService service =
                new InferenceService(config(settings), models, meters, stages, Clock.systemUTC(), tracing);
        services.add(service);
        service.start();
        return service;
    }

    InferenceConfig config(Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(Map.of(
                "bootstrap-servers",
                kafka.bootstrapServers(),
                "registry",
                kafka.registryUrl(),
                "inference.model",
                model,
                "inference.instance",
                "one",
                "inference.session-timeout",
                "6s"));
        all.putAll(settings);
        return InferenceConfig.from(ConfigurationSource.of(all));
    }

    void ask(ClassifyRequest request, Header... headers) {
        send(Topics.REQUESTS_CLASSIFY, request.getRequestId(), request, headers);
    }

    void ask(CaptionRequest request, Header... headers) {
        send(Topics.REQUESTS_CAPTION, request.getRequestId(), request, headers);
    }

    void labelSet(String name, @Nullable LabelSet set) {
        send(Topics.LABELS_SETS, name, set);
    }

    /** Sends any bytes to a topic. */
    void sendBytes(Topics topic, String key, byte @Nullable [] value) {
        await(new ProducerRecord<>(topic.topicName(), key, value));
    }

    byte[] serialized(Topics topic, SpecificRecord record) {
        return java.util.Objects.requireNonNull(serializer.serialize(topic.topicName(), record));
    }

    static ClassifyRequest classify(String requestId, int red, List<String> labels) {
        return new ClassifyRequest(requestId, Images.png(red), labels, null, null, 5, Instant.now());
    }

    static ClassifyRequest classifyBySet(String requestId, int red, String labelSet) {
        return new ClassifyRequest(requestId, Images.png(red), null, labelSet, null, 5, Instant.now());
    }

    static CaptionRequest caption(String requestId, int red) {
        return new CaptionRequest(requestId, Images.png(red), null, 8, 1, CaptionRanking.LIKELIHOOD, Instant.now());
    }

    /** Reads until so many classifications are there; fails if that takes too long. */
    List<ClassificationEvent> classifications(int atLeast) {
        return this.<ClassificationEvent>reader(Topics.EVENTS_CLASSIFICATIONS).values(seen -> seen.size() >= atLeast);
    }

    List<CaptionEvent> captions(int atLeast) {
        return this.<CaptionEvent>reader(Topics.EVENTS_CAPTIONS).values(seen -> seen.size() >= atLeast);
    }

    /** Headers of the captions that were read so far. */
    List<Headers> captionHeaders() {
        return List.copyOf(Objects.requireNonNull(readers.get(Topics.EVENTS_CAPTIONS)).headers);
    }

    List<RejectedRequest> rejections(int atLeast) {
        return this.<RejectedRequest>reader(Topics.REQUESTS_REJECTED).values(seen -> seen.size() >= atLeast);
    }

    /** Reload events of this test's model. */
    List<ReloadEvent> reloads(int atLeast) {
        return this.<ReloadEvent>reader(Topics.EVENTS_RELOADS)
                .values(seen -> mine(seen).count() >= atLeast)
                .stream()
                .filter(event -> event.getModel().equals(model))
                .toList();
    }

    /** Everything that a read_committed reader of a topic sees from the test's begin to the end of now. */
    <T extends SpecificRecord> List<T> allOf(Topics topic) {
        return this.<T>reader(topic).toTheEnd();
    }

    @Override
    public void close() {
        stopServices();
        asker.close();
        serializer.close();
        writer.close();
        promotion.close();
        readers.values().forEach(Reader::close);
    }

    private Stream<ReloadEvent> mine(List<ReloadEvent> events) {
        return events.stream().filter(event -> event.getModel().equals(model));
    }

    private void send(Topics topic, String key, @Nullable SpecificRecord value, Header... headers) {
        await(new ProducerRecord<>(
                topic.topicName(),
                null,
                key,
                value == null ? null : serializer.serialize(topic.topicName(), value),
                List.of(headers)));
    }

    private void await(ProducerRecord<String, byte[]> record) {
        try {
            asker.send(record).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("The broker did not take a record of " + record.topic(), e);
        }
    }

    @SuppressWarnings("unchecked") // the constructor puts readers under the topics of their types
    private <T extends SpecificRecord> Reader<T> reader(Topics topic) {
        return Objects.requireNonNull((Reader<T>) readers.get(topic));
    }

    /** Reads one topic with read_committed from where it ended when the test began. */
    private final class Reader<T extends SpecificRecord> {
        private final Consumer<String, byte[]> consumer;
        private final AvroDeserializer<T> deserializer;
        private final List<T> seen = new ArrayList<>();
        private final List<Headers> headers = new ArrayList<>();
        private List<TopicPartition> partitions = List.of();

        Reader(Class<T> type) {
            Map<String, Object> properties = kafka.clientProperties();
            properties.put("isolation.level", "read_committed");
            consumer = new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer());
            deserializer = new AvroDeserializer<>(type);
            deserializer.configure(kafka.clientProperties(), false);
        }

        void begin(String topic) {
            partitions = consumer.partitionsFor(topic).stream()
                    .map(partition -> new TopicPartition(topic, partition.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToEnd(partitions);
            partitions.forEach(consumer::position);
        }

        List<T> values(Predicate<List<T>> enough) {
            Instant deadline = Instant.now().plus(PATIENCE);
            while (!enough.test(seen)) {
                assertThat(Instant.now())
                        .as("%s records of %s were seen in time", seen.size(), partitions)
                        .isBefore(deadline);
                poll();
            }
            return List.copyOf(seen);
        }

        List<T> toTheEnd() {
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            Instant deadline = Instant.now().plus(PATIENCE);
            while (partitions.stream()
                    .anyMatch(
                            partition -> consumer.position(partition) < Objects.requireNonNull(ends.get(partition)))) {
                assertThat(Instant.now()).isBefore(deadline);
                poll();
            }
            return List.copyOf(seen);
        }

        void close() {
            consumer.close();
            deserializer.close();
        }

        private void poll() {
            for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                T value = deserializer.deserialize(record.topic(), record.value());
                if (value != null) {
                    seen.add(value);
                    headers.add(record.headers());
                }
            }
        }
    }
}
