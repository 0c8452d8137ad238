package dev.capstan.ingest;

import dev.capstan.ingest.filter.CurationPolicy.NearDuplicateRule;
import dev.capstan.ingest.filter.Verdict.Refusal;
import dev.capstan.ingest.images.HashIndex;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.PairHash;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What the pairs of the whole stream look like that were admitted lately, as far as this process knows, and the rule that
 * refuses what looks alike. It knows what {@code pairs.hashes} says, and what its own tasks admitted and the topic does not
 * say yet; what other instances admitted in this moment it does not know (docs/adr/0010-near-duplicates.md).
 *
 * <p>Bounded by the policy's count and window. A record is never its own near-duplicate, so that one that is processed
 * again after an aborted transaction is judged as before. Thread-safe: stream threads judge, the follower learns.
 */
final class NearDuplicates {

    static final String RULE = "image-near-duplicate";

    /** More than a process admits until it reads its own hashes. */
    static final int MAX_PENDING = 4096;

    /**
     * Set bits that a hash must have to be judged by. Each is a step to a brighter neighbour; a drawing on a white sheet has few, and
     * two of them then stand for any two drawings in about the same place (docs/measurements.md, A real corpus in full).
     */
    private static final int LEAST_BITS = 12;

    /** As many, for each bit in which hashes may differ. */
    private static final int LEAST_BITS_A_DISTANCE = 4;

    private record Place(int partition, long offset) {}

    private record Looks(String pairId, long hash, long timeMillis) {}

    private final long windowMillis;
    private final int maxDistance;
    private final HashIndex index;
    private final @Nullable String[] pairIds;
    private final int[] partitions;
    private final long[] offsets;
    private final long[] timesMillis;
    private final Map<Place, Looks> pending = new LinkedHashMap<>();

    NearDuplicates(NearDuplicateRule rule) {
        this.windowMillis = rule.window().toMillis();
        this.maxDistance = rule.maxDistance();
        this.index = new HashIndex(rule.maxPairs(), rule.maxDistance());
        this.pairIds = new String[rule.maxPairs()];
        this.partitions = new int[rule.maxPairs()];
        this.offsets = new long[rule.maxPairs()];
        this.timesMillis = new long[rule.maxPairs()];
    }

    /**
     * Why a pair of this look is refused, or empty.
     *
     * @param timeMillis the pair's time; what lies further from it than the window does not count
     * @param origin the pair's own record
     */
    synchronized Optional<Refusal> judge(long hash, long timeMillis, Origin origin) {
        if (Long.bitCount(hash) < Math.max(LEAST_BITS, LEAST_BITS_A_DISTANCE * maxDistance)) {
            return Optional.empty();
        }
        OptionalLong nearest = index.nearest(hash, entry -> {
            int slot = index.slot(entry);
            boolean isItself = partitions[slot] == origin.partition() && offsets[slot] == origin.offset();
            return !isItself && isWithinWindow(timesMillis[slot], timeMillis);
        });
        if (nearest.isPresent()) {
            int slot = index.slot(nearest.getAsLong());
            return Optional.of(refusal(
                    HashIndex.distance(hash, index.hash(nearest.getAsLong())),
                    String.valueOf(pairIds[slot]),
                    new Place(partitions[slot], offsets[slot])));
        }
        for (Map.Entry<Place, Looks> entry : pending.entrySet()) {
            Place place = entry.getKey();
            Looks looks = entry.getValue();
            int distance = HashIndex.distance(hash, looks.hash());
            boolean isItself = place.partition() == origin.partition() && place.offset() == origin.offset();
            if (distance <= maxDistance && !isItself && isWithinWindow(looks.timeMillis(), timeMillis)) {
                return Optional.of(refusal(distance, looks.pairId(), place));
            }
        }
        return Optional.empty();
    }

    /** A task of this process has admitted a pair; its transaction may still be aborted. */
    synchronized void admitted(PairHash looks, long timeMillis) {
        pending.put(
                new Place(looks.getPartition(), looks.getOffset()),
                new Looks(looks.getPairId(), looks.getPerceptualHash(), timeMillis));
        if (pending.size() > MAX_PENDING) {
            Iterator<Place> oldest = pending.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
    }

    /** The topic says that a pair was admitted. */
    synchronized void learn(PairHash looks, long timeMillis) {
        pending.remove(new Place(looks.getPartition(), looks.getOffset()));
        int slot = index.slot(index.add(looks.getPerceptualHash()));
        pairIds[slot] = looks.getPairId();
        partitions[slot] = looks.getPartition();
        offsets[slot] = looks.getOffset();
        timesMillis[slot] = timeMillis;
    }

    private boolean isWithinWindow(long earlierMillis, long timeMillis) {
        return Math.abs(timeMillis - earlierMillis) <= windowMillis;
    }

    private Refusal refusal(int distance, String pairId, Place place) {
        return Refusal.of(
                RULE,
                distance,
                maxDistance,
                "The picture's hash differs in " + distance + " of 64 bits from that of pair " + pairId + " at "
                        + new Origin(Topics.PAIRS_CRAWLED.topicName(), place.partition(), place.offset()) + ".");
    }
}
