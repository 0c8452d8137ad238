package dev.capstan.local.curation;

import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.PoisonRecordException;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.RejectedPair;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Reads {@code pairs.rejected} once and keeps what was asked for: counts by rule, the newest refusals and an even sample of
 * each rule. However many refusals there are, it holds at most {@link Query#limit} and, for each of at most
 * {@value #MAX_RULES} rules, {@link Query#samples} of them.
 *
 * <p>One thread.
 */
public final class RejectedPairs {
    /** Rules that are told apart; refusals by any further one are counted together. */
    public static final int MAX_RULES = 256;

    /** Name under which refusals by further rules are counted. */
    public static final String OTHER_RULES = "(other rules)";

    /** Most refusals that are listed. */
    public static final int MAX_LIMIT = 10_000;

    /** Most samples of one rule. */
    public static final int MAX_SAMPLES = 100;

    private static final Comparator<RejectedPair> BY_TIME = Comparator.comparing(RejectedPair::getRejectedAt)
            .thenComparing(RejectedPair::getTopic)
            .thenComparing(RejectedPair::getPartition)
            .thenComparing(RejectedPair::getOffset);

    private final Query query;
    private final SplittableRandom random;
    private final SortedMap<String, Long> counts = new TreeMap<>();
    private final PriorityQueue<RejectedPair> newest = new PriorityQueue<>(BY_TIME);
    private final Map<String, List<RejectedPair>> samples = new TreeMap<>();
    private final Map<String, Long> offered = new HashMap<>();
    private long unreadable;

    /**
     * What is wanted.
     *
     * @param rules rules by name; none means all
     * @param since only pairs of this time or later, by the time at which they were fetched
     * @param limit how many of the newest are kept
     * @param samples how many of each rule are drawn
     * @param seed decides which are drawn
     */
    public record Query(Set<String> rules, Optional<Instant> since, int limit, int samples, long seed) {
        public Query {
            rules = Set.copyOf(rules);
            if (limit < 0 || limit > MAX_LIMIT) {
                throw new IllegalArgumentException("limit must be from 0 to " + MAX_LIMIT + ": " + limit);
            }
            if (samples < 0 || samples > MAX_SAMPLES) {
                throw new IllegalArgumentException("samples must be from 0 to " + MAX_SAMPLES + ": " + samples);
            }
        }
    }

    /**
     * What was found.
     *
     * @param counts refusals by rule
     * @param newest the newest refusals, oldest first
     * @param samples refusals by rule, oldest first
     * @param unreadable records that are no refusals
     */
    public record Found(
            SortedMap<String, Long> counts,
            List<RejectedPair> newest,
            Map<String, List<RejectedPair>> samples,
            long unreadable) {
        public Found {
            counts = Collections.unmodifiableSortedMap(new TreeMap<>(counts));
            newest = List.copyOf(newest);
            samples = Collections.unmodifiableMap(new TreeMap<>(samples));
        }

        public long total() {
            return counts.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    private RejectedPairs(Query query) {
        this.query = query;
        this.random = new SplittableRandom(query.seed());
    }

    /**
     * Reads the topic up to where it ends now.
     *
     * @throws CurationException if it cannot be read
     */
    public static Found find(KafkaSettings settings, Query query, ReadingProgress progress) {
        RejectedPairs pairs = new RejectedPairs(query);
        try (RangeReader reader = new RangeReader(settings, progress);
                AvroDeserializer<RejectedPair> records = new AvroDeserializer<>(RejectedPair.class)) {
            records.configure(settings.clientProperties(), false);
            reader.read(
                    reader.between(Topics.PAIRS_REJECTED, query.since(), Optional.empty()),
                    record -> pairs.take(record, records));
        }
        return pairs.found();
    }

    private void take(ConsumerRecord<byte[], byte[]> record, AvroDeserializer<RejectedPair> records) {
        if (query.since().map(time -> record.timestamp() < time.toEpochMilli()).orElse(false)) {
            return;
        }
        RejectedPair pair;
        try {
            pair = records.deserialize(record.topic(), record.value());
        } catch (PoisonRecordException e) {
            unreadable++;
            return;
        }
        if (pair == null) {
            unreadable++;
            return;
        }
        if (query.rules().isEmpty() || query.rules().contains(pair.getRule())) {
            take(pair);
        }
    }

    private void take(RejectedPair pair) {
        boolean known = counts.containsKey(pair.getRule()) || counts.size() < MAX_RULES;
        String rule = known ? pair.getRule() : OTHER_RULES;
        counts.merge(rule, 1L, Long::sum);
        if (query.limit() > 0) {
            newest.add(pair);
            if (newest.size() > query.limit()) {
                newest.remove();
            }
        }
        if (query.samples() > 0) {
            sample(rule, pair);
        }
    }

    /** Vitter's algorithm R: each refusal of a rule is kept with the same probability. */
    private void sample(String rule, RejectedPair pair) {
        List<RejectedPair> kept = samples.computeIfAbsent(rule, name -> new ArrayList<>());
        long seen = offered.merge(rule, 1L, Long::sum);
        if (kept.size() < query.samples()) {
            kept.add(pair);
            return;
        }
        long place = random.nextLong(seen);
        if (place < kept.size()) {
            kept.set((int) place, pair);
        }
    }

    private Found found() {
        Map<String, List<RejectedPair>> sorted = new TreeMap<>();
        samples.forEach(
                (rule, pairs) -> sorted.put(rule, pairs.stream().sorted(BY_TIME).toList()));
        return new Found(counts, newest.stream().sorted(BY_TIME).toList(), sorted, unreadable);
    }
}
