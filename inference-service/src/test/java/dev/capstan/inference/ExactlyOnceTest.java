package dev.capstan.inference;

import static dev.capstan.inference.InferenceContext.caption;
import static dev.capstan.inference.InferenceContext.classify;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.inference.loop.BatchStages;
import dev.capstan.inference.loop.RequestLoop;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CaptionEvent;
import dev.capstan.schemas.records.ClassificationEvent;
import dev.capstan.schemas.records.ReloadEvent;
import dev.capstan.schemas.records.ReloadOutcome;
import dev.capstan.testing.KafkaExtension;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever happens, a read_committed reader sees one answer to each request. */
class ExactlyOnceTest {
    private static final List<String> LABELS = List.of("cat", "dog", "owl");
    private static final int SWAPS = 20;

    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private final FakeModels models = new FakeModels();
    private InferenceContext context;

    /** Where a process dies. */
    private enum Place {
        BEFORE_ANSWERS,
        BEFORE_COMMIT,
        AFTER_COMMIT
    }

    /** Dies at a place of the second batch: nothing is closed, nothing is aborted. */
    private record Crash(Place place, AtomicInteger batches) implements BatchStages {
        @Override
        public void beforeAnswers() {
            batches.incrementAndGet();
            dieAt(Place.BEFORE_ANSWERS);
        }

        @Override
        public void beforeCommit() {
            dieAt(Place.BEFORE_COMMIT);
        }

        @Override
        public void afterCommit() {
            dieAt(Place.AFTER_COMMIT);
        }

        private void dieAt(Place here) {
            if (here == place && batches.get() == 2) {
                throw new AssertionError("the process dies " + here);
            }
        }
    }

    @BeforeAll
    static void createTopics() {
        KAFKA.createTopics();
    }

    @BeforeEach
    void begin() {
        context = new InferenceContext(KAFKA);
    }

    @AfterEach
    void end() {
        context.close();
        assertThat(models.violations()).isEmpty();
        assertThat(models.open()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    void shouldAnswerOnceAcrossACrash(Place place) throws InterruptedException {
        context.publish(FakeModels.tensor(1));
        Map<String, String> smallBatches = Map.of("inference.max-batch-requests", "8");
        ask("before-", 30);
        InferenceService first = context.start(models, new Crash(place, new AtomicInteger()), smallBatches);
        assertThat(first.awaitTermination()).isEqualTo(RequestLoop.FAILED);
        ask("after-", 10);

        context.start(models, BatchStages.none(), smallBatches);

        assertAnsweredOnce(40);
    }

    @Test
    void shouldAnswerOnceAcrossRebalances() {
        context.publish(FakeModels.tensor(1));
        InferenceService first = context.start(models, BatchStages.none(), Map.of("inference.instance", "left"));
        ask("a-", 100);
        context.start(models, BatchStages.none(), Map.of("inference.instance", "right"));
        ask("b-", 100);
        first.close();
        ask("c-", 100);

        context.start(models, BatchStages.none(), Map.of("inference.instance", "left"));

        ask("d-", 100);
        assertAnsweredOnce(400);
    }

    @Test
    void shouldAnswerOnceAcrossSwaps() {
        Map<Long, Integer> weights = new HashMap<>();
        weights.put(context.publish(FakeModels.tensor(0)), 0);
        context.start(models);
        AtomicBoolean swapping = new AtomicBoolean(true);
        AtomicInteger sent = new AtomicInteger();
        CompletableFuture<Integer> load = CompletableFuture.supplyAsync(() -> askWhile(swapping, sent));

        for (int weight = 1; weight <= SWAPS; weight++) {
            weights.put(context.publish(FakeModels.tensor(weight)), weight);
            context.reloads(weight + 1);
            // A version that nobody asked before the next one came answers nothing.
            int before = sent.get();
            await().until(() -> sent.get() >= before + 3);
        }
        swapping.set(false);

        int asked = load.join();
        assertThat(context.reloads(SWAPS + 1))
                .extracting(ReloadEvent::getOutcome)
                .containsOnly(ReloadOutcome.SERVING)
                .hasSize(SWAPS + 1);
        context.captions(asked);
        List<CaptionEvent> captions = context.allOf(Topics.EVENTS_CAPTIONS);
        assertThat(captions)
                .hasSize(asked)
                .extracting(CaptionEvent::getRequestId)
                .doesNotHaveDuplicates();
        assertThat(captions).extracting(CaptionEvent::getEventId).doesNotHaveDuplicates();
        assertThat(captions)
                .allSatisfy(event -> assertThat(event.getCaption())
                        .startsWith("weight " + weights.get(event.getCheckpoint()) + " "));
        assertThat(captions.stream().map(CaptionEvent::getCheckpoint).distinct().count())
                .as("checkpoints that answered")
                .isGreaterThan(SWAPS / 4);
        assertThat(models.open()).containsExactly(SWAPS);
    }

    @Test
    void shouldGoOnAfterItsProducerWasFenced() {
        context.publish(FakeModels.tensor(1));
        context.start(models);
        ask("before-", 20);
        context.classifications(20);
        Map<String, Object> properties = KAFKA.clientProperties();
        properties.put("transactional.id", context.config(Map.of()).transactionalId());

        try (Producer<String, byte[]> stranger =
                new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer())) {
            stranger.initTransactions();
        }

        ask("after-", 20);
        assertAnsweredOnce(40);
    }

    @Test
    void shouldEndWhenAnotherProcessTakesItsName() throws InterruptedException {
        context.publish(FakeModels.tensor(1));
        InferenceService first = context.start(models);
        ask("before-", 10);
        context.classifications(10);

        context.start(models);

        assertThat(first.awaitTermination()).isEqualTo(RequestLoop.INSTANCE_TAKEN);
        assertThat(first.isLive()).isFalse();
        ask("after-", 10);
        assertAnsweredOnce(20);
    }

    private void ask(String prefix, int count) {
        IntStream.range(0, count).forEach(number -> context.ask(classify(prefix + number, number % 60, LABELS)));
    }

    private int askWhile(AtomicBoolean going, AtomicInteger sent) {
        while (going.get()) {
            context.ask(caption("k-" + sent.get(), sent.get() % 60));
            sent.incrementAndGet();
        }
        return sent.get();
    }

    private void assertAnsweredOnce(int count) {
        context.classifications(count);
        List<ClassificationEvent> events = context.allOf(Topics.EVENTS_CLASSIFICATIONS);
        assertThat(events).extracting(ClassificationEvent::getRequestId).doesNotHaveDuplicates();
        assertThat(events).extracting(ClassificationEvent::getEventId).doesNotHaveDuplicates();
        assertThat(events).hasSize(count);
    }
}
