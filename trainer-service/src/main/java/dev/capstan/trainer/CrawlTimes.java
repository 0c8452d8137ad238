package dev.capstan.trainer;

import dev.capstan.schemas.records.CrawledCount;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;

/**
 * A histogram of times in a bounded number of groups: where one too many begins, the two groups that are closest become one at their
 * mean (Ben-Haim and Tom-Tov, A Streaming Parallel Decision Tree Algorithm, JMLR 11, 2010). Not thread-safe.
 */
final class CrawlTimes {
    /** End of the year 9999. Clocks that were never set are brought between 1970 and then, where differences cannot overflow. */
    private static final long LATEST = 253_402_300_799_999L;

    private final int maxGroups;
    /** Pairs by the mean of their times in milliseconds since 1970. */
    private final TreeMap<Long, Long> groups = new TreeMap<>();

    CrawlTimes(int maxGroups) {
        if (maxGroups < 1) {
            throw new IllegalArgumentException("maxGroups " + maxGroups + " must be at least 1");
        }
        this.maxGroups = maxGroups;
    }

    void add(Instant crawledAt) {
        groups.merge(Math.max(0, Math.min(LATEST, crawledAt.toEpochMilli())), 1L, Long::sum);
        if (groups.size() > maxGroups) {
            joinClosest();
        }
    }

    void clear() {
        groups.clear();
    }

    /** Oldest first. */
    List<CrawledCount> groups() {
        return groups.entrySet().stream()
                .map(group -> new CrawledCount(Instant.ofEpochMilli(group.getKey()), group.getValue()))
                .toList();
    }

    private void joinClosest() {
        List<CrawledCount> ordered = groups();
        int closest = 1;
        for (int i = 2; i < ordered.size(); i++) {
            if (gap(ordered, i) < gap(ordered, closest)) {
                closest = i;
            }
        }
        CrawledCount older = ordered.get(closest - 1);
        CrawledCount younger = ordered.get(closest);
        long together = older.getPairs() + younger.getPairs();
        double share = (double) younger.getPairs() / together;
        long begin = older.getCrawledAt().toEpochMilli();
        groups.remove(begin);
        groups.remove(younger.getCrawledAt().toEpochMilli());
        // Between the two, where no other group is.
        groups.put(begin + Math.round(gap(ordered, closest) * share), together);
    }

    private static long gap(List<CrawledCount> ordered, int index) {
        return Duration.between(
                        ordered.get(index - 1).getCrawledAt(),
                        ordered.get(index).getCrawledAt())
                .toMillis();
    }
}
