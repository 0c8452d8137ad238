package dev.capstan.local.curation;

import dev.capstan.ingest.balance.Coin;
import dev.capstan.ingest.balance.ConceptBalance;
import dev.capstan.local.curation.RangeReader.Range;
import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.PoisonRecordException;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CuratedPair;
import dev.capstan.schemas.records.RejectedPair;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * What balance did to a range of pairs, and what two passes over the same range would have done: the first pass counts
 * each concept, the second tosses the same coins as curation, against the whole counts (MetaCLIP, arXiv 2309.16671, section
 * 3). The pairs are those that were kept and those that balance alone left out; the topics are read twice.
 *
 * <p>Memory: two numbers for each concept that was met, at most {@link #MAX_CONCEPTS}. One thread.
 */
public final class BalanceReport {
    /** Concepts that are counted apart; what a pair has beyond them is passed over and counted. */
    public static final int MAX_CONCEPTS = 1_000_000;

    private final Map<String, long[]> counts = new HashMap<>();
    private final List<Long> targets;
    private final long[] keptByTarget;
    private long kept;
    private long leftOut;
    private long withoutConcept;
    private long unreadable;
    private long concepts;
    private long conceptsPassedOver;
    private long both;
    private long onePassOnly;
    private long twoPassOnly;

    /**
     * One concept.
     *
     * @param pairs that name it
     * @param kept of these
     */
    public record Concept(String name, long pairs, long kept) {}

    /**
     * One pass against two, pair by pair.
     *
     * @param target pairs of one concept that are all kept
     */
    public record Divergence(long target, long both, long onePassOnly, long twoPassOnly) {
        /** What one pass kept beyond what two passes would keep, as a share of the latter; 0 where both keep none. */
        public double excess() {
            long two = both + twoPassOnly;
            return two == 0 ? 0 : (double) (onePassOnly - twoPassOnly) / two;
        }
    }

    /**
     * What was found.
     *
     * @param kept pairs with a concept that were kept
     * @param leftOut pairs that balance left out
     * @param withoutConcept kept pairs without a concept, which balance does not concern
     * @param unreadable records that cannot be read
     * @param concepts concepts that were met
     * @param conceptsPassedOver mentions of concepts beyond those that are counted
     * @param mostFrequent the most frequent ones
     * @param divergence for the first target
     * @param keptByTarget pairs that two passes would keep, by target
     */
    public record Found(
            long kept,
            long leftOut,
            long withoutConcept,
            long unreadable,
            long concepts,
            long conceptsPassedOver,
            List<Concept> mostFrequent,
            Divergence divergence,
            Map<Long, Long> keptByTarget) {
        public Found {
            mostFrequent = List.copyOf(mostFrequent);
            keptByTarget = new LinkedHashMap<>(keptByTarget);
        }

        /** Pairs with a concept. */
        public long pairs() {
            return kept + leftOut;
        }
    }

    /** One pair of the range. */
    private interface Visitor {
        void visit(String pairId, List<String> listedConcepts, boolean kept);
    }

    private BalanceReport(List<Long> targets) {
        if (targets.isEmpty() || targets.stream().anyMatch(target -> target < 1)) {
            throw new IllegalArgumentException("targets must be positive, and one at least: " + targets);
        }
        this.targets = List.copyOf(targets);
        keptByTarget = new long[targets.size()];
    }

    /**
     * Reads the range.
     *
     * @param targets the first is the one that curation balanced to
     * @param limit how many concepts are listed
     * @throws CurationException if the topics cannot be read
     */
    public static Found find(
            KafkaSettings settings,
            Optional<Instant> from,
            Optional<Instant> to,
            List<Long> targets,
            int limit,
            ReadingProgress progress) {
        BalanceReport report = new BalanceReport(targets);
        try (RangeReader reader = new RangeReader(settings, progress);
                AvroDeserializer<CuratedPair> curated = new AvroDeserializer<>(CuratedPair.class);
                AvroDeserializer<RejectedPair> rejected = new AvroDeserializer<>(RejectedPair.class)) {
            curated.configure(settings.clientProperties(), false);
            rejected.configure(settings.clientProperties(), false);
            // Settled once, so that both passes see the same pairs.
            List<Map<TopicPartition, Range>> curatedRanges = List.of(
                    reader.between(Topics.PAIRS_CURATED, from, to), reader.between(Topics.PAIRS_HELDOUT, from, to));
            Map<TopicPartition, Range> rejectedRanges = reader.between(Topics.PAIRS_REJECTED, from, to);
            for (Visitor pass : List.<Visitor>of(report::count, report::toss)) {
                report.unreadable = 0;
                curatedRanges.forEach(ranges -> report.read(
                        reader,
                        ranges,
                        curated,
                        from,
                        pair -> pass.visit(pair.getPairId(), pair.getListedConcepts(), true)));
                report.read(reader, rejectedRanges, rejected, from, refusal -> {
                    String pairId = refusal.getPairId();
                    if (pairId != null && refusal.getRule().equals(ConceptBalance.RULE)) {
                        pass.visit(pairId, refusal.getListedConcepts(), false);
                    }
                });
            }
        }
        return report.found(limit);
    }

    private <T extends SpecificRecord> void read(
            RangeReader reader,
            Map<TopicPartition, Range> ranges,
            AvroDeserializer<T> records,
            Optional<Instant> from,
            Consumer<T> visitor) {
        reader.read(ranges, record -> {
            if (from.map(time -> record.timestamp() < time.toEpochMilli()).orElse(false)) {
                return;
            }
            try {
                T value = records.deserialize(record.topic(), record.value());
                if (value == null) {
                    unreadable++;
                    return;
                }
                visitor.accept(value);
            } catch (PoisonRecordException e) {
                unreadable++;
            }
        });
    }

    private void count(String pairId, List<String> listedConcepts, boolean wasKept) {
        if (listedConcepts.isEmpty()) {
            withoutConcept++;
            return;
        }
        if (wasKept) {
            kept++;
        } else {
            leftOut++;
        }
        for (String concept : listedConcepts) {
            long[] numbers = counts.get(concept);
            if (numbers == null) {
                if (counts.size() == MAX_CONCEPTS) {
                    conceptsPassedOver++;
                    continue;
                }
                numbers = new long[2];
                counts.put(concept, numbers);
                concepts++;
            }
            numbers[0]++;
            numbers[1] += wasKept ? 1 : 0;
        }
    }

    private void toss(String pairId, List<String> listedConcepts, boolean wasKept) {
        if (listedConcepts.isEmpty()) {
            return;
        }
        double[] coins = new double[listedConcepts.size()];
        for (int index = 0; index < coins.length; index++) {
            coins[index] = Coin.toss(pairId, listedConcepts.get(index));
        }
        for (int number = 0; number < targets.size(); number++) {
            boolean keeps = keeps(targets.get(number), listedConcepts, coins);
            keptByTarget[number] += keeps ? 1 : 0;
            if (number == 0) {
                both += keeps && wasKept ? 1 : 0;
                onePassOnly += !keeps && wasKept ? 1 : 0;
                twoPassOnly += keeps && !wasKept ? 1 : 0;
            }
        }
    }

    private boolean keeps(long target, List<String> listedConcepts, double[] coins) {
        for (int index = 0; index < coins.length; index++) {
            long[] numbers = counts.get(listedConcepts.get(index));
            if (numbers != null
                    && coins[index] < ConceptBalance.keepProbability((double) target, (double) numbers[0])) {
                return true;
            }
        }
        return false;
    }

    private Found found(int limit) {
        List<Concept> mostFrequent = counts.entrySet().stream()
                .sorted(Comparator.comparing((Map.Entry<String, long[]> entry) -> -entry.getValue()[0])
                        .thenComparing(Map.Entry::getKey))
                .limit(limit)
                .map(entry -> new Concept(entry.getKey(), entry.getValue()[0], entry.getValue()[1]))
                .toList();
        Map<Long, Long> byTarget = new LinkedHashMap<>();
        for (int number = 0; number < targets.size(); number++) {
            byTarget.put(targets.get(number), keptByTarget[number]);
        }
        return new Found(
                kept,
                leftOut,
                withoutConcept,
                unreadable,
                concepts,
                conceptsPassedOver,
                new ArrayList<>(mostFrequent),
                new Divergence(targets.get(0), both, onePassOnly, twoPassOnly),
                byTarget);
    }
}
