package dev.capstan.inference.loop;

import dev.capstan.inference.loop.Outcome.Rejected;
import dev.capstan.inference.loop.OutcomeRecords.Outgoing;
import dev.capstan.platform.tracing.TraceAttributes;
import dev.capstan.platform.tracing.Tracing;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.StatusCode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Spans of requests: one a request and attempt, in the trace that the request's record names, from when its batch is taken up
 * until its answer is committed. Each links to the reload that brought the model, and its answer's records name it. The request
 * loop's thread.
 *
 * @param reloads the span that brought a version; invalid where it is not known
 */
public record RequestTraces(Tracing tracing, LongFunction<SpanContext> reloads) {
    private static final String ANSWERED = "answered";
    private static final String REJECTED = "rejected";

    /** No traces. */
    public static RequestTraces off() {
        return new RequestTraces(Tracing.off(), version -> SpanContext.getInvalid());
    }

    /** A batch is taken up. */
    Batch begin(RequestBatch batch, long checkpoint) {
        if (!tracing.isOn()) {
            return new Batch(tracing, List.of());
        }
        SpanContext reload = reloads.apply(checkpoint);
        List<Span> spans = new ArrayList<>(batch.records().size());
        for (ConsumerRecord<byte[], byte[]> record : batch.records()) {
            SpanBuilder builder = tracing.processing(
                            tracing.read(record.headers()), record.topic(), record.partition(), record.offset())
                    .setAttribute(TraceAttributes.CHECKPOINT, checkpoint);
            if (reload.isValid()) {
                builder.addLink(reload);
            }
            spans.add(builder.startSpan());
        }
        return new Batch(tracing, spans);
    }

    /** The spans of one batch, in the order of its requests. Ended at the end of the attempt, whatever became of it. */
    record Batch(Tracing tracing, List<Span> spans) implements AutoCloseable {

        /** Names the span of each request in what is sent for it. */
        void carry(List<Outgoing> outgoing) {
            for (int i = 0; i < spans.size(); i++) {
                Span span = spans.get(i);
                Outgoing one = outgoing.get(i);
                tracing.write(span.getSpanContext(), one.record().headers());
                one.replies().forEach(reply -> tracing.write(span.getSpanContext(), reply.headers()));
                if (span.isRecording()) {
                    describe(span, one.outcome());
                }
            }
        }

        /** The answers were not committed: the requests come again. */
        void aborted() {
            spans.forEach(span -> span.setStatus(StatusCode.ERROR, "the answer was not committed"));
        }

        @Override
        public void close() {
            spans.forEach(Span::end);
        }

        private static void describe(Span span, Outcome outcome) {
            String requestId = outcome.requestId();
            if (requestId != null) {
                span.setAttribute(TraceAttributes.REQUEST_ID, requestId);
            }
            if (outcome instanceof Rejected rejected) {
                span.setAttribute(TraceAttributes.OUTCOME, REJECTED);
                span.setAttribute(TraceAttributes.RULE, rejected.rejection().reason());
                return;
            }
            span.setAttribute(TraceAttributes.OUTCOME, ANSWERED);
        }
    }
}
