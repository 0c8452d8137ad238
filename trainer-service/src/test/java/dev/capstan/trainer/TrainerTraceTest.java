package dev.capstan.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.platform.tracing.TraceAttributes;
import dev.capstan.platform.tracing.Tracing;
import dev.capstan.schemas.records.TrainingMode;
import dev.capstan.testing.KafkaExtension;
import dev.capstan.testing.RecordedSpans;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.LongStream;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Traces of the whole trainer on a real broker. */
class TrainerTraceTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private final FakeModels models = new FakeModels(TrainingMode.JOINT);
    private final RecordedSpans spans = new RecordedSpans();
    private TrainerContext context;

    @BeforeEach
    void setUp() {
        KAFKA.recreateTopics();
        context = new TrainerContext(KAFKA);
    }

    @AfterEach
    void tearDown() {
        context.close();
        spans.close();
    }

    @Test
    void shouldLinkAPairAndItsCheckpointBothWays() {
        context.traced(Tracing.of(spans.telemetry())).startAndAwaitReady(models);
        context.curate(5);
        context.curate(RecordedSpans.headers('a'));
        context.awaitPublished(6);
        context.awaitLive(context.latest().getLineage().getVersion());

        SpanData pair = await("the pair's span")
                .atMost(TrainerContext.PATIENCE)
                .until(() -> spans.named("process pairs.curated"), found -> !found.isEmpty())
                .get(0);
        assertThat(pair.getTraceId()).isEqualTo(RecordedSpans.trace('a'));
        assertThat(pair.getAttributes().get(TraceAttributes.PAIR_ID)).isEqualTo("pair-5");
        SpanData step = spans.only("step");
        assertThat(RecordedSpans.links(pair, step)).isTrue();
        assertThat(step.getLinks())
                .singleElement()
                .satisfies(
                        link -> assertThat(link.getSpanContext().getTraceId()).isEqualTo(RecordedSpans.trace('a')));
        SpanData checkpoint = await("the checkpoint's span")
                .atMost(TrainerContext.PATIENCE)
                .until(() -> checkpointOf(step), found -> !found.isEmpty())
                .get(0);
        assertThat(checkpoint.getLinks()).hasSize(1);
        long version = checkpoint.getAttributes().get(TraceAttributes.CHECKPOINT);
        assertThat(checkpoint.getEvents())
                .singleElement()
                .satisfies(event -> assertThat(event.getName()).isEqualTo("promoted"));
        SpanData sending = spans.named("send checkpoints.manifests").stream()
                .filter(span -> RecordedSpans.isChild(span, checkpoint))
                .findFirst()
                .orElseThrow();
        assertThat(context.log().manifest(context.config().model(), version)).isPresent();
        assertThat(RecordedSpans.text(
                        context.log().manifestHeaders(context.config().model(), version)))
                .isEqualTo(RecordedSpans.written(sending));
    }

    @Test
    void shouldTellOfABoundedNumberOfPairs() {
        TrainingTrace trace = new TrainingTrace(Tracing.of(spans.telemetry()), "model");
        Learner.Learnt learnt = new Learner.Learnt(OptionalDouble.of(1), OptionalDouble.empty(), true);
        for (int step = 1; step <= 5; step++) {
            List<TrainingTrace.TracedPair> pairs = LongStream.range(0, 50)
                    .mapToObj(offset -> new TrainingTrace.TracedPair(traced(offset), "pair-" + offset))
                    .toList();
            trace.stepped(step, Instant.EPOCH.plusSeconds(step), Duration.ofMillis(10), 60, pairs, learnt);
        }

        CheckpointTrace checkpoint = trace.cut(Instant.EPOCH.plusSeconds(6));
        checkpoint.failed(new IllegalStateException("no answer"));

        assertThat(spans.named("process pairs.curated")).hasSize(TrainingTrace.MAX_PAIRS);
        assertThat(spans.named("step")).hasSize(3);
        SpanData told = spans.only("checkpoint");
        assertThat(told.getLinks()).hasSize(TrainingTrace.MAX_PAIRS);
        assertThat(told.getAttributes().get(TraceAttributes.PAIRS)).isEqualTo(300);
        assertThat(told.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        assertThat(told.getStartEpochNanos()).isEqualTo(990_000_000L);
        trace.cut(Instant.EPOCH.plusSeconds(7)).end();
        assertThat(spans.named("checkpoint").get(1).getLinks()).isEmpty();
    }

    @Test
    void shouldAddNoHeaderWhenOff() {
        context.startAndAwaitReady(models);
        context.curate(RecordedSpans.headers('a'));
        context.awaitPublished(1);

        long version = context.latest().getLineage().getVersion();

        assertThat(context.log().manifestHeaders(context.config().model(), version))
                .isEmpty();
        assertThat(spans.ended()).isEmpty();
    }

    private List<SpanData> checkpointOf(SpanData step) {
        return spans.named("checkpoint").stream()
                .filter(span -> RecordedSpans.isChild(step, span))
                .toList();
    }

    private static RawPair traced(long offset) {
        return new RawPair(
                new TopicPartition("pairs.curated", 0),
                offset,
                new byte[1],
                SpanContext.create(
                        RecordedSpans.trace('a'), "b".repeat(16), TraceFlags.getSampled(), TraceState.getDefault()));
    }
}
