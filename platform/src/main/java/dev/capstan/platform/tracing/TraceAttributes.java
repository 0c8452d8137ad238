package dev.capstan.platform.tracing;

import io.opentelemetry.api.common.AttributeKey;

/**
 * Names of what spans say. Those that begin with {@code messaging.} are OpenTelemetry's semantic conventions for messaging and
 * Kafka; the others are Capstan's own.
 */
public final class TraceAttributes {
    public static final AttributeKey<String> MESSAGING_SYSTEM = AttributeKey.stringKey("messaging.system");
    public static final AttributeKey<String> OPERATION_TYPE = AttributeKey.stringKey("messaging.operation.type");
    public static final AttributeKey<String> OPERATION_NAME = AttributeKey.stringKey("messaging.operation.name");
    public static final AttributeKey<String> DESTINATION = AttributeKey.stringKey("messaging.destination.name");
    public static final AttributeKey<String> PARTITION = AttributeKey.stringKey("messaging.destination.partition.id");
    public static final AttributeKey<Long> OFFSET = AttributeKey.longKey("messaging.kafka.offset");

    /** The stable id of a pair, the same in every trace of it. */
    public static final AttributeKey<String> PAIR_ID = AttributeKey.stringKey("capstan.pair.id");

    /** Where a record went to: the topic that took it on, without its first part, for example {@code curated}. */
    public static final AttributeKey<String> OUTCOME = AttributeKey.stringKey("capstan.outcome");

    /** The rule or the reason that refused it. */
    public static final AttributeKey<String> RULE = AttributeKey.stringKey("capstan.rule");

    public static final AttributeKey<Double> SCORE = AttributeKey.doubleKey("capstan.score");
    public static final AttributeKey<Double> THRESHOLD = AttributeKey.doubleKey("capstan.threshold");
    public static final AttributeKey<String> MODEL = AttributeKey.stringKey("capstan.model");

    /** Version of the checkpoint. */
    public static final AttributeKey<Long> CHECKPOINT = AttributeKey.longKey("capstan.checkpoint");

    public static final AttributeKey<String> REQUEST_ID = AttributeKey.stringKey("capstan.request.id");

    /** Number of the training step. */
    public static final AttributeKey<Long> STEP = AttributeKey.longKey("capstan.step");

    /** Pairs that were trained. */
    public static final AttributeKey<Long> PAIRS = AttributeKey.longKey("capstan.pairs");

    private TraceAttributes() {}
}
