package dev.capstan.platform.tracing;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapSetter;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * W3C Trace Context in the headers of records: {@value #NAME}, and nothing beside it. {@code tracestate} is neither read nor
 * written, because it may have any length and a record's size is bounded. What is malformed counts as absent.
 */
final class TraceHeader {
    /** Name of the header, as the W3C gives it. */
    static final String NAME = "traceparent";

    /** Most bytes that the header adds to a record: name, value, and the lengths of both. */
    static final int BYTES = 72;

    /** A version to come may be longer than the 55 characters of version 00; this long is nobody's. */
    private static final int MAX_VALUE_BYTES = 256;

    private static final W3CTraceContextPropagator FORMAT = W3CTraceContextPropagator.getInstance();

    private TraceHeader() {}

    /** The context that the newest such header names as a parent, or the root. */
    static Context read(Headers headers) {
        return headers.lastHeader(NAME) == null
                ? Context.root()
                : FORMAT.extract(Context.root(), headers, Getter.INSTANCE);
    }

    /** The context that a text names as a parent, or the root. */
    static Context parse(@Nullable String traceparent) {
        return traceparent == null ? Context.root() : FORMAT.extract(Context.root(), traceparent, TextGetter.INSTANCE);
    }

    /** Replaces the header. */
    static void write(SpanContext span, Headers headers) {
        FORMAT.inject(Context.root().with(Span.wrap(span)), headers, Setter.INSTANCE);
    }

    private enum Getter implements TextMapGetter<Headers> {
        INSTANCE;

        @Override
        public @Nullable String get(@Nullable Headers carrier, String key) {
            if (carrier == null || !key.equals(NAME)) {
                return null;
            }
            Header header = carrier.lastHeader(NAME);
            byte[] value = header == null ? null : header.value();
            return value == null || value.length > MAX_VALUE_BYTES
                    ? null
                    : new String(value, StandardCharsets.ISO_8859_1);
        }
    }

    private enum TextGetter implements TextMapGetter<String> {
        INSTANCE;

        @Override
        public @Nullable String get(@Nullable String carrier, String key) {
            return carrier == null || !key.equals(NAME) || carrier.length() > MAX_VALUE_BYTES ? null : carrier;
        }
    }

    private enum Setter implements TextMapSetter<Headers> {
        INSTANCE;

        @Override
        public void set(@Nullable Headers carrier, String key, String value) {
            if (carrier != null && key.equals(NAME)) {
                carrier.remove(NAME);
                carrier.add(NAME, value.getBytes(StandardCharsets.ISO_8859_1));
            }
        }
    }
}
