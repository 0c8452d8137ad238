package dev.capstan.local.feed;

import dev.capstan.ingest.fetch.web.RobotsTag;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jspecify.annotations.Nullable;

/** Finds pictures with their texts in a web page. */
final class WebPage {
    /** What keeps pictures out by default, for everybody or for this robot. */
    static final RobotsTag ROBOTS = new RobotsTag(RobotsTag.DEFAULT_DIRECTIVES, "capstan");

    /** A picture's absolute address and its text. */
    record Picture(String url, String text) {}

    /**
     * What a page has.
     *
     * @param forbidden the directive by which it forbids the use of its pictures, if it does
     * @param pictures each once, in the page's order
     */
    record Content(Optional<String> forbidden, List<Picture> pictures) {}

    private WebPage() {}

    /**
     * @param charset what the server said, or null to look into the page
     * @param texts where to look for a picture's text, best first
     */
    static Content read(byte[] html, @Nullable String charset, String address, List<PageText> texts)
            throws IOException {
        Document page = Jsoup.parse(new ByteArrayInputStream(html), charset, address);
        Optional<String> forbidden = forbidden(page);
        if (forbidden.isPresent()) {
            return new Content(forbidden, List.of());
        }
        Set<Picture> pictures = new LinkedHashSet<>();
        for (Element picture : page.select("img[src]")) {
            String url = picture.absUrl("src");
            Optional<String> text = texts.stream()
                    .map(place -> place.of(picture))
                    .flatMap(Optional::stream)
                    .filter(words -> !words.isBlank())
                    .findFirst();
            if (text.isPresent() && (url.startsWith("http:") || url.startsWith("https:"))) {
                pictures.add(new Picture(url, text.get()));
            }
            if (pictures.size() == FeedLimits.PAGE_PAIRS) {
                break;
            }
        }
        return new Content(Optional.empty(), List.copyOf(pictures));
    }

    private static Optional<String> forbidden(Document page) {
        for (Element meta : page.select("meta[name][content]")) {
            String name = meta.attr("name").toLowerCase(Locale.ROOT);
            if (name.equals("robots") || name.equals("capstan")) {
                Optional<String> directive = ROBOTS.forbids(List.of(meta.attr("content")));
                if (directive.isPresent()) {
                    return directive;
                }
            }
        }
        return Optional.empty();
    }
}
