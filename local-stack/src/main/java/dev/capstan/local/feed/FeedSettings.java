package dev.capstan.local.feed;

import java.util.List;

/**
 * How sources are read.
 *
 * @param columns of tables
 * @param pageTexts where a web page may have a picture's text, best first
 * @param limits what is taken at most
 */
public record FeedSettings(Columns columns, List<PageText> pageTexts, FeedLimits limits) {
    public FeedSettings {
        pageTexts = List.copyOf(pageTexts);
        if (pageTexts.isEmpty()) {
            throw new IllegalArgumentException("say where a web page has its texts, for example ALT");
        }
    }

    /** img2dataset's names of columns, alternative texts, and what the topics take. */
    public static FeedSettings defaults() {
        return new FeedSettings(Columns.defaults(), List.of(PageText.ALT), FeedLimits.defaults());
    }
}
