package dev.capstan.local.feed;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Which columns of a table are used. A name is looked for as it is, then without regard to case.
 *
 * @param url name of the column with addresses; img2dataset's default is "url"
 * @param text names of the column with texts, the first one that the table has
 */
public record Columns(String url, List<String> text) {
    /** Of a pair, which column is where. */
    record Found(int url, int text) {}

    public Columns {
        text = List.copyOf(text);
        if (url.isBlank() || text.isEmpty()) {
            throw new IllegalArgumentException("a table needs a column with addresses and one with texts");
        }
    }

    /** As img2dataset names them in its input and output. */
    public static Columns defaults() {
        return new Columns("url", List.of("caption", "text"));
    }

    /** Where the columns are, or empty if one is missing. */
    Optional<Found> in(List<String> header) {
        Optional<Integer> address = find(header, url);
        Optional<Integer> words = text.stream()
                .map(name -> find(header, name))
                .flatMap(Optional::stream)
                .findFirst();
        return address.flatMap(one -> words.map(other -> new Found(one, other)));
    }

    /** Why a table with these columns cannot be fed. */
    dev.capstan.local.feed.Found.PassedOver missing(List<String> header) {
        return new dev.capstan.local.feed.Found.PassedOver(
                "column-missing",
                "the table has no columns \"" + url + "\" and \"" + String.join("\" or \"", text)
                        + "\": name them with --url-column and --text-column; it has "
                        + Utf8.shortened(String.join(", ", header)));
    }

    private static Optional<Integer> find(List<String> header, String name) {
        int exact = header.indexOf(name);
        if (exact >= 0) {
            return Optional.of(exact);
        }
        List<String> lower =
                header.stream().map(one -> one.toLowerCase(Locale.ROOT)).toList();
        int loose = lower.indexOf(name.toLowerCase(Locale.ROOT));
        return loose < 0 ? Optional.empty() : Optional.of(loose);
    }
}
