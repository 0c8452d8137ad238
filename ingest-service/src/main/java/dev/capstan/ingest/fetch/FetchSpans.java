package dev.capstan.ingest.fetch;

import dev.capstan.ingest.fetch.OutcomeRecords.Output;
import dev.capstan.platform.tracing.TraceAttributes;
import dev.capstan.platform.tracing.Tracing;
import dev.capstan.schemas.records.LocatedPair;
import dev.capstan.schemas.records.PostponedPair;
import dev.capstan.schemas.records.RejectedPair;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.context.Context;
import java.time.Instant;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * The span of each attempt at a pair, from when its record was taken up to when its result was there. It is made at its end: a pair
 * may wait for its host for minutes, and its partition may go meanwhile. The fetch loop's thread.
 */
record FetchSpans(Tracing tracing) {
    /**
     * A record that was taken up.
     *
     * @param parent what its headers name
     * @param topic its own topic, which a pair that comes again has another of than at first
     */
    record Taken(Context parent, Instant at, String topic, int partition, long offset) {
        static final Taken UNTRACED = new Taken(Context.root(), Instant.EPOCH, "", 0, 0);
    }

    Taken taken(ConsumerRecord<?, ?> record, Instant now) {
        return tracing.isOn()
                ? new Taken(tracing.read(record.headers()), now, record.topic(), record.partition(), record.offset())
                : Taken.UNTRACED;
    }

    /** An attempt ended; returns the span that the output should name. */
    SpanContext ended(Taken taken, Output output, Instant now) {
        if (!tracing.isOn()) {
            return SpanContext.getInvalid();
        }
        Span span = tracing.processing(taken.parent(), taken.topic(), taken.partition(), taken.offset())
                .setStartTimestamp(taken.at())
                .startSpan();
        if (span.isRecording()) {
            describe(span, output);
        }
        span.end(now);
        return span.getSpanContext();
    }

    private static void describe(Span span, Output output) {
        SpecificRecord value = output.value();
        if (value instanceof RejectedPair rejected) {
            pairId(span, rejected.getPairId());
            span.setAttribute(TraceAttributes.OUTCOME, "rejected");
            span.setAttribute(TraceAttributes.RULE, rejected.getRule());
            return;
        }
        if (value instanceof PostponedPair postponed) {
            LocatedPair pair = postponed.getPair();
            pairId(span, OutcomeRecords.pairId(pair.getUrl(), pair.getText()));
            span.setAttribute(TraceAttributes.OUTCOME, "postponed");
            span.setAttribute(TraceAttributes.RULE, postponed.getRule());
            return;
        }
        span.setAttribute(TraceAttributes.OUTCOME, "crawled");
        pairId(span, output.key());
    }

    private static void pairId(Span span, @Nullable String id) {
        if (id != null) {
            span.setAttribute(TraceAttributes.PAIR_ID, id);
        }
    }
}
