package dev.capstan.local.feed;

import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * What is fed and how fast.
 *
 * @param source a directory or a file
 * @param name of the feed, as its records carry it
 * @param settings how the source is read
 * @param pairsPerSecond at most; 0 for as many as possible
 * @param maxLag the feed waits while a group that reads its pairs is further behind, in records
 * @param ingestGroup the group that reads pairs.crawled
 * @param fetchGroup the group that reads pairs.located
 * @param restart whether to forget how far an earlier run has come
 */
public record FeedPlan(
        Path source,
        String name,
        FeedSettings settings,
        double pairsPerSecond,
        OptionalLong maxLag,
        String ingestGroup,
        String fetchGroup,
        boolean restart) {
    public FeedPlan {
        if (name.isBlank() || name.length() > 100) {
            throw new IllegalArgumentException("the feed's name must have 1 to 100 characters, not " + name.length());
        }
        if (!(pairsPerSecond >= 0) || maxLag.orElse(0) < 0) {
            throw new IllegalArgumentException(
                    "a rate or a lag below 0 means nothing: " + pairsPerSecond + ", " + maxLag);
        }
    }
}
