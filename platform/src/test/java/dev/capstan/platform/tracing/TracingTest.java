package dev.capstan.platform.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.internal.DefaultRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.NullSource;

class TracingTest {
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String SPAN = "00f067aa0ba902b7";
    private static final String PARENT = "00-" + TRACE + "-" + SPAN + "-01";

    private final InMemorySpanExporter exporter = InMemorySpanExporter.create();
    private final OpenTelemetrySdk sdk = sdk(Sampler.alwaysOn());
    private final Tracing tracing = Tracing.of(sdk);

    @AfterEach
    void close() {
        sdk.close();
    }

    @Test
    void shouldGoOnWithTheTraceThatARecordNames() {
        Headers incoming = headers(PARENT);
        Headers outgoing = new RecordHeaders();

        Span span = tracing.processing(tracing.read(incoming), "pairs.crawled", 2, 41)
                .startSpan();
        tracing.write(span.getSpanContext(), outgoing);
        span.end();

        SpanData exported = exporter.getFinishedSpanItems().get(0);
        assertThat(exported.getTraceId()).isEqualTo(TRACE);
        assertThat(exported.getParentSpanId()).isEqualTo(SPAN);
        assertThat(exported.getName()).isEqualTo("process pairs.crawled");
        assertThat(exported.getKind()).isEqualTo(SpanKind.CONSUMER);
        assertThat(exported.getAttributes().asMap())
                .containsEntry(TraceAttributes.MESSAGING_SYSTEM, "kafka")
                .containsEntry(TraceAttributes.PARTITION, "2")
                .containsEntry(TraceAttributes.OFFSET, 41L);
        assertThat(text(outgoing)).isEqualTo("00-" + TRACE + "-" + exported.getSpanId() + "-01");
    }

    static Stream<byte[]> malformed() {
        return Stream.of(
                        "",
                        "00",
                        TRACE,
                        PARENT + "-more",
                        "ff-" + TRACE + "-" + SPAN + "-01",
                        "00-" + "0".repeat(32) + "-" + SPAN + "-01",
                        "00-" + TRACE + "-" + "0".repeat(16) + "-01",
                        "00-" + TRACE.replace('4', 'g') + "-" + SPAN + "-01",
                        "00_" + TRACE + "_" + SPAN + "_01",
                        "\u0000\u00ff\n" + PARENT,
                        "01-" + TRACE + "-" + SPAN + "-01-" + "x".repeat(300),
                        "x".repeat(100_000))
                .map(text -> text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @ParameterizedTest
    @MethodSource("malformed")
    @NullSource
    void shouldTakeAMalformedHeaderForNone(byte @Nullable [] value) {
        Headers headers = new RecordHeaders().add(TraceHeader.NAME, value);

        Context parent = tracing.read(headers);

        assertThat(Span.fromContext(parent).getSpanContext().isValid()).isFalse();
        assertThat(tracing.readSampled(headers).isValid()).isFalse();
    }

    @Test
    void shouldTakeAMalformedHeaderOfHttpForNone() {
        assertThat(Span.fromContext(tracing.parse("nonsense")).getSpanContext().isValid())
                .isFalse();
        assertThat(Span.fromContext(tracing.parse(null)).getSpanContext().isValid())
                .isFalse();
        assertThat(Span.fromContext(tracing.parse(PARENT)).getSpanContext().getTraceId())
                .isEqualTo(TRACE);
    }

    @Test
    void shouldLeaveOneHeaderOfBoundedSize() {
        Headers headers = headers(PARENT).add("tracestate", "vendor=value".getBytes(StandardCharsets.UTF_8));
        SpanContext span = SpanContext.create(
                "a".repeat(32),
                "b".repeat(16),
                TraceFlags.getSampled(),
                TraceState.builder().put("vendor", "x".repeat(200)).build());
        Headers written = new RecordHeaders();

        tracing.write(span, headers);
        tracing.write(span, written);

        assertThat(headers.headers(TraceHeader.NAME)).hasSize(1);
        assertThat(text(headers)).isEqualTo("00-" + "a".repeat(32) + "-" + "b".repeat(16) + "-01");
        assertThat(written).hasSize(1);
        int bytes = DefaultRecord.sizeInBytes(0, 0, 0, 0, written.toArray())
                - DefaultRecord.sizeInBytes(0, 0, 0, 0, new RecordHeaders().toArray());
        assertThat(bytes).isPositive().isLessThanOrEqualTo(tracing.headerBytes());
    }

    @Test
    void shouldCarryADecisionAgainstSampling() {
        Tracing never = Tracing.of(sdk(Sampler.parentBased(Sampler.alwaysOff())));
        Headers first = new RecordHeaders();
        Headers second = new RecordHeaders();

        never.write(
                never.span("one", SpanKind.INTERNAL, Context.root()).startSpan().getSpanContext(), first);
        never.write(
                never.span("two", SpanKind.INTERNAL, never.read(first))
                        .startSpan()
                        .getSpanContext(),
                second);

        SpanContext carried = Span.fromContext(never.read(second)).getSpanContext();
        assertThat(carried.isValid()).isTrue();
        assertThat(carried.isSampled()).isFalse();
        assertThat(text(second)).startsWith(text(first).substring(0, 36));
        assertThat(never.readSampled(first).isValid()).isFalse();
    }

    @Test
    void shouldSampleRareSpansWhateverTheRatio() {
        Tracing never = Tracing.of(sdk(Sampler.parentBased(Sampler.alwaysOff())));

        Span rare =
                never.rareSpan("checkpoint", SpanKind.INTERNAL, Context.root()).startSpan();
        Span child =
                never.span("step", SpanKind.INTERNAL, Context.root().with(rare)).startSpan();
        Span other = never.span("other", SpanKind.INTERNAL, Context.root()).startSpan();

        assertThat(rare.getSpanContext().isSampled()).isTrue();
        assertThat(child.getSpanContext().isSampled()).isTrue();
        assertThat(other.getSpanContext().isSampled()).isFalse();
    }

    @Test
    void shouldDoNothingWhenOff() {
        Tracing off = Tracing.off();
        Headers headers = new RecordHeaders();

        Span span =
                off.processing(off.read(headers(PARENT)), "pairs.crawled", 0, 0).startSpan();
        off.write(span.getSpanContext(), headers);
        span.end();

        assertThat(headers).isEmpty();
        assertThat(off.headerBytes()).isZero();
        assertThat(off.readSampled(headers(PARENT)).isValid()).isFalse();
        assertThat(off.isOn()).isFalse();
    }

    private OpenTelemetrySdk sdk(Sampler sampler) {
        return OpenTelemetrySdk.builder()
                .setTracerProvider(SdkTracerProvider.builder()
                        .setSampler(Tracing.withRareSpans(sampler))
                        .addSpanProcessor(SimpleSpanProcessor.create(exporter))
                        .build())
                .build();
    }

    private static Headers headers(String traceparent) {
        return new RecordHeaders().add(TraceHeader.NAME, traceparent.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(Headers headers) {
        return new String(headers.lastHeader(TraceHeader.NAME).value(), StandardCharsets.UTF_8);
    }
}
