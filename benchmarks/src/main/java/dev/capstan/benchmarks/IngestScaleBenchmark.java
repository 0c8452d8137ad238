package dev.capstan.benchmarks;

import dev.capstan.ingest.Main;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.Provisioning;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CrawledPair;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Ingest as processes against a cluster that is empty, such as {@code ./capstan up --infrastructure-only}. Arguments: bootstrap servers,
 * registry, and what is measured:
 *
 * <ul>
 *   <li>{@code kills N}: two instances, N times one of them is killed (SIGKILL) at a random moment and replaced, while pairs
 *       arrive; then every input must have exactly one answer for a reader of committed records.
 *   <li>{@code pairs N}: one instance and N pairs of 32 x 32 pixels; processor time a thousand pairs and resident memory, after one,
 *       two, five and ten hundredths of them and each further tenth.
 * </ul>
 *
 * Logs and state of the instances lie in a temporary directory.
 */
public final class IngestScaleBenchmark {
    private static final List<Topics> OUTPUTS =
            List.of(Topics.PAIRS_CURATED, Topics.PAIRS_HELDOUT, Topics.PAIRS_REJECTED);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final int SIDE = 32;
    private static final int AHEAD = 2000;
    private static final int BATCH = 20;
    private static final int REFUSED_OF = 10;
    private static final long LONGEST_LIFE_MILLIS = 6000;
    private static final int HEAP_MEBIBYTES = 192;
    /** After how much of all pairs figures are told, in hundredths. */
    private static final int[] PARTS = {1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100};

    private final Random random = new Random(1);
    private final AvroSerializer<CrawledPair> serializer = new AvroSerializer<>();
    private final KafkaProducer<String, byte[]> producer;
    private final KafkaConsumer<String, byte[]> answers;
    private final Set<String> answered = new HashSet<>();
    private final Map<String, Integer> repeated = new HashMap<>();
    private final Instances processes;
    private int started;

    private IngestScaleBenchmark(String bootstrapServers, String registry) throws IOException {
        this.processes = new Instances(bootstrapServers, registry);
        Map<String, Object> properties = Map.of("bootstrap.servers", bootstrapServers, "schema.registry.url", registry);
        Provisioning.ensure(properties, List.of(Topics.values()), true);
        serializer.configure(properties, false);
        producer = new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer());
        Map<String, Object> consuming = new HashMap<>(properties);
        consuming.put("group.id", "benchmark-" + System.nanoTime());
        consuming.put("isolation.level", "read_committed");
        consuming.put("auto.offset.reset", "earliest");
        answers = new KafkaConsumer<>(consuming, new StringDeserializer(), new ByteArrayDeserializer());
        answers.subscribe(OUTPUTS.stream().map(Topics::topicName).toList());
    }

    /** @param arguments bootstrap servers, registry, "kills" or "pairs", how many */
    public static void main(String[] arguments) throws IOException, InterruptedException, ExecutionException {
        if (arguments.length != 4) {
            throw new IllegalArgumentException("give bootstrap servers, registry, kills or pairs, and how many");
        }
        IngestScaleBenchmark benchmark = new IngestScaleBenchmark(arguments[0], arguments[1]);
        int count = Integer.parseInt(arguments[3]);
        switch (arguments[2]) {
            case "kills" -> benchmark.kills(count);
            case "pairs" -> benchmark.pairs(count);
            default -> throw new IllegalArgumentException("\"" + arguments[2] + "\" is neither kills nor pairs");
        }
    }

    private void kills(int kills) throws IOException, InterruptedException, ExecutionException {
        List<Process> instances = new ArrayList<>(List.of(start(), start()));
        Set<String> inputs = new HashSet<>();
        long begun = System.nanoTime();
        try {
            for (int kill = 1; kill <= kills; kill++) {
                long now = System.nanoTime();
                long until = now + TimeUnit.MILLISECONDS.toNanos(1 + random.nextLong(LONGEST_LIFE_MILLIS));
                int before = answered.size();
                do {
                    if (inputs.size() - answered.size() < AHEAD) {
                        inputs.addAll(feed(inputs.size(), BATCH, true));
                    }
                    read();
                    if (System.nanoTime() - now > PATIENCE.toNanos()) {
                        throw new IllegalStateException("no answer for " + PATIENCE + "; see " + processes.directory());
                    }
                    // Only what works can be interrupted at it.
                } while (System.nanoTime() < until || answered.size() == before);
                int victim = random.nextInt(instances.size());
                instances.get(victim).destroyForcibly().waitFor();
                instances.set(victim, start());
                print("kill %d of %d: %,d pairs fed, %,d answered", kill, kills, inputs.size(), answered.size());
            }
            inputs.addAll(feed(inputs.size(), BATCH, true));
            awaitAnswers(inputs.size());
            // Whatever is there twice has been written by now.
            read();
        } finally {
            processes.close();
        }
        Set<String> missing = new HashSet<>(inputs);
        missing.removeAll(answered);
        Set<String> strange = new HashSet<>(answered);
        strange.removeAll(inputs);
        print(
                "%d kills in %.0f s, %,d pairs: %d without an answer, %d with more than one, %d answers of nothing",
                kills,
                (System.nanoTime() - begun) / 1e9,
                inputs.size(),
                missing.size(),
                repeated.size(),
                strange.size());
        if (!missing.isEmpty() || !repeated.isEmpty() || !strange.isEmpty()) {
            throw new IllegalStateException("missing " + missing + ", repeated " + repeated + ", strange " + strange);
        }
    }

    private void pairs(int count) throws IOException, InterruptedException, ExecutionException {
        Process instance = start();
        try {
            int fed = 0;
            double before = 0;
            for (int part : PARTS) {
                int next = (int) ((long) count * part / PARTS[PARTS.length - 1]);
                int earlier = fed;
                long begun = System.nanoTime();
                while (fed < next) {
                    // As much as may be under way: else the pace is that of this loop.
                    while (fed < next && fed - answered.size() < AHEAD) {
                        feed(fed, BATCH, false);
                        fed += BATCH;
                    }
                    read();
                }
                awaitAnswers(fed);
                double seconds = Instances.processorSeconds(instance.pid());
                print(
                        "%,d pairs: %.3f CPU-seconds a thousand, %.0f pairs/s, %d MiB resident, load %s",
                        fed,
                        (seconds - before) * 1000 / (fed - earlier),
                        (fed - earlier) / ((System.nanoTime() - begun) / 1e9),
                        Instances.residentMebibytes(instance),
                        Instances.load());
                before = seconds;
            }
        } finally {
            processes.close();
        }
    }

    /** Sends pairs, and answers under what keys their answers will stand. */
    private List<String> feed(int from, int count, boolean withRefused)
            throws IOException, InterruptedException, ExecutionException {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        List<String> keys = new ArrayList<>();
        for (int number = from; number < from + count; number++) {
            boolean refused = withRefused && number % REFUSED_OF == 0;
            CrawledPair pair = CrawledPair.newBuilder()
                    .setPairId("pair-" + number)
                    .setText(refused ? "" : "a picture of thing number " + number)
                    .setImage(picture())
                    .setSource("benchmark")
                    .setCrawledAt(Instant.now())
                    .build();
            String topic = Topics.PAIRS_CRAWLED.topicName();
            byte[] value = Objects.requireNonNull(serializer.serialize(topic, pair));
            sent.add(producer.send(new ProducerRecord<>(topic, pair.getPairId(), value)));
            keys.add(refused ? "" : pair.getPairId());
        }
        for (int index = 0; index < count; index++) {
            RecordMetadata place = sent.get(index).get();
            if (keys.get(index).isEmpty()) {
                keys.set(index, place.topic() + "-" + place.partition() + "-" + place.offset());
            }
        }
        return keys;
    }

    private ByteBuffer picture() throws IOException {
        BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        for (int block = 0; block < SIDE * SIDE / 16; block++) {
            int colour = random.nextInt(1 << 24);
            int x = block * 4 % SIDE;
            int y = block * 4 / SIDE * 4;
            for (int pixel = 0; pixel < 16; pixel++) {
                image.setRGB(x + pixel % 4, y + pixel / 4, colour);
            }
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(image, "png", bytes);
        return ByteBuffer.wrap(bytes.toByteArray());
    }

    private void read() {
        for (ConsumerRecord<String, byte[]> record : answers.poll(POLL)) {
            if (!answered.add(record.key())) {
                repeated.merge(record.key(), 1, Integer::sum);
            }
        }
    }

    private void awaitAnswers(int count) {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (answered.size() < count && System.nanoTime() < until) {
            read();
        }
    }

    private Process start() throws IOException {
        int number = started++;
        return processes.start(
                Main.class,
                HEAP_MEBIBYTES,
                Map.of(
                        "CAPSTAN_INGEST_APPLICATION_ID",
                        "benchmark-ingest",
                        "CAPSTAN_INGEST_STATE_DIRECTORY",
                        processes.directory().resolve("state-" + number).toString()));
    }

    private static void print(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }
}
