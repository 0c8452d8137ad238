package dev.capstan.inference;

import static dev.capstan.inference.InferenceContext.PATIENCE;
import static dev.capstan.inference.InferenceContext.caption;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.platform.tracing.TraceAttributes;
import dev.capstan.platform.tracing.Tracing;
import dev.capstan.schemas.Topics;
import dev.capstan.testing.KafkaExtension;
import dev.capstan.testing.RecordedSpans;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class InferenceTraceTest {
    private static final String REQUEST = "process requests.caption";

    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private final FakeModels models = new FakeModels();
    private final RecordedSpans spans = new RecordedSpans();
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
        spans.close();
    }

    @Test
    void shouldLinkAnAnswerToTheReloadOfItsCheckpoint() {
        context.traced(Tracing.of(spans.telemetry()));
        long version = context.publish(RecordedSpans.headers('c'), FakeModels.tensor(1));
        context.start(models);
        context.reloads(1);

        context.ask(caption("asked", 1), RecordedSpans.parent('d'));

        context.captions(1);
        SpanData request = awaitSpan(REQUEST);
        SpanData reload = spans.only("reload");
        assertThat(reload.getTraceId()).isEqualTo(RecordedSpans.trace('c'));
        assertThat(reload.getAttributes().get(TraceAttributes.CHECKPOINT)).isEqualTo(version);
        assertThat(reload.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
        assertThat(request.getTraceId()).isEqualTo(RecordedSpans.trace('d'));
        assertThat(RecordedSpans.links(request, reload)).isTrue();
        assertThat(request.getAttributes().get(TraceAttributes.REQUEST_ID)).isEqualTo("asked");
        assertThat(request.getAttributes().get(TraceAttributes.CHECKPOINT)).isEqualTo(version);
        assertThat(request.getAttributes().get(TraceAttributes.OUTCOME)).isEqualTo("answered");
        assertThat(context.captionHeaders())
                .singleElement()
                .satisfies(
                        headers -> assertThat(RecordedSpans.text(headers)).isEqualTo(RecordedSpans.written(request)));
    }

    @Test
    void shouldTraceWhatIsRejectedAndWhatDoesNotReload() {
        context.traced(Tracing.of(spans.telemetry()));
        context.publish(FakeModels.tensor(1));
        context.start(models);
        context.publish(FakeModels.tensor(FakeModels.UNLOADABLE));
        context.reloads(2);

        context.sendBytes(Topics.REQUESTS_CAPTION, "poison", "no wire format".getBytes(StandardCharsets.UTF_8));
        context.ask(
                caption("odd header", 1),
                new RecordHeader(RecordedSpans.HEADER, "00-nonsense".getBytes(StandardCharsets.UTF_8)));

        context.rejections(1);
        context.captions(1);
        await().atMost(PATIENCE).until(() -> spans.named(REQUEST).size() == 2);
        assertThat(spans.named(REQUEST))
                .anySatisfy(span -> assertThat(span.getAttributes().get(TraceAttributes.RULE))
                        .isEqualTo("record-undecodable"))
                .allSatisfy(span ->
                        assertThat(span.getParentSpanContext().isValid()).isFalse());
        List<SpanData> reloads = spans.named("reload");
        assertThat(reloads).hasSize(2);
        assertThat(reloads.get(1).getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        assertThat(reloads.get(1).getStatus().getDescription()).contains("no model has this weight");
    }

    @Test
    void shouldAddNoHeaderWhenOff() {
        context.publish(RecordedSpans.headers('c'), FakeModels.tensor(1));
        context.start(models);

        context.ask(caption("asked", 1), RecordedSpans.parent('d'));

        context.captions(1);
        assertThat(context.captionHeaders())
                .singleElement()
                .satisfies(headers -> assertThat(headers).isEmpty());
        assertThat(spans.ended()).isEmpty();
    }

    /** A span ends after its answer can be read. */
    private SpanData awaitSpan(String name) {
        await().atMost(PATIENCE).until(() -> !spans.named(name).isEmpty());
        return spans.only(name);
    }
}
