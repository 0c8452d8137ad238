package dev.capstan.benchmarks;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.capstan.ingest.Main;
import dev.capstan.ingest.fetch.FetchMain;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.PairIds;
import dev.capstan.schemas.Provisioning;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.LocatedPair;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Fetch and curation beside img2dataset: the same JPEG files from one HTTP server on the loopback address, at most 256 px out,
 * JPEG of quality 0.95, by turns on the same cores. Fetch and ingest are a process each, against a cluster that nobody else uses, such as
 * {@code ./capstan up --infrastructure-only}. This process serves the files and reads the answers; what it takes counts for neither side.
 *
 * <p>Arguments: {@code files DIR COUNT} makes the pictures, see {@link PhotoFiles}. {@code compare BROKER REGISTRY BROKER_PID DIR
 * PYTHON SCRIPT ROUNDS} measures: process id of the broker, directory of pictures, a Python with img2dataset, the path of
 * {@code img2dataset_benchmark.py}, and how many rounds over all pictures Capstan runs; img2dataset runs before the first and
 * after the last.
 *
 * <p>Both sides start cold, in the figures a line of its own: Capstan's start and its first round, in which the virtual machine
 * compiles, and img2dataset's start, measured by a run over one picture.
 */
public final class FetchBenchmark {
    private static final List<Topics> OUTPUTS =
            List.of(Topics.PAIRS_CURATED, Topics.PAIRS_HELDOUT, Topics.PAIRS_REJECTED);
    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final int HEAP_MEBIBYTES = 384;
    private static final int REQUESTS_AT_ONCE = 64;
    private static final String LOOPBACK = "127.0.0.1";

    /** What one round took. */
    private record Cost(int pairs, double wallSeconds, double processorSeconds, Optional<Double> withBroker) {

        Cost less(Cost start) {
            return new Cost(
                    pairs,
                    wallSeconds - start.wallSeconds,
                    processorSeconds - start.processorSeconds,
                    Optional.empty());
        }

        @Override
        public String toString() {
            String text = String.format(
                    Locale.ROOT,
                    "%d pairs, %.1f pairs/s, %.2f CPU-seconds a thousand pairs",
                    pairs,
                    pairs / wallSeconds,
                    processorSeconds * 1000 / pairs);
            return withBroker
                    .map(all -> text + String.format(Locale.ROOT, " (%.2f with the broker)", all * 1000 / pairs))
                    .orElse(text);
        }
    }

    private final long broker;
    private final List<String> names;
    private final String base;
    private final Instances instances;
    private final KafkaProducer<String, byte[]> producer;
    private final KafkaConsumer<String, byte[]> answers;
    private final AvroSerializer<LocatedPair> serializer = new AvroSerializer<>();

    private FetchBenchmark(String bootstrapServers, String registry, long broker, List<String> names, String base)
            throws IOException {
        this.broker = broker;
        this.names = names;
        this.base = base;
        this.instances = new Instances(bootstrapServers, registry);
        Map<String, Object> properties = Map.of("bootstrap.servers", bootstrapServers, "schema.registry.url", registry);
        Provisioning.ensure(properties, List.of(Topics.values()), true);
        serializer.configure(properties, false);
        producer = new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer());
        Map<String, Object> consuming = new HashMap<>(properties);
        consuming.put("isolation.level", "read_committed");
        answers = new KafkaConsumer<>(consuming, new StringDeserializer(), new ByteArrayDeserializer());
        answers.assign(OUTPUTS.stream()
                .flatMap(topic -> answers.partitionsFor(topic.topicName()).stream())
                .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                .toList());
        // What an earlier run left is not ours.
        answers.seekToEnd(answers.assignment());
        answers.assignment().forEach(answers::position);
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length == 3 && arguments[0].equals("files")) {
            PhotoFiles.write(Path.of(arguments[1]), Integer.parseInt(arguments[2]));
            return;
        }
        if (arguments.length != 8 || !arguments[0].equals("compare")) {
            throw new IllegalArgumentException(
                    "give files DIR COUNT, or compare BROKER REGISTRY BROKER_PID DIR PYTHON SCRIPT ROUNDS");
        }
        Path directory = Path.of(arguments[4]);
        List<String> names;
        try (Stream<Path> files = Files.list(directory)) {
            names = files.map(file -> file.getFileName().toString()).sorted().toList();
        }
        // Else the last packet of each response waits for an acknowledgement, for 40 ms.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
        ExecutorService threads = Executors.newFixedThreadPool(2 * REQUESTS_AT_ONCE);
        server.setExecutor(threads);
        server.createContext("/", exchange -> serve(directory, exchange));
        server.start();
        String base = "http://" + LOOPBACK + ":" + server.getAddress().getPort() + "/";
        FetchBenchmark benchmark =
                new FetchBenchmark(arguments[1], arguments[2], Long.parseLong(arguments[3]), names, base);
        try {
            benchmark.compare(arguments[5], arguments[6], Integer.parseInt(arguments[7]));
        } finally {
            benchmark.instances.close();
            server.stop(0);
            threads.shutdownNow();
        }
    }

    private void compare(String python, String script, int rounds) throws IOException, InterruptedException {
        Cost start = reference(python, script, names.subList(0, 1));
        print("img2dataset, start", start);
        print("img2dataset, without its start", reference(python, script, names).less(start));
        long begun = System.nanoTime();
        Process fetch = instances.start(FetchMain.class, HEAP_MEBIBYTES, fetchSettings());
        Process ingest = instances.start(Main.class, HEAP_MEBIBYTES, ingestSettings());
        List<Long> pids = List.of(fetch.pid(), ingest.pid());
        double brokerBefore = Instances.processorSeconds(broker);
        run(List.of(names.get(0)), 0);
        print("Capstan, start", cost(1, begun, new double[] {0, 0}, pids, brokerBefore));
        for (int round = 1; round <= rounds; round++) {
            double[] before = {Instances.processorSeconds(pids.get(0)), Instances.processorSeconds(pids.get(1))};
            brokerBefore = Instances.processorSeconds(broker);
            begun = System.nanoTime();
            run(names, round);
            print("Capstan, round " + round, cost(names.size(), begun, before, pids, brokerBefore));
            System.out.printf(
                    Locale.ROOT,
                    "  of which fetch %.2f s and ingest %.2f s; resident %d and %d MiB%n",
                    Instances.processorSeconds(pids.get(0)) - before[0],
                    Instances.processorSeconds(pids.get(1)) - before[1],
                    Instances.residentMebibytes(fetch),
                    Instances.residentMebibytes(ingest));
        }
        instances.close();
        print("img2dataset, without its start", reference(python, script, names).less(start));
    }

    private Cost cost(int pairs, long begun, double[] before, List<Long> pids, double brokerBefore) throws IOException {
        double wall = (System.nanoTime() - begun) / 1e9;
        double services = Instances.processorSeconds(pids.get(0))
                - before[0]
                + Instances.processorSeconds(pids.get(1))
                - before[1];
        return new Cost(
                pairs, wall, services, Optional.of(services + Instances.processorSeconds(broker) - brokerBefore));
    }

    /** Locates each picture, with a text of this round, and waits until each has been curated. */
    private void run(List<String> wanted, int round) {
        Set<String> missing = new HashSet<>();
        for (String name : wanted) {
            String url = base + name;
            String text = text(name) + " seen in round " + round;
            LocatedPair pair = LocatedPair.newBuilder()
                    .setUrl(url)
                    .setText(text)
                    .setSource("benchmark")
                    .setLocatedAt(Instant.now())
                    .build();
            String topic = Topics.PAIRS_LOCATED.topicName();
            var unused = producer.send(
                    new ProducerRecord<>(topic, LOOPBACK, Objects.requireNonNull(serializer.serialize(topic, pair))));
            missing.add(PairIds.of(Optional.of(url), new byte[0], text));
        }
        producer.flush();
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!missing.isEmpty()) {
            for (ConsumerRecord<String, byte[]> record : answers.poll(POLL)) {
                if (!missing.remove(record.key())) {
                    throw new IllegalStateException("an answer that is none: " + record.key() + " in " + record.topic()
                            + "; see " + instances.directory() + " and capstan rejected");
                }
            }
            if (System.nanoTime() > until) {
                throw new IllegalStateException(
                        missing.size() + " pairs without an answer; see " + instances.directory());
            }
        }
    }

    private Cost reference(String python, String script, List<String> wanted) throws IOException, InterruptedException {
        Path list = Files.createTempFile(instances.directory(), "list", ".tsv");
        List<String> lines = new ArrayList<>(List.of("url\tcaption"));
        wanted.forEach(name -> lines.add(base + name + "\t" + text(name)));
        Files.write(list, lines);
        Path output = Files.createTempDirectory(instances.directory(), "img2dataset");
        double before = Instances.processorSecondsOfEnded();
        long begun = System.nanoTime();
        ProcessBuilder builder = new ProcessBuilder(
                python,
                script,
                list.toString(),
                output.toString(),
                Integer.toString(Runtime.getRuntime().availableProcessors()),
                Integer.toString(REQUESTS_AT_ONCE / 2),
                Integer.toString(wanted.size()));
        int status = builder.inheritIO().start().waitFor();
        double wall = (System.nanoTime() - begun) / 1e9;
        if (status != 0) {
            throw new IllegalStateException("img2dataset ended with status " + status);
        }
        return new Cost(wanted.size(), wall, Instances.processorSecondsOfEnded() - before, Optional.empty());
    }

    private static String text(String name) {
        return "a photograph of thing " + name.replaceAll("\\D", "");
    }

    private static Map<String, String> fetchSettings() {
        return Map.of(
                "CAPSTAN_FETCH_ALLOWED_ADDRESSES",
                LOOPBACK,
                "CAPSTAN_FETCH_HOST_INTERVAL",
                "0ms",
                "CAPSTAN_FETCH_HOST_REQUESTS",
                Integer.toString(REQUESTS_AT_ONCE),
                "CAPSTAN_FETCH_HOST_QUEUE",
                "100000",
                "CAPSTAN_FETCH_HOST_WAIT",
                "10m",
                "CAPSTAN_FETCH_REQUESTS",
                Integer.toString(REQUESTS_AT_ONCE),
                "CAPSTAN_FETCH_BODY_BYTES",
                Integer.toString(64 << 20));
    }

    private Map<String, String> ingestSettings() {
        return Map.of(
                "CAPSTAN_INGEST_STATE_DIRECTORY",
                instances.directory().resolve("state").toString(),
                "CAPSTAN_INGEST_THREADS",
                Integer.toString(Runtime.getRuntime().availableProcessors()),
                "CAPSTAN_INGEST_MAX_SIDE",
                "256",
                "CAPSTAN_INGEST_ENCODING",
                "jpeg",
                "CAPSTAN_INGEST_QUALITY",
                "0.95");
    }

    private static void serve(Path directory, HttpExchange exchange) throws IOException {
        try (exchange) {
            String name = exchange.getRequestURI().getPath().substring(1);
            byte[] file = Files.readAllBytes(directory.resolve(name));
            exchange.getResponseHeaders().set("Content-Type", "image/jpeg");
            exchange.sendResponseHeaders(200, file.length);
            try (OutputStream body = exchange.getResponseBody()) {
                body.write(file);
            }
        }
    }

    private static void print(String what, Cost cost) throws IOException {
        System.out.println(what + ": " + cost + ", load " + Instances.load());
    }
}
