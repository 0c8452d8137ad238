package dev.capstan.benchmarks;

import dev.capstan.ingest.Curator;
import dev.capstan.ingest.concepts.ConceptCatalog;
import dev.capstan.ingest.filter.CurationPolicy;
import dev.capstan.schemas.records.CrawledPair;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;

/**
 * How many pairs a core curates in a second: decoding, rules, scaling, hashes, concepts and encoding of small generated
 * pictures, without Kafka. One thread; the rate is by the CPU time of that thread, so that a busy machine does not
 * count.
 *
 * <p>Arguments: the side of the pictures in pixels (64) and the seconds of CPU time to measure (10).
 */
public final class CurationBenchmark {
    private static final int PICTURES = 200;
    private static final int CONCEPTS = 2000;
    private static final double WARM_UP_SECONDS = 3;
    private static final double NANOSECONDS = 1e9;

    private CurationBenchmark() {}

    public static void main(String[] arguments) {
        int side = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 64;
        double seconds = arguments.length > 1 ? Double.parseDouble(arguments[1]) : 10;
        List<String> concepts = IntStream.range(0, CONCEPTS)
                .mapToObj(number -> "thing " + number)
                .toList();
        Curator curator = new Curator(CurationPolicy.defaults(), new ConceptCatalog(concepts), Clock.systemUTC());
        for (String format : List.of("png", "jpeg")) {
            List<CrawledPair> pairs = pairs(format, side);
            measure(curator, pairs, WARM_UP_SECONDS);
            System.out.println(format + " " + side + " px: " + measure(curator, pairs, seconds));
        }
    }

    private static String measure(Curator curator, List<CrawledPair> pairs, double seconds) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long wallStart = System.nanoTime();
        long cpuStart = threads.getCurrentThreadCpuTime();
        long curated = 0;
        while (threads.getCurrentThreadCpuTime() - cpuStart < seconds * NANOSECONDS) {
            for (CrawledPair pair : pairs) {
                if (curator.curate(pair).pair().isEmpty()) {
                    throw new IllegalStateException(
                            "refused: " + curator.curate(pair).refusal());
                }
                curated++;
            }
        }
        double cpu = (threads.getCurrentThreadCpuTime() - cpuStart) / NANOSECONDS;
        double wall = (System.nanoTime() - wallStart) / NANOSECONDS;
        return String.format(
                Locale.ROOT,
                "%.0f pairs/s/core (%d pairs, %.1f s of CPU, %.1f s of wall clock)",
                curated / cpu,
                curated,
                cpu,
                wall);
    }

    static List<CrawledPair> pairs(String format, int side) {
        List<CrawledPair> pairs = new ArrayList<>();
        for (int seed = 0; seed < PICTURES; seed++) {
            pairs.add(CrawledPair.newBuilder()
                    .setPairId("pair-" + seed)
                    .setText("a picture of thing " + seed + " beside thing " + (seed + 1))
                    .setImage(picture(format, side, seed))
                    .setHeaders(Map.of())
                    .setSource("benchmark")
                    .setCrawledAt(Instant.EPOCH)
                    .build());
        }
        return pairs;
    }

    private static ByteBuffer picture(String format, int side, int seed) {
        Random random = new Random(seed);
        BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setColor(new Color(random.nextInt(1 << 24)));
        graphics.fillRect(0, 0, side, side);
        for (int disc = 0; disc < 8; disc++) {
            graphics.setColor(new Color(random.nextInt(1 << 24)));
            int size = side / 8 + random.nextInt(side / 2);
            graphics.fillOval(random.nextInt(side) - size / 2, random.nextInt(side) - size / 2, size, size);
        }
        graphics.dispose();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            if (!ImageIO.write(image, format, bytes)) {
                throw new IllegalStateException("no writer for " + format);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("A picture could not be written to memory", e);
        }
        return ByteBuffer.wrap(bytes.toByteArray());
    }
}
