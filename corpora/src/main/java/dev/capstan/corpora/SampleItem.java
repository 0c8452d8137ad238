package dev.capstan.corpora;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * One pair of a sample stream, as a crawl would bring it, with what only its maker knows.
 *
 * @param index its place in the stream, from 0
 * @param image the file, read-only; broken if it is dirt of that kind
 * @param contentType what the server claimed
 * @param text the text beside the image
 * @param source which feed brought it: corpus and vendor, for example "emoji/google"
 * @param sourceUrl where it was found; unique in the stream but for exact duplicates
 * @param label the name of the concept that was drawn
 * @param novelty whether that concept is new
 * @param dirt what was done to it, or empty for a clean pair
 */
public record SampleItem(
        long index,
        ByteBuffer image,
        String contentType,
        String text,
        String source,
        String sourceUrl,
        String label,
        Novelty novelty,
        Optional<CrawlDirt> dirt) {

    public SampleItem {
        image = image.asReadOnlyBuffer();
    }

    /** The file, in a buffer of its own position. */
    @Override
    public ByteBuffer image() {
        return image.duplicate();
    }

    public boolean isClean() {
        return dirt.isEmpty();
    }
}
