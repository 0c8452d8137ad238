package dev.capstan.inference.loop;

import dev.capstan.platform.images.BoundedImageDecoder;
import dev.capstan.platform.images.DecodeResult;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.apache.kafka.common.errors.InterruptException;

/**
 * Decodes the images of a batch on a pool of threads while the caller waits. The heap it takes is bounded by the pool's
 * threads for the files and by the batch's size for the pictures, of which the decoder keeps few pixels.
 */
public final class ImageDecoding {
    private final BoundedImageDecoder decoder;
    private final ExecutorService threads;

    /** @param threads used, not shut down */
    public ImageDecoding(BoundedImageDecoder decoder, ExecutorService threads) {
        this.decoder = decoder;
        this.threads = threads;
    }

    /** One result for each file, in the same order. */
    List<DecodeResult> decode(List<ByteBuffer> files) {
        if (files.size() == 1) {
            return List.of(decoder.decode(files.get(0)));
        }
        List<Future<DecodeResult>> results = files.stream()
                .map(file -> threads.submit(() -> decoder.decode(file)))
                .toList();
        return results.stream().map(ImageDecoding::await).toList();
    }

    private static DecodeResult await(Future<DecodeResult> result) {
        try {
            return result.get();
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("Decoding failed", e.getCause());
        }
    }
}
