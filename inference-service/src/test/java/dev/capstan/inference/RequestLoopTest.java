package dev.capstan.inference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.inference.labels.LabelSetFollower;
import dev.capstan.inference.labels.LabelSetLimits;
import dev.capstan.inference.labels.LabelSetTable;
import dev.capstan.inference.loop.AnswerTransactions;
import dev.capstan.inference.loop.BatchAnswerer;
import dev.capstan.inference.loop.BatchLimits;
import dev.capstan.inference.loop.BatchStages;
import dev.capstan.inference.loop.ClassifyHandler;
import dev.capstan.inference.loop.ImageDecoding;
import dev.capstan.inference.loop.InferenceMetrics;
import dev.capstan.inference.loop.LoopSettings;
import dev.capstan.inference.loop.OutcomeRecords;
import dev.capstan.inference.loop.RequestLoop;
import dev.capstan.inference.requests.ClassifyQuestion;
import dev.capstan.inference.requests.Intake;
import dev.capstan.inference.requests.ReplyAddresses;
import dev.capstan.inference.requests.RequestLimits;
import dev.capstan.inference.requests.RequestReader;
import dev.capstan.inference.requests.RequestReaders;
import dev.capstan.inference.serving.ModelLease;
import dev.capstan.inference.serving.RecentLabels;
import dev.capstan.inference.serving.ServedModel;
import dev.capstan.platform.images.BoundedImageDecoder;
import dev.capstan.platform.images.ImageLimits;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.RegistryUnavailableException;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.ClassifyRequest;
import dev.capstan.schemas.records.LabelSet;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the loop does when its surroundings fail in ways that a real broker does not show on demand. */
class RequestLoopTest {
    private static final Map<String, String> REGISTRY = Map.of("schema.registry.url", "mock://request-loop");
    private static final TopicPartition PARTITION = new TopicPartition(Topics.REQUESTS_CLASSIFY.topicName(), 0);
    private static final TopicPartition LABEL_SETS = new TopicPartition(Topics.LABELS_SETS.topicName(), 0);

    private final FakeModels models = new FakeModels();
    private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("earliest");
    private final List<MockProducer<String, byte[]>> producers = new ArrayList<>();
    private final List<Consumer<MockProducer<String, byte[]>>> faults = new ArrayList<>();
    private final AvroSerializer<SpecificRecord> serializer = serializer();
    private final ExecutorService decoders = Executors.newSingleThreadExecutor();
    private int registryFailures;
    private boolean serving = true;

    /** A second passes at every look. */
    private static final class TickingClock extends Clock {
        private Instant now = Instant.EPOCH;

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            now = now.plusSeconds(1);
            return now;
        }
    }

    @AfterEach
    void end() {
        decoders.shutdownNow();
        serializer.close();
        assertThat(models.violations()).isEmpty();
    }

    @Test
    void shouldAskAgainWhenTheRegistryDidNotAnswer() {
        registryFailures = 2;
        RequestLoop loop = loop();
        assign();
        deliver(0);
        deliver(0);
        deliver(0);
        consumer.schedulePollTask(loop::close);

        loop.run();

        assertThat(loop.ended()).isCompletedWithValue(RequestLoop.CLOSED);
        assertThat(answers()).containsExactly("request-0");
        assertThat(producers).hasSize(1);
    }

    @Test
    void shouldPauseItsPartitionsWhileNoModelIsServed() {
        serving = false;
        RequestLoop loop = loop();
        assign();
        deliver(0);
        consumer.schedulePollTask(() -> {
            assertThat(consumer.paused()).containsExactly(PARTITION);
            assertThat(consumer.position(PARTITION)).isZero();
            serving = true;
        });
        deliver(0);
        consumer.schedulePollTask(loop::close);

        loop.run();

        assertThat(loop.ended()).isCompletedWithValue(RequestLoop.CLOSED);
        assertThat(answers()).containsExactly("request-0");
    }

    @Test
    void shouldGoBackAndAnswerAgainWhenItsPlaceInTheGroupWasLost() {
        faults.add(producer -> producer.sendOffsetsToTransactionException = new CommitFailedException());
        RequestLoop loop = loop();
        assign();
        deliver(0);
        consumer.schedulePollTask(() -> {
            assertThat(producers.get(0).transactionAborted()).isTrue();
            assertThat(consumer.position(PARTITION)).isZero();
            producers.get(0).sendOffsetsToTransactionException = null;
        });
        deliver(0);
        consumer.schedulePollTask(loop::close);

        loop.run();

        assertThat(answers()).containsExactly("request-0");
        assertThat(producers).hasSize(1);
    }

    @Test
    void shouldMakeAnotherProducerWhenNobodyKnowsHowACommitEnded() {
        faults.add(producer -> {
            producer.commitTransactionException = new TimeoutException("no answer");
            producer.abortTransactionException = new IllegalStateException("a commit is going on");
        });
        RequestLoop loop = loop();
        assign();
        deliver(0);
        consumer.scheduleNopPollTask();
        deliver(0);
        consumer.schedulePollTask(loop::close);

        loop.run();

        assertThat(producers).hasSize(2);
        assertThat(producers.get(0).closed()).isTrue();
        assertThat(producers.get(1).transactionInitialized()).isTrue();
        assertThat(answers()).containsExactly("request-0");
    }

    @Test
    void shouldEndWhenItIsFencedAgainAndAgain() {
        for (int i = 0; i < 10; i++) {
            faults.add(producer ->
                    producer.sendOffsetsToTransactionException = new ProducerFencedException("somebody else"));
        }
        RequestLoop loop = loop();
        assign();
        for (int i = 0; i < 20; i++) {
            deliver(0);
        }

        loop.run();

        assertThat(loop.ended()).isCompletedWithValue(RequestLoop.INSTANCE_TAKEN);
        assertThat(producers).hasSize(5);
        assertThat(answers()).isEmpty();
    }

    private RequestLoop loop() {
        Clock clock = new TickingClock();
        MockConsumer<String, byte[]> labelConsumer = new MockConsumer<>("earliest");
        labelConsumer.updateBeginningOffsets(Map.of(LABEL_SETS, 0L));
        AvroDeserializer<LabelSet> labelSets = new AvroDeserializer<>(LabelSet.class);
        labelSets.configure(REGISTRY, false);
        LabelSetFollower follower = new LabelSetFollower(
                labelConsumer,
                labelSets,
                new LabelSetTable(new LabelSetLimits(1, 1, 1, 1)),
                Duration.ofSeconds(5),
                clock);
        AvroDeserializer<ClassifyRequest> requests = new AvroDeserializer<>(ClassifyRequest.class);
        requests.configure(REGISTRY, false);
        RequestReaders readers = new RequestReaders(
                new RequestLimits(10, 10, 10, 100, 10, 10), new ReplyAddresses(Set.of(), topic -> 0));
        BatchAnswerer answerer = new BatchAnswerer(
                "model",
                List.of(new ClassifyHandler(new FailingReader(readers.classify(requests, follower)), clock)),
                new ImageDecoding(new BoundedImageDecoder(10_000, 10_000, ImageLimits.allFormats()), decoders));
        ServedModel model = ServedModel.warmedUp(new FakeModel(1, models), new RecentLabels(10, List::of, clock), 10);
        AnswerTransactions transactions =
                new AnswerTransactions(this::producer, new OutcomeRecords(serializer(), clock), BatchStages.none());
        return new RequestLoop(
                new RequestLoop.Parts(
                        consumer,
                        follower,
                        () -> serving ? Optional.of(new FixedLease(model)) : Optional.empty(),
                        answerer,
                        transactions),
                new BatchLimits(10, 10, 1_000_000),
                new LoopSettings(Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofSeconds(1)),
                BatchStages.none(),
                new InferenceMetrics(new SimpleMeterRegistry(), clock),
                clock);
    }

    private MockProducer<String, byte[]> producer() {
        MockProducer<String, byte[]> producer =
                new MockProducer<>(true, null, new StringSerializer(), new ByteArraySerializer());
        if (producers.size() < faults.size()) {
            faults.get(producers.size()).accept(producer);
        }
        producers.add(producer);
        return producer;
    }

    private void assign() {
        consumer.schedulePollTask(() -> {
            consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
            consumer.rebalance(List.of(PARTITION));
        });
    }

    /** The next poll brings the request of an offset, if the consumer is there. */
    private void deliver(int offset) {
        byte[] value = serializer.serialize(
                PARTITION.topic(), InferenceContext.classify("request-" + offset, 1, List.of("cat")));
        consumer.schedulePollTask(() -> consumer.addRecord(
                new ConsumerRecord<>(PARTITION.topic(), PARTITION.partition(), offset, new byte[0], value)));
    }

    /** Request ids of the committed answers. */
    private List<String> answers() {
        return producers.stream()
                .flatMap(producer -> producer.history().stream())
                .map(record -> record.key())
                .toList();
    }

    private static AvroSerializer<SpecificRecord> serializer() {
        AvroSerializer<SpecificRecord> serializer = new AvroSerializer<>();
        serializer.configure(REGISTRY, false);
        return serializer;
    }

    private record FixedLease(ServedModel model) implements ModelLease {
        @Override
        public long checkpoint() {
            return 1;
        }

        @Override
        public void close() {}
    }

    private final class FailingReader implements RequestReader<ClassifyQuestion> {
        private final RequestReader<ClassifyQuestion> reader;

        FailingReader(RequestReader<ClassifyQuestion> reader) {
            this.reader = reader;
        }

        @Override
        public Intake<ClassifyQuestion> read(ConsumerRecord<byte[], byte[]> record) {
            if (registryFailures-- > 0) {
                throw new RegistryUnavailableException("no answer", new IOException("connection refused"));
            }
            return reader.read(record);
        }

        @Override
        public void close() {
            reader.close();
        }
    }
}
