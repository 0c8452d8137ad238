package dev.capstan.local.feed;

import java.util.Map;
import java.util.TreeMap;

/**
 * What came of a feed.
 *
 * @param images pairs written to pairs.crawled
 * @param addresses pairs written to pairs.located
 * @param passedOver what was not written, by reason
 */
public record FeedCounts(long images, long addresses, Map<String, Long> passedOver) {
    public FeedCounts {
        passedOver = Map.copyOf(passedOver);
    }

    /** Pairs written. */
    public long sent() {
        return images + addresses;
    }

    /** What was not written, altogether. */
    public long allPassedOver() {
        return passedOver.values().stream().mapToLong(Long::longValue).sum();
    }

    /** By reason, sorted. */
    public Map<String, Long> byReason() {
        return new TreeMap<>(passedOver);
    }
}
