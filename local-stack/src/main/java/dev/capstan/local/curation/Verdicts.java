package dev.capstan.local.curation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * What was said of each offset of some ranges, in one byte an offset. At most {@value #MAX_NAMES} names are told apart;
 * any further one counts as {@link #OTHER}.
 *
 * <p>One thread.
 */
final class Verdicts {
    static final String OTHER = RejectedPairs.OTHER_RULES;
    static final long MAX_OFFSETS = 500_000_000;

    private static final int MAX_NAMES = 250;

    private final Map<TopicPartition, RangeReader.Range> ranges;
    private final Map<TopicPartition, byte[]> said = new HashMap<>();
    private final List<String> names = new ArrayList<>();

    /** @throws CurationException if the ranges are too long to be held in memory */
    Verdicts(Map<TopicPartition, RangeReader.Range> ranges) {
        this.ranges = Map.copyOf(ranges);
        long offsets =
                ranges.values().stream().mapToLong(RangeReader.Range::length).sum();
        if (offsets > MAX_OFFSETS) {
            throw new CurationException("The range has " + offsets + " offsets, more than the " + MAX_OFFSETS
                    + " that are compared at once: give a later --from or an earlier --to");
        }
        ranges.forEach((partition, range) -> said.put(partition, new byte[(int) range.length()]));
        names.add("");
    }

    /** Notes what was said of an offset; one outside the ranges is passed over. */
    void put(TopicPartition partition, long offset, String verdict) {
        RangeReader.Range range = ranges.get(partition);
        byte[] numbers = said.get(partition);
        if (range == null || numbers == null || offset < range.first() || offset >= range.end()) {
            return;
        }
        numbers[(int) (offset - range.first())] = (byte) number(verdict);
    }

    /** What was said of an offset within the ranges, or the fallback if nothing was. */
    String get(TopicPartition partition, long offset, String fallback) {
        RangeReader.Range range = ranges.get(partition);
        byte[] numbers = said.get(partition);
        if (range == null || numbers == null) {
            return fallback;
        }
        int number = numbers[(int) (offset - range.first())] & 0xFF;
        return number == 0 ? fallback : names.get(number);
    }

    private int number(String verdict) {
        int known = names.indexOf(verdict);
        if (known > 0) {
            return known;
        }
        if (names.size() <= MAX_NAMES) {
            names.add(verdict);
            return names.size() - 1;
        }
        if (names.size() == MAX_NAMES + 1) {
            names.add(OTHER);
        }
        return MAX_NAMES + 1;
    }
}
