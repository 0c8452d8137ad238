package dev.capstan.trainer;

import dev.capstan.checkpoints.Published;
import dev.capstan.platform.tracing.TraceAttributes;
import dev.capstan.platform.tracing.Tracing;
import dev.capstan.schemas.Topics;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * The span of one checkpoint from its first step to the decision on it, and within it the span that writes it, which the
 * manifest's record names: whoever serves the checkpoint goes on from there.
 *
 * <p>The trainer thread makes it and hands it to the publisher's thread, which ends it.
 */
final class CheckpointTrace {
    private static final AttributeKey<String> REASON = AttributeKey.stringKey("capstan.reason");
    private static final AttributeKey<Long> BYTES = AttributeKey.longKey("capstan.bytes");

    private final Tracing tracing;
    private final Span checkpoint;
    private Span sending = Span.getInvalid();

    /** @param checkpoint ended here */
    CheckpointTrace(Tracing tracing, Span checkpoint) {
        this.tracing = tracing;
        this.checkpoint = checkpoint;
    }

    /** Tells nothing. */
    static CheckpointTrace none() {
        return new CheckpointTrace(Tracing.off(), Span.getInvalid());
    }

    /** The writing begins; returns the headers that its manifest should carry. */
    Headers sending() {
        sending = tracing.sending(Context.root().with(checkpoint), Topics.CHECKPOINTS_MANIFESTS.topicName())
                .startSpan();
        Headers headers = new RecordHeaders();
        tracing.write(sending.getSpanContext(), headers);
        return headers;
    }

    /** It is in the log. */
    void published(Published published) {
        checkpoint.setAttribute(TraceAttributes.CHECKPOINT, published.version());
        sending.setAttribute(TraceAttributes.CHECKPOINT, published.version());
        sending.setAttribute(BYTES, published.bytesPublished());
        sending.end();
    }

    void promoted(String reason) {
        checkpoint.addEvent("promoted", Attributes.of(REASON, reason));
    }

    void held(String reason) {
        checkpoint.addEvent("held", Attributes.of(REASON, reason));
    }

    void end() {
        checkpoint.end();
    }

    /** It is not known to be in the log. */
    void failed(Throwable cause) {
        Tracing.failed(sending, cause);
        sending.end();
        Tracing.failed(checkpoint, cause);
        checkpoint.end();
    }
}
