package dev.capstan.local.audit;

import dev.capstan.schemas.ProbeHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.BiPredicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * Matches the answers of one request topic with its requests, and the answers to probes with the truth. Requests first,
 * then answers. Not thread-safe.
 */
final class AnswerTally {
    private final BiPredicate<String, String> isRight;
    private final AnswerCounts counts = new AnswerCounts();
    private final Map<String, String> expected = new HashMap<>();
    private final Map<Long, Score> scores = new HashMap<>();
    private final Percentiles latency = new Percentiles();
    private long answered;
    private long rejected;
    private long duplicates;
    private long unasked;

    /** Right answers to the probes of one version. */
    record Score(long right, long all) {
        double share() {
            return (double) right / all;
        }
    }

    /** @param isRight whether an answer (first) is the true label (second) */
    AnswerTally(BiPredicate<String, String> isRight) {
        this.isRight = isRight;
    }

    void request(ConsumerRecord<String, byte[]> record) {
        counts.ask(record.key());
        Header truth = record.headers().lastHeader(ProbeHeaders.PROBE_EXPECTED);
        if (truth != null) {
            expected.put(record.key(), new String(truth.value(), StandardCharsets.UTF_8));
        }
    }

    void answer(String requestId, String answer, long version, Instant askedAt, Instant answeredAt) {
        if (!counts.isAsked(requestId)) {
            unasked++;
            return;
        }
        if (counts.answer(requestId) > 1) {
            duplicates++;
            return;
        }
        answered++;
        latency.add(Duration.between(askedAt, answeredAt).toMillis());
        String truth = expected.get(requestId);
        if (truth != null) {
            long right = isRight.test(answer, truth) ? 1 : 0;
            scores.merge(version, new Score(right, 1), (a, b) -> new Score(a.right() + b.right(), a.all() + b.all()));
        }
    }

    void rejection(String requestId) {
        if (counts.isAsked(requestId) && counts.refuse(requestId)) {
            rejected++;
        }
    }

    Report.Answers answers() {
        return new Report.Answers(
                counts.asked(), answered, rejected, duplicates, orNull(latency.at(0.5)), orNull(latency.at(0.99)));
    }

    /** How the probes that a version answered came out, or null if it answered none. */
    @Nullable
    Score score(long version) {
        return scores.get(version);
    }

    /** Answers to requests that the topic does not hold. */
    long unasked() {
        return unasked;
    }

    private static @Nullable Long orNull(OptionalLong value) {
        return value.isPresent() ? value.getAsLong() : null;
    }
}
