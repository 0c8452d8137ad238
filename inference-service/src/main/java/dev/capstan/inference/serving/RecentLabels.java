package dev.capstan.inference.serving;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.capstan.inference.labels.LabelTexts;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Which labels the next model should know before it is served: those that were asked for lately, whether they came with
 * a request or by the name of a set. What nobody asks for would only keep a new model waiting; it is embedded when
 * somebody does. Before the first request nothing is known of what is asked: then it is every label set. The request
 * loop notes, the follower's thread reads.
 */
public final class RecentLabels {
    private static final Duration LATELY = Duration.ofMinutes(10);

    private final long maxTexts;
    private final Supplier<List<LabelTexts>> sets;
    private final Cache<LabelTexts, Boolean> asked;

    /**
     * @param maxTexts most texts that are embedded before a model is served
     * @param sets the label sets as they are now
     */
    public RecentLabels(long maxTexts, Supplier<List<LabelTexts>> sets, Clock clock) {
        this.maxTexts = maxTexts;
        this.sets = sets;
        asked = Caffeine.newBuilder()
                .maximumWeight(maxTexts)
                .weigher((LabelTexts texts, Boolean present) -> (int) Math.min(Integer.MAX_VALUE, texts.texts()))
                .expireAfterAccess(LATELY)
                .ticker(() -> TimeUnit.MILLISECONDS.toNanos(clock.millis()))
                .executor(Runnable::run)
                .build();
    }

    void note(LabelTexts texts) {
        asked.put(texts, Boolean.TRUE);
    }

    /** In the order in which they matter, within the bound of texts. */
    List<LabelTexts> toWarm() {
        Set<LabelTexts> wanted = new LinkedHashSet<>(asked.policy()
                .eviction()
                .orElseThrow()
                .hottest(Integer.MAX_VALUE)
                .keySet());
        if (wanted.isEmpty()) {
            wanted.addAll(sets.get());
        }
        List<LabelTexts> within = new ArrayList<>();
        long texts = 0;
        for (LabelTexts candidate : wanted) {
            if (texts + candidate.texts() <= maxTexts) {
                texts += candidate.texts();
                within.add(candidate);
            }
        }
        return within;
    }
}
