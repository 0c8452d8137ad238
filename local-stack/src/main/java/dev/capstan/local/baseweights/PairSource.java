package dev.capstan.local.baseweights;

import dev.capstan.corpora.SampleFeed;
import dev.capstan.corpora.SampleItem;
import dev.capstan.model.images.ImagePreprocessor;
import dev.capstan.model.images.PixelImage;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import javax.imageio.ImageIO;

/**
 * Batches of a clean sample feed, made ahead by one thread in a bounded queue. {@link #next} is called by the training
 * thread; {@link #close} ends the other.
 */
final class PairSource implements AutoCloseable {
    /** Batches that wait. */
    private static final int AHEAD = 8;

    /** A picture with its text. */
    record Pair(PixelImage image, String text) {}

    private final BlockingQueue<List<Pair>> queue = new ArrayBlockingQueue<>(AHEAD);
    private final Thread thread;

    /** Where pictures come from. */
    enum Kind {
        /** From files, as a trainer of the stream sees them. */
        ENCODED {
            @Override
            Pair next(SampleFeed feed, ImagePreprocessor preprocessor, long seed) {
                SampleItem item = feed.next();
                return pair(decode(item.image()), item.text(), preprocessor, seed ^ item.index());
            }
        },

        /** Drawn and never written to a file, which takes less time. */
        DRAWN {
            @Override
            Pair next(SampleFeed feed, ImagePreprocessor preprocessor, long seed) {
                SampleFeed.DrawnPair drawn = feed.nextDrawn();
                return pair(drawn.image(), drawn.text(), preprocessor, seed ^ drawn.index());
            }
        };

        abstract Pair next(SampleFeed feed, ImagePreprocessor preprocessor, long seed);

        private static Pair pair(BufferedImage picture, String text, ImagePreprocessor preprocessor, long seed) {
            return new Pair(preprocessor.forTraining(picture, new SplittableRandom(seed)), text);
        }
    }

    PairSource(SampleFeed feed, Kind kind, ImagePreprocessor preprocessor, int batch, long seed) {
        thread = new Thread(() -> fill(feed, kind, preprocessor, batch, seed), "pair-source");
        thread.setDaemon(true);
        thread.start();
    }

    List<Pair> next() throws InterruptedException {
        return queue.take();
    }

    @Override
    public void close() {
        thread.interrupt();
    }

    private void fill(SampleFeed feed, Kind kind, ImagePreprocessor preprocessor, int batch, long seed) {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                List<Pair> pairs = new ArrayList<>(batch);
                for (int i = 0; i < batch; i++) {
                    pairs.add(kind.next(feed, preprocessor, seed));
                }
                queue.put(pairs);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static BufferedImage decode(ByteBuffer file) {
        byte[] bytes = new byte[file.remaining()];
        file.get(bytes);
        try {
            BufferedImage image = ImageIO.read(new ByteArrayInputStream(bytes));
            if (image == null) {
                throw new IllegalStateException("a clean sample has no picture that can be read");
            }
            return image;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
