package dev.capstan.ingest.fetch;

import dev.capstan.ingest.fetch.web.HopResult;
import dev.capstan.ingest.fetch.web.WebAddress;
import dev.capstan.platform.takedowns.Takedowns;
import dev.capstan.schemas.PairIds;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.schemas.records.LocatedPair;
import dev.capstan.schemas.records.PostponedPair;
import dev.capstan.schemas.records.RejectedPair;
import dev.capstan.schemas.records.TakedownKind;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.random.RandomGenerator;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * Says what is written of an outcome: a fetched pair, a refusal, or the pair again with the time of its next attempt. Pure
 * but for the random generator that spreads the attempts.
 */
final class OutcomeRecords {
    /** The header under which a fetched pair says which address answered, where redirects led to another. */
    static final String FINAL_ADDRESS = "capstan-final-url";

    static final String UNDECODABLE = "record-undecodable";
    static final String TOO_LARGE = "record-too-large";

    private static final int MAX_SOURCE_CHARACTERS = 256;
    private static final int MAX_DETAIL_CHARACTERS = 1000;
    private static final double SPREAD = 0.2;
    private static final int MAX_DOUBLINGS = 30;

    /** One record to write. */
    record Output(Topics topic, String key, SpecificRecord value) {}

    private final FetchConfig.Retry retry;
    private final String policyVersion;
    private final RandomGenerator random;

    OutcomeRecords(FetchConfig.Retry retry, String policyVersion, RandomGenerator random) {
        this.retry = retry;
        this.policyVersion = policyVersion;
        this.random = random;
    }

    Output of(Finished finished, Instant now) {
        FetchTask task = finished.task();
        Outcome outcome = finished.outcome();
        if (outcome instanceof Outcome.Fetched fetched) {
            return crawled(task.pair(), fetched, now);
        }
        if (outcome instanceof Outcome.Refused refused) {
            HopResult.Refused reason = refused.reason();
            return rejected(
                    task.history(),
                    task.pair(),
                    reason.rule(),
                    reason.score(),
                    reason.threshold(),
                    reason.detail(),
                    now);
        }
        if (outcome instanceof Outcome.Failed failed) {
            return afterFailure(task, failed.reason(), now);
        }
        Outcome.PutOff putOff = (Outcome.PutOff) outcome;
        History history = task.history();
        Duration delay = spread(least(doubled(putOff.delay(), history.deferrals()), retry.maxDelay()));
        return postponed(task, history.attempts(), history.deferrals() + 1, delay, putOff.rule(), putOff.detail(), now);
    }

    /** The refusal of a record that nobody can read. */
    Output undecodable(String topic, int partition, long offset, String detail, Instant now) {
        return rejected(
                History.none(topic, partition, offset),
                null,
                UNDECODABLE,
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                detail,
                now);
    }

    /** The refusal of a pair that a takedown names, in whatever its attempt ended. */
    Output takenDown(FetchTask task, TakedownKind kind, Instant now) {
        return rejected(
                task.history(),
                task.pair(),
                Takedowns.RULE,
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                Takedowns.sentence(kind),
                now);
    }

    /** The refusal of a pair whose record its topic does not take. */
    Output tooLarge(FetchTask task, Topics topic, int bytes, int limit, Instant now) {
        return rejected(
                task.history(),
                task.pair(),
                TOO_LARGE,
                OptionalDouble.of(bytes),
                OptionalDouble.of(limit),
                "The record would take " + bytes + " bytes; " + topic.topicName() + " takes " + limit + ".",
                now);
    }

    /** The key of located pairs: the host, or what stands in its place. */
    static String hostKey(String url) {
        return WebAddress.read(url) instanceof WebAddress.Usable usable
                ? usable.address().host()
                : shortened(url, 100);
    }

    /** As every feed makes ids; what is located has an address, so its id does not wait for the content. */
    static String pairId(String url, String text) {
        return PairIds.of(Optional.of(url), new byte[0], text);
    }

    private Output crawled(LocatedPair pair, Outcome.Fetched fetched, Instant now) {
        Map<String, String> headers = new HashMap<>(fetched.image().headers());
        String answered = fetched.from().toString();
        if (!answered.equals(pair.getUrl())) {
            headers.put(FINAL_ADDRESS, answered);
        }
        String id = pairId(pair.getUrl(), pair.getText());
        return new Output(
                Topics.PAIRS_CRAWLED,
                id,
                CrawledPair.newBuilder()
                        .setPairId(id)
                        .setSourceUrl(pair.getUrl())
                        .setText(pair.getText())
                        .setImage(fetched.image().body())
                        .setContentType(headers.get("content-type"))
                        .setHeaders(headers)
                        .setSource(pair.getSource())
                        .setCrawledAt(now)
                        .build());
    }

    private Output afterFailure(FetchTask task, HopResult.Failed reason, Instant now) {
        History history = task.history();
        int attempts = history.attempts() + 1;
        if (attempts >= retry.maxAttempts()) {
            return rejected(
                    history,
                    task.pair(),
                    reason.rule(),
                    OptionalDouble.of(attempts),
                    OptionalDouble.of(retry.maxAttempts()),
                    reason.detail() + " That was attempt " + attempts + " of " + retry.maxAttempts() + ".",
                    now);
        }
        Duration backOff = spread(doubled(retry.firstDelay(), attempts - 1));
        Duration asked = reason.retryAfter().orElse(Duration.ZERO);
        Duration delay = least(backOff.compareTo(asked) >= 0 ? backOff : asked, retry.maxDelay());
        return postponed(task, attempts, history.deferrals(), delay, reason.rule(), reason.detail(), now);
    }

    private Output postponed(
            FetchTask task, int attempts, int deferrals, Duration delay, String rule, String detail, Instant now) {
        History history = task.history();
        Instant first = history.firstTriedAt().orElse(now);
        Instant notBefore = now.plus(delay);
        if (notBefore.isAfter(first.plus(retry.giveUpAfter()))) {
            return rejected(
                    history,
                    task.pair(),
                    "fetch-expired",
                    OptionalDouble.empty(),
                    OptionalDouble.empty(),
                    "It was first tried at " + first + " and is given up. Last: " + detail,
                    now);
        }
        return new Output(
                Topics.PAIRS_LOCATED_RETRY,
                hostKey(task.pair().getUrl()),
                PostponedPair.newBuilder()
                        .setPair(task.pair())
                        .setAttempts(attempts)
                        .setDeferrals(deferrals)
                        .setFirstTriedAt(first)
                        .setNotBefore(notBefore)
                        .setRule(rule)
                        .setDetail(shortened(detail, MAX_DETAIL_CHARACTERS))
                        .setTopic(history.topic())
                        .setPartition(history.partition())
                        .setOffset(history.offset())
                        .build());
    }

    private Output rejected(
            History history,
            @Nullable LocatedPair pair,
            String rule,
            OptionalDouble score,
            OptionalDouble threshold,
            String detail,
            Instant now) {
        return new Output(
                Topics.PAIRS_REJECTED,
                history.origin(),
                RejectedPair.newBuilder()
                        .setPairId(pair == null ? null : pairId(pair.getUrl(), pair.getText()))
                        .setRule(rule)
                        .setScore(score.isPresent() ? score.getAsDouble() : null)
                        .setThreshold(threshold.isPresent() ? threshold.getAsDouble() : null)
                        .setDetail(shortened(detail, MAX_DETAIL_CHARACTERS))
                        .setPolicyVersion(policyVersion)
                        .setTopic(history.topic())
                        .setPartition(history.partition())
                        .setOffset(history.offset())
                        .setSource(pair == null ? null : shortened(pair.getSource(), MAX_SOURCE_CHARACTERS))
                        .setRejectedAt(now)
                        .build());
    }

    private Duration spread(Duration delay) {
        double factor = 1 + SPREAD * random.nextDouble();
        return Duration.ofMillis(Math.round(delay.toMillis() * factor));
    }

    private Duration doubled(Duration delay, int times) {
        Duration doubled = delay;
        for (int time = 0; time < Math.min(times, MAX_DOUBLINGS) && doubled.compareTo(retry.maxDelay()) < 0; time++) {
            doubled = doubled.multipliedBy(2);
        }
        return doubled;
    }

    private static Duration least(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }

    private static String shortened(String text, int maxCharacters) {
        if (text.length() <= maxCharacters) {
            return text;
        }
        // Not between the halves of a surrogate pair.
        int end = Character.isHighSurrogate(text.charAt(maxCharacters - 2)) ? maxCharacters - 2 : maxCharacters - 1;
        return text.substring(0, end) + "\u2026";
    }
}
