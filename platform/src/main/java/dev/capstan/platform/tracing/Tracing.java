package dev.capstan.platform.tracing;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.util.Map;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * The traces of one process: makes spans, and carries their context in the {@code traceparent} header of records, so that one
 * pair can be followed over topics. Off, it makes nothing, reads nothing and adds no header. Any thread.
 *
 * <p>Spans are not current on a thread: work hops between threads at every stage, so that each span is handed on by name.
 */
public final class Tracing implements AutoCloseable {
    private static final String SCOPE = "dev.capstan";
    private static final Tracing OFF = new Tracing(OpenTelemetry.noop(), false, () -> {});

    private final Tracer tracer;
    private final boolean on;
    private final Runnable end;

    private Tracing(OpenTelemetry telemetry, boolean on, Runnable end) {
        this.tracer = telemetry.getTracer(SCOPE);
        this.on = on;
        this.end = end;
    }

    /** No traces. */
    public static Tracing off() {
        return OFF;
    }

    /** Traces that go where somebody else decided, who also ends it. */
    public static Tracing of(OpenTelemetry telemetry) {
        return new Tracing(telemetry, true, () -> {});
    }

    /**
     * What OpenTelemetry's own variables say: {@code OTEL_TRACES_EXPORTER=otlp} switches it on, the others are the SDK's. Without it,
     * off.
     *
     * @param service part of {@code service.name} where no variable gives one: {@code capstan-} goes before it
     * @throws dev.capstan.platform.InvalidConfigurationException if a variable cannot be used
     */
    public static Tracing fromEnvironment(String service, Map<String, String> environment) {
        return ExportedTraces.open(service, environment)
                .map(exported -> new Tracing(exported.telemetry(), true, exported::close))
                .orElse(OFF);
    }

    /** Takes rare spans whatever the sampler says; others go by the sampler. For SDKs that are made elsewhere. */
    public static Sampler withRareSpans(Sampler sampler) {
        return new RareSpans(sampler);
    }

    public boolean isOn() {
        return on;
    }

    /** Most bytes that {@link #write} adds to a record. */
    public int headerBytes() {
        return on ? TraceHeader.BYTES : 0;
    }

    /** The parent that a record's headers name; the root if they name none that is well-formed. */
    public Context read(Headers headers) {
        return on ? TraceHeader.read(headers) : Context.root();
    }

    /** The span that a record's headers name, if it is sampled; else an invalid one. */
    public SpanContext readSampled(Headers headers) {
        if (!on) {
            return SpanContext.getInvalid();
        }
        SpanContext named = Span.fromContext(TraceHeader.read(headers)).getSpanContext();
        return named.isSampled() ? named : SpanContext.getInvalid();
    }

    /** The parent that the value of a {@code traceparent} header of HTTP names; the root if it is none or malformed. */
    public Context parse(@Nullable String traceparent) {
        return on ? TraceHeader.parse(traceparent) : Context.root();
    }

    /** Names a span in a record's headers, sampled or not, so that whoever reads on decides alike. */
    public void write(SpanContext span, Headers headers) {
        if (on && span.isValid()) {
            TraceHeader.write(span, headers);
        }
    }

    /** A span that is about to start. Off, it starts as one that records nothing. */
    public SpanBuilder span(String name, SpanKind kind, Context parent) {
        return tracer.spanBuilder(name).setSpanKind(kind).setParent(parent);
    }

    /** A span that is sampled whatever the ratio: for what happens a few times a minute and others lead to. */
    public SpanBuilder rareSpan(String name, SpanKind kind, Context parent) {
        return span(name, kind, RareSpans.mark(parent));
    }

    /** The processing of one record, about to start. */
    public SpanBuilder processing(Context parent, String topic, int partition, long offset) {
        return span("process " + topic, SpanKind.CONSUMER, parent)
                .setAttribute(TraceAttributes.MESSAGING_SYSTEM, "kafka")
                .setAttribute(TraceAttributes.OPERATION_TYPE, "process")
                .setAttribute(TraceAttributes.OPERATION_NAME, "process")
                .setAttribute(TraceAttributes.DESTINATION, topic)
                .setAttribute(TraceAttributes.PARTITION, Integer.toString(partition))
                .setAttribute(TraceAttributes.OFFSET, offset);
    }

    /** Sending to a topic, about to start. */
    public SpanBuilder sending(Context parent, String topic) {
        return span("send " + topic, SpanKind.PRODUCER, parent)
                .setAttribute(TraceAttributes.MESSAGING_SYSTEM, "kafka")
                .setAttribute(TraceAttributes.OPERATION_TYPE, "send")
                .setAttribute(TraceAttributes.OPERATION_NAME, "send")
                .setAttribute(TraceAttributes.DESTINATION, topic);
    }

    /** Says that what a span stands for went wrong. */
    public static void failed(Span span, Throwable cause) {
        span.setStatus(StatusCode.ERROR, cause.toString());
    }

    /** Sends what is left, for a bounded time, and ends the exporter. What still arrives goes nowhere. */
    @Override
    public void close() {
        end.run();
    }
}
