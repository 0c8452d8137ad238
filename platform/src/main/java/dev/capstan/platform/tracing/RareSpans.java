package dev.capstan.platform.tracing;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextKey;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingResult;
import java.util.List;

/**
 * Samples every span that is started as a rare one, and leaves all others to another sampler. Checkpoints and reloads are rare,
 * a few a minute, and whatever pair or request is sampled leads to one: a link to a span that was not kept would lead nowhere.
 */
final class RareSpans implements Sampler {
    private static final ContextKey<Boolean> RARE = ContextKey.named("capstan-rare");

    private final Sampler others;

    RareSpans(Sampler others) {
        this.others = others;
    }

    /** A parent whose next child is rare. The mark is not inherited: the child's own children go by its sampling. */
    static Context mark(Context parent) {
        return parent.with(RARE, true);
    }

    @Override
    public SamplingResult shouldSample(
            Context parent, String traceId, String name, SpanKind kind, Attributes attributes, List<LinkData> links) {
        return parent.get(RARE) == null
                ? others.shouldSample(parent, traceId, name, kind, attributes, links)
                : SamplingResult.recordAndSample();
    }

    @Override
    public String getDescription() {
        return "RareSpans{" + others.getDescription() + "}";
    }

    @Override
    public String toString() {
        return getDescription();
    }
}
