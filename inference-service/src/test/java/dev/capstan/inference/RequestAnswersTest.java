package dev.capstan.inference;

import static dev.capstan.inference.InferenceContext.PATIENCE;
import static dev.capstan.inference.InferenceContext.caption;
import static dev.capstan.inference.InferenceContext.classify;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.schemas.records.CaptionEvent;
import dev.capstan.schemas.records.ClassificationEvent;
import dev.capstan.schemas.records.ScoredLabel;
import dev.capstan.testing.KafkaExtension;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RequestAnswersTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private final FakeModels models = new FakeModels();
    private InferenceContext context;

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

    @Test
    void shouldAnswerBothKindsOfRequests() {
        long version = context.publish(FakeModels.tensor(7));
        context.start(models);

        context.ask(classify("c-1", 4, List.of("cat", "dog", "owl")));
        context.ask(caption("k-1", 9));

        ClassificationEvent classification = context.classifications(1).get(0);
        assertThat(classification.getRequestId()).isEqualTo("c-1");
        assertThat(classification.getEventId()).startsWith("requests.classify-").endsWith("-c-1");
        assertThat(classification.getLabel()).isEqualTo("dog");
        assertThat(classification.getAlternatives())
                .extracting(ScoredLabel::getLabel)
                .containsExactly("dog", "owl", "cat");
        assertThat(classification.getModel()).isEqualTo(context.model());
        assertThat(classification.getCheckpoint()).isEqualTo(version);
        assertThat(classification.getAnsweredAt()).isAfterOrEqualTo(classification.getRequestedAt());
        CaptionEvent captioned = context.captions(1).get(0);
        assertThat(captioned.getRequestId()).isEqualTo("k-1");
        assertThat(captioned.getCaption()).isEqualTo("weight 7 red 9");
        assertThat(captioned.getGrounding()).isEqualTo(1.25);
        assertThat(captioned.getCheckpoint()).isEqualTo(version);
    }

    @Test
    void shouldKeepRequestsUntilAModelIsServed() {
        InferenceService service = context.start(models);
        context.ask(caption("early", 1));
        assertThat(service.isReady()).isFalse();

        context.publish(FakeModels.tensor(3));

        assertThat(context.captions(1))
                .extracting(CaptionEvent::getRequestId, CaptionEvent::getCaption)
                .containsExactly(Tuple.tuple("early", "weight 3 red 1"));
        assertThat(service.isReady()).isTrue();
    }

    @Test
    void shouldMeterRequestsBatchesAndTheServedCheckpoint() {
        long version = context.publish(FakeModels.tensor(7));
        context.start(models);

        context.ask(classify("sound", 1, List.of("cat")));
        context.ask(classify("bad", 1, List.of()));

        context.classifications(1);
        context.rejections(1);
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(requests("answered", "none")).isOne();
            assertThat(requests("rejected", "labels-empty")).isOne();
        });
        MeterRegistry meters = context.meters();
        assertThat(meters.get("capstan.inference.latency").timer().count()).isOne();
        assertThat(meters.get("capstan.inference.batch.requests").summary().totalAmount())
                .isEqualTo(2);
        assertThat(meters.get("capstan.inference.reloads")
                        .tag("outcome", "serving")
                        .counter()
                        .count())
                .isOne();
        assertThat(meters.get("capstan.inference.checkpoint").gauge().value()).isEqualTo((double) version);
        assertThat(meters.get("capstan.inference.native.arrays").gauge().value())
                .isOne();
    }

    private double requests(String outcome, String reason) {
        Counter counter = context.meters()
                .find("capstan.inference.requests")
                .tags("topic", "requests.classify", "outcome", outcome, "reason", reason)
                .counter();
        return counter == null ? 0 : counter.count();
    }
}
