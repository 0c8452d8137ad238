package dev.capstan.ingest;

import dev.capstan.ingest.filter.Verdict.Refusal;
import dev.capstan.schemas.records.RejectedPair;
import java.time.Instant;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Makes {@link RejectedPair}s. Texts that come from the pair are shortened: what says why a record was refused must
 * itself never be too large to write.
 *
 * @param policyVersion version of the policy that refuses
 */
record Rejection(String policyVersion) {

    static final int MAX_ID_CHARACTERS = 256;
    private static final int MAX_DETAIL_CHARACTERS = 1000;
    private static final int MAX_CONCEPTS = 256;

    /** What is known of a refused pair; nothing, if its record cannot be read. */
    record Subject(
            @Nullable String pairId,
            @Nullable String source,
            @Nullable Instant crawledAt,
            List<String> listedConcepts) {
        static final Subject UNREADABLE = new Subject(null, null, null, List.of());

        Subject {
            listedConcepts = List.copyOf(listedConcepts);
        }

        Subject(@Nullable String pairId, @Nullable String source, @Nullable Instant crawledAt) {
            this(pairId, source, crawledAt, List.of());
        }
    }

    RejectedPair of(Refusal refusal, Origin origin, Subject subject, Instant now) {
        return RejectedPair.newBuilder()
                .setPairId(shortened(subject.pairId(), MAX_ID_CHARACTERS))
                .setRule(refusal.rule())
                .setScore(nullable(refusal.score()))
                .setThreshold(nullable(refusal.threshold()))
                .setDetail(shortened(refusal.detail(), MAX_DETAIL_CHARACTERS))
                .setPolicyVersion(policyVersion)
                .setTopic(origin.topic())
                .setPartition(origin.partition())
                .setOffset(origin.offset())
                .setSource(shortened(subject.source(), MAX_ID_CHARACTERS))
                .setCrawledAt(subject.crawledAt())
                .setRejectedAt(now)
                .setListedConcepts(subject.listedConcepts()
                        .subList(
                                0,
                                Math.min(MAX_CONCEPTS, subject.listedConcepts().size())))
                .build();
    }

    static @Nullable String shortened(@Nullable String text, int maxCharacters) {
        if (text == null || text.length() <= maxCharacters) {
            return text;
        }
        // Not between the halves of a surrogate pair.
        int end = Character.isHighSurrogate(text.charAt(maxCharacters - 2)) ? maxCharacters - 2 : maxCharacters - 1;
        return text.substring(0, end) + "\u2026";
    }

    private static @Nullable Double nullable(OptionalDouble value) {
        return value.isPresent() ? value.getAsDouble() : null;
    }
}
