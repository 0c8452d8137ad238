package dev.capstan.model.training;

import dev.capstan.model.images.PixelImage;
import java.util.List;

/**
 * Pictures and their texts, in step. The texts teach the encoders; the captions teach the linear map, and there may be
 * fewer of them, for what stands beside a picture is often no sentence that a caption should end in.
 *
 * @param images the pictures, of the image encoder's size
 * @param texts the text of each picture
 * @param captions the captions of the first pictures, as many as there are
 */
public record PairBatch(List<PixelImage> images, List<String> texts, List<String> captions) {
    public PairBatch {
        images = List.copyOf(images);
        texts = List.copyOf(texts);
        captions = List.copyOf(captions);
        if (images.size() != texts.size()) {
            throw new IllegalArgumentException(images.size() + " pictures but " + texts.size() + " texts");
        }
        if (captions.size() > images.size()) {
            throw new IllegalArgumentException(captions.size() + " captions but " + images.size() + " pictures");
        }
        if (images.isEmpty()) {
            throw new IllegalArgumentException("an empty batch");
        }
    }

    /** Every text is its picture's caption. */
    public static PairBatch of(List<PixelImage> images, List<String> texts) {
        return new PairBatch(images, texts, texts);
    }

    public int size() {
        return images.size();
    }
}
