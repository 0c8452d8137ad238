package dev.capstan.local.feed;

import java.util.Optional;
import org.jsoup.nodes.Element;

/** Where a web page may have the text of a picture. */
public enum PageText {
    /** The alternative text. */
    ALT {
        @Override
        Optional<String> of(Element picture) {
            return Optional.of(picture.attr("alt"));
        }
    },
    /** The title attribute. */
    TITLE {
        @Override
        Optional<String> of(Element picture) {
            return Optional.of(picture.attr("title"));
        }
    },
    /** The caption of the figure that it stands in. */
    FIGCAPTION {
        @Override
        Optional<String> of(Element picture) {
            return Optional.ofNullable(picture.closest("figure"))
                    .map(figure -> figure.selectFirst("figcaption"))
                    .map(Element::text);
        }
    };

    abstract Optional<String> of(Element picture);
}
