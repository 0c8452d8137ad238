package dev.capstan.model.training;

import dev.capstan.model.images.PixelImage;
import java.util.List;

/**
 * Pictures and their texts, in step.
 *
 * @param images the pictures, of the image encoder's size
 * @param texts the text of each picture
 */
public record PairBatch(List<PixelImage> images, List<String> texts) {
    public PairBatch {
        images = List.copyOf(images);
        texts = List.copyOf(texts);
        if (images.size() != texts.size()) {
            throw new IllegalArgumentException(images.size() + " pictures but " + texts.size() + " texts");
        }
        if (images.isEmpty()) {
            throw new IllegalArgumentException("an empty batch");
        }
    }

    public static PairBatch of(List<PixelImage> images, List<String> texts) {
        return new PairBatch(images, texts);
    }

    public int size() {
        return images.size();
    }
}
