package dev.capstan.ingest;

import dev.capstan.ingest.filter.Verdict.Refusal;
import dev.capstan.platform.tracing.TraceAttributes;
import dev.capstan.platform.tracing.Tracing;
import dev.capstan.schemas.Topics;
import io.opentelemetry.api.trace.Span;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/**
 * Spans of the topology's two steps: one a record and step, with what became of the pair. A span ends when its record is handed
 * on and not when the transaction commits: after a failure a record has two, while the topics never hold it twice.
 */
public record PairSpans(Tracing tracing) {
    private static final String REJECTED = outcome(Topics.PAIRS_REJECTED);

    /** Off, this makes nothing: it stands in front of every record. */
    public Span begin(Headers headers, RecordMetadata place) {
        if (!tracing.isOn()) {
            return Span.getInvalid();
        }
        return tracing.processing(tracing.read(headers), place.topic(), place.partition(), place.offset())
                .startSpan();
    }

    /** The pair went on to a topic. */
    public void wentTo(Span span, Topics destination) {
        if (span.isRecording()) {
            span.setAttribute(TraceAttributes.OUTCOME, outcome(destination));
        }
    }

    void refused(Span span, Refusal refusal) {
        if (!span.isRecording()) {
            return;
        }
        span.setAttribute(TraceAttributes.OUTCOME, REJECTED);
        span.setAttribute(TraceAttributes.RULE, refusal.rule());
        refusal.score().ifPresent(score -> span.setAttribute(TraceAttributes.SCORE, score));
        refusal.threshold().ifPresent(threshold -> span.setAttribute(TraceAttributes.THRESHOLD, threshold));
    }

    /** Names the span in the headers of what goes on. */
    public void carry(Span span, Headers headers) {
        tracing.write(span.getSpanContext(), headers);
    }

    void failed(Span span, RuntimeException cause) {
        Tracing.failed(span, cause);
    }

    /** {@code curated} of {@code pairs.curated}. */
    private static String outcome(Topics destination) {
        return destination.topicName().substring(destination.topicName().indexOf('.') + 1);
    }
}
