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

    PairSource(SampleFeed feed, ImagePreprocessor preprocessor, int batch, long seed) {
        thread = new Thread(() -> fill(feed, preprocessor, batch, seed), "pair-source");
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

    private void fill(SampleFeed feed, ImagePreprocessor preprocessor, int batch, long seed) {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                List<Pair> pairs = new ArrayList<>(batch);
                for (int i = 0; i < batch; i++) {
                    SampleItem item = feed.next();
                    PixelImage image =
                            preprocessor.forTraining(decode(item.image()), new SplittableRandom(seed ^ item.index()));
                    pairs.add(new Pair(image, item.text()));
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
