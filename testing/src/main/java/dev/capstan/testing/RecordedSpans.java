package dev.capstan.testing;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** Keeps every span that ended, in memory, for tests of traces. Any thread. */
public final class RecordedSpans implements AutoCloseable {
    /** The header that carries a trace from record to record. */
    public static final String HEADER = "traceparent";

    private final InMemorySpanExporter exporter = InMemorySpanExporter.create();
    private final OpenTelemetrySdk sdk = OpenTelemetrySdk.builder()
            .setTracerProvider(SdkTracerProvider.builder()
                    .addSpanProcessor(SimpleSpanProcessor.create(exporter))
                    .build())
            .build();

    /** Where spans are made; everything is sampled unless its parent is not. */
    public OpenTelemetry telemetry() {
        return sdk;
    }

    /** Spans that ended, in that order. */
    public List<SpanData> ended() {
        return exporter.getFinishedSpanItems();
    }

    /** Spans of a name that ended, in that order. */
    public List<SpanData> named(String name) {
        return ended().stream().filter(span -> span.getName().equals(name)).toList();
    }

    /** The one span of a name. */
    public SpanData only(String name) {
        List<SpanData> spans = named(name);
        if (spans.size() != 1) {
            throw new IllegalStateException(spans.size() + " spans of " + name + " among "
                    + ended().stream().map(SpanData::getName).toList());
        }
        return spans.get(0);
    }

    /** Whether a span says this of itself. */
    public static boolean says(SpanData span, String attribute, String value) {
        return value.equals(span.getAttributes().get(AttributeKey.stringKey(attribute)));
    }

    /** Whether a span links to another. */
    public static boolean links(SpanData from, SpanData to) {
        return from.getLinks().stream()
                .anyMatch(link -> link.getSpanContext().getSpanId().equals(to.getSpanId())
                        && link.getSpanContext().getTraceId().equals(to.getTraceId()));
    }

    /** Whether a span is a child of another. */
    public static boolean isChild(SpanData child, SpanData parent) {
        return child.getTraceId().equals(parent.getTraceId())
                && child.getParentSpanId().equals(parent.getSpanId());
    }

    /** A sampled parent of a trace that is told by one letter, for example {@code 'a'}. */
    public static Header parent(char letter) {
        String value = "00-" + Character.toString(letter).repeat(32) + "-"
                + Character.toString(letter).repeat(16) + "-01";
        return new RecordHeader(HEADER, value.getBytes(StandardCharsets.UTF_8));
    }

    /** The same as the headers of a record. */
    public static Headers headers(char letter) {
        return new RecordHeaders().add(parent(letter));
    }

    /** The trace that {@link #parent} names. */
    public static String trace(char letter) {
        return Character.toString(letter).repeat(32);
    }

    /** What headers name a span by, as a record should that was written by a span. */
    public static String written(SpanData span) {
        return "00-" + span.getTraceId() + "-" + span.getSpanId() + "-"
                + span.getSpanContext().getTraceFlags().asHex();
    }

    /** The header's text, or nothing if there is none. */
    public static String text(Headers headers) {
        Header header = headers.lastHeader(HEADER);
        return header == null ? "" : new String(header.value(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        sdk.close();
    }
}
