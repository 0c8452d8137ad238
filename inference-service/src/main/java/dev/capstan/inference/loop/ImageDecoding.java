package dev.capstan.inference.loop;

import dev.capstan.inference.requests.Rejection;
import dev.capstan.inference.serving.ServingModel.PreparedImage;
import dev.capstan.platform.images.BoundedImageDecoder;
import dev.capstan.platform.images.DecodeResult;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decodes the images of a batch on a pool of threads while the caller waits. Only what the model takes outlives a decode,
 * so that the heap is bounded by the number of threads and not by the size of the batch.
 */
public final class ImageDecoding {
    private static final Logger LOG = LoggerFactory.getLogger(ImageDecoding.class);

    private final BoundedImageDecoder decoder;
    private final ExecutorService threads;

    /** @param threads used, not shut down */
    public ImageDecoding(BoundedImageDecoder decoder, ExecutorService threads) {
        this.decoder = decoder;
        this.threads = threads;
    }

    /** One picture for each file, in the same order. */
    List<Picture> decode(List<ByteBuffer> files, Function<BufferedImage, PreparedImage> prepare) {
        if (files.size() == 1) {
            return List.of(picture(files.get(0), prepare));
        }
        List<Future<Picture>> pictures = files.stream()
                .map(file -> threads.submit(() -> picture(file, prepare)))
                .toList();
        return pictures.stream().map(ImageDecoding::await).toList();
    }

    private Picture picture(ByteBuffer file, Function<BufferedImage, PreparedImage> prepare) {
        DecodeResult result = decoder.decode(file);
        Optional<DecodeResult.Refused> refused = result.refused();
        if (refused.isPresent()) {
            return new Picture.Refused(new Rejection(
                    refused.get().rule(),
                    refused.get().detail() + " Send a PNG, JPEG, GIF, BMP or WebP file within the limits."));
        }
        try {
            return new Picture.Ready(
                    prepare.apply(result.decoded().orElseThrow().image()));
        } catch (RuntimeException e) {
            LOG.error("an image could be decoded but not prepared", e);
            return new Picture.Refused(new Rejection(
                    "image-unusable", "The image cannot be brought into the model's size. Send another one."));
        }
    }

    private static Picture await(Future<Picture> picture) {
        try {
            return picture.get();
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("Decoding failed", e.getCause());
        }
    }
}
