package dev.capstan.local.feed;

import java.util.Map;
import java.util.Optional;

/** What a source holds at one place. */
public sealed interface Found {
    /**
     * A picture with its text.
     *
     * @param image content of the picture file
     * @param text the text as it was found
     * @param url where the picture came from, if anybody said
     * @param contentType what a server claimed of it, if one did
     * @param headers response headers that later stages consult, lower-case names
     */
    @SuppressWarnings("ArrayRecordComponent") // written once, by the feed
    record Image(
            byte[] image, String text, Optional<String> url, Optional<String> contentType, Map<String, String> headers)
            implements Found {
        public Image {
            headers = Map.copyOf(headers);
        }

        /** A picture that no server gave. */
        public static Image ofFile(byte[] image, String text, Optional<String> url) {
            return new Image(image, text, url, Optional.empty(), Map.of());
        }
    }

    /** An address and the text that stood beside it. */
    record Address(String url, String text) implements Found {}

    /**
     * Something that is no pair.
     *
     * @param reason one of a few words, for counting
     * @param detail one sentence for a person
     */
    record PassedOver(String reason, String detail) implements Found {}
}
