package dev.capstan.inference.reload;

import dev.capstan.checkpoints.ReloadListener;
import dev.capstan.platform.tracing.TraceAttributes;
import dev.capstan.platform.tracing.Tracing;
import dev.capstan.schemas.records.LiveVersion;
import dev.capstan.schemas.records.ReloadEvent;
import dev.capstan.schemas.records.ReloadOutcome;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.header.Headers;

/**
 * The span of each attempt to serve a version, a child of the span that wrote the checkpoint: from the manifest to the swap. It
 * remembers the spans of the last few versions, so that an answer can name the reload that brought its model.
 *
 * <p>The follower's thread tells of attempts, one at a time; {@link #of} and {@link #close} may be called from any.
 */
public final class ReloadTraces implements ReloadListener, AutoCloseable {
    /** The one that is served, the one that is built, and some that leases still hold. */
    private static final int VERSIONS = 8;

    private static final AttributeKey<String> INSTANCE = AttributeKey.stringKey("capstan.instance");
    private static final AttributeKey<Long> BYTES = AttributeKey.longKey("capstan.bytes");

    private final Tracing tracing;
    private final String instance;
    private final Map<Long, SpanContext> spans = new LinkedHashMap<>();
    private Span open = Span.getInvalid();

    /** @param instance who reloads */
    public ReloadTraces(Tracing tracing, String instance) {
        this.tracing = tracing;
        this.instance = instance;
    }

    @Override
    public synchronized void beginning(LiveVersion live, Headers manifest) {
        begin(live.getModel(), live.getVersion(), tracing.read(manifest));
    }

    @Override
    public synchronized void reloaded(ReloadEvent event) {
        if (!tracing.isOn()) {
            return;
        }
        if (!open.getSpanContext().isValid()) {
            // There was no manifest to begin with.
            begin(event.getModel(), event.getVersion(), Context.root());
        }
        open.setAttribute(BYTES, event.getBytesFetched());
        if (event.getOutcome() == ReloadOutcome.FAILED) {
            open.setStatus(StatusCode.ERROR, String.valueOf(event.getReason()));
        }
        end();
    }

    /** The span that brought a version; an invalid one if it is not known. */
    public synchronized SpanContext of(long version) {
        SpanContext known = spans.get(version);
        return known == null ? SpanContext.getInvalid() : known;
    }

    /** Ends the attempt that is being made, if any: whoever made it was closed. */
    @Override
    public synchronized void close() {
        end();
    }

    private void begin(String model, long version, Context parent) {
        if (!tracing.isOn()) {
            return;
        }
        end();
        open = tracing.rareSpan("reload", SpanKind.CONSUMER, parent)
                .setAttribute(TraceAttributes.MODEL, model)
                .setAttribute(TraceAttributes.CHECKPOINT, version)
                .setAttribute(INSTANCE, instance)
                .startSpan();
        // The latest attempt at a version is the one that counts, and the oldest version makes room.
        spans.remove(version);
        spans.put(version, open.getSpanContext());
        if (spans.size() > VERSIONS) {
            spans.remove(spans.keySet().iterator().next());
        }
    }

    private void end() {
        open.end();
        open = Span.getInvalid();
    }
}
