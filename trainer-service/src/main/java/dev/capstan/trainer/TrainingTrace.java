package dev.capstan.trainer;

import dev.capstan.platform.tracing.TraceAttributes;
import dev.capstan.platform.tracing.Tracing;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * What there is to tell of the steps since the last checkpoint. Spans are made only at the cut, with the times of what they tell
 * of: none is held open meanwhile, and where the weights are dropped nothing was said of them.
 *
 * <p>A checkpoint is a trace of its own, because it comes of many pairs. Its span and those of its steps link to the sampled pairs;
 * each of these pairs gets a span in its own trace that links to the step. Both ways together can be followed in tools that
 * show the links of a span and not those to it. At most {@value #MAX_PAIRS} pairs of a checkpoint are told of, and the steps that had
 * them; replayed pairs were told of when they came first.
 *
 * <p>Owned by the trainer thread, with the run that it tells of.
 */
final class TrainingTrace {
    /** The SDK's own bound on the links of a span. */
    static final int MAX_PAIRS = 128;

    private static final AttributeKey<Long> SAMPLED = AttributeKey.longKey("capstan.pairs.sampled");
    private static final AttributeKey<Long> STEPS = AttributeKey.longKey("capstan.steps");
    private static final AttributeKey<Double> CONTRASTIVE = AttributeKey.doubleKey("capstan.loss.contrastive");
    private static final AttributeKey<Double> CAPTION = AttributeKey.doubleKey("capstan.loss.caption");

    private final Tracing tracing;
    private final String model;
    private final List<Step> steps = new ArrayList<>();
    private @Nullable Instant begun;
    private long allSteps;
    private long allPairs;
    private long sampled;

    /** A pair whose trace is sampled. */
    record TracedPair(RawPair raw, String pairId) {}

    /** @param pairs the traced ones of all that it trained */
    private record Step(
            long number, Instant begun, Instant ended, int trained, List<TracedPair> pairs, Learner.Learnt learnt) {}

    TrainingTrace(Tracing tracing, String model) {
        this.tracing = tracing;
        this.model = model;
    }

    /**
     * A step was made.
     *
     * @param trained pairs that it trained for the first time
     * @param traced those of them whose traces are sampled
     */
    void stepped(
            long number, Instant ended, Duration took, int trained, List<TracedPair> traced, Learner.Learnt learnt) {
        if (!tracing.isOn()) {
            return;
        }
        Instant start = ended.minus(took);
        begun = begun == null ? start : begun;
        allSteps++;
        allPairs += trained;
        int room = (int) Math.max(0, MAX_PAIRS - sampled);
        sampled += traced.size();
        if (room > 0 && !traced.isEmpty()) {
            steps.add(new Step(
                    number,
                    start,
                    ended,
                    trained,
                    List.copyOf(traced.subList(0, Math.min(room, traced.size()))),
                    learnt));
        }
    }

    /** Tells of what was made since the last cut, and starts anew. */
    CheckpointTrace cut(Instant now) {
        if (!tracing.isOn()) {
            return CheckpointTrace.none();
        }
        SpanBuilder builder = tracing.rareSpan("checkpoint", SpanKind.INTERNAL, Context.root())
                .setStartTimestamp(begun == null ? now : begun)
                .setAttribute(TraceAttributes.MODEL, model)
                .setAttribute(STEPS, allSteps)
                .setAttribute(TraceAttributes.PAIRS, allPairs)
                .setAttribute(SAMPLED, sampled);
        steps.forEach(step -> link(builder, step));
        Span checkpoint = builder.startSpan();
        steps.forEach(step -> tell(Context.root().with(checkpoint), step));
        steps.clear();
        begun = null;
        allSteps = 0;
        allPairs = 0;
        sampled = 0;
        return new CheckpointTrace(tracing, checkpoint);
    }

    private void tell(Context checkpoint, Step step) {
        SpanBuilder builder = tracing.span("step", SpanKind.INTERNAL, checkpoint)
                .setStartTimestamp(step.begun())
                .setAttribute(TraceAttributes.STEP, step.number())
                .setAttribute(TraceAttributes.PAIRS, (long) step.trained());
        link(builder, step);
        attribute(builder, CONTRASTIVE, step.learnt().contrastive());
        attribute(builder, CAPTION, step.learnt().caption());
        Span span = builder.startSpan();
        for (TracedPair pair : step.pairs()) {
            RawPair raw = pair.raw();
            tracing.processing(
                            Context.root().with(Span.wrap(raw.trace())),
                            raw.partition().topic(),
                            raw.partition().partition(),
                            raw.offset())
                    .setStartTimestamp(step.begun())
                    .setAttribute(TraceAttributes.PAIR_ID, pair.pairId())
                    .setAttribute(TraceAttributes.STEP, step.number())
                    .addLink(span.getSpanContext())
                    .startSpan()
                    .end(step.ended());
        }
        span.end(step.ended());
    }

    private static void link(SpanBuilder builder, Step step) {
        step.pairs().forEach(pair -> builder.addLink(pair.raw().trace()));
    }

    private static void attribute(SpanBuilder builder, AttributeKey<Double> key, OptionalDouble value) {
        value.ifPresent(number -> builder.setAttribute(key, number));
    }
}
