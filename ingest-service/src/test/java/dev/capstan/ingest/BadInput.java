package dev.capstan.ingest;

import dev.capstan.schemas.records.CrawledPair;
import java.nio.ByteBuffer;

/**
 * One pair as the web has them, and what must become of it under the default policy.
 *
 * @param name what is wrong with it
 * @param pair the pair
 * @param expected the rule that must refuse it, or {@value #ACCEPTED}
 */
record BadInput(String name, CrawledPair pair, String expected) {

    static final String ACCEPTED = "accepted";

    static BadInput image(String name, byte[] image, String expected) {
        return image(name, image, "image/png", expected);
    }

    static BadInput image(String name, byte[] image, String contentType, String expected) {
        CrawledPair pair = TestPairs.pair("bad", "a picture of two dogs", ByteBuffer.wrap(image));
        pair.setContentType(contentType);
        return new BadInput(name, pair, expected);
    }

    static BadInput text(String name, String text, String expected) {
        return new BadInput(name, TestPairs.pair("bad", text, TestPairs.picture(1, 48, 48)), expected);
    }

    @Override
    public String toString() {
        return name + " -> " + expected;
    }
}
