package dev.capstan.local.command;

import dev.capstan.local.feed.FilePair;
import dev.capstan.local.feed.FilePairs;
import dev.capstan.local.feed.PairIds;
import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CrawledPair;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Feeds pictures with texts from files. */
@Command(
        name = "feed",
        description = {
            "Feed pictures with texts into pairs.crawled.",
            "A directory has a .txt file beside each picture; a file has JSON lines with \"image\", \"text\", and \"url\" if known."
        },
        mixinStandardHelpOptions = true)
final class FeedCommand implements Callable<Integer> {
    private static final long PROGRESS_PAIRS = 500;

    @Mixin
    private final ClusterOptions cluster = new ClusterOptions();

    @Parameters(paramLabel = "DIR|FILE", description = "Where the pairs are.")
    private Path source = Path.of("");

    @Option(
            names = "--source",
            defaultValue = "files",
            description = "Name of this feed in the records (default: ${DEFAULT-VALUE}).")
    private String name = "files";

    @Option(
            names = "--max-bytes",
            defaultValue = "4000000",
            description = "Larger pictures are passed over: the topic would not take them (default: ${DEFAULT-VALUE}).")
    private long maxBytes;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    private final Clock clock = Clock.systemUTC();
    private final AtomicLong read = new AtomicLong();
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLong passedOver = new AtomicLong();

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        if (!Files.exists(source)) {
            throw new CommandException(
                    ExitCodes.USAGE, "There is no " + source + ": give a directory or a JSON-lines file");
        }
        KafkaSettings settings = cluster.require();
        try (KafkaProducer<String, CrawledPair> producer = producer(settings)) {
            FilePairs.read(
                    source,
                    pair -> {
                        send(producer, pair, err);
                        if (read.incrementAndGet() % PROGRESS_PAIRS == 0) {
                            out.printf("%d pairs read, %d sent%n", read.get(), sent.get());
                        }
                    },
                    problem -> passOver(err, problem));
            producer.flush();
        }
        out.printf("%d pairs sent, %d passed over, %d failed%n", sent.get(), passedOver.get(), failed.get());
        return failed.get() == 0 ? ExitCodes.OK : ExitCodes.FAILED;
    }

    private void send(KafkaProducer<String, CrawledPair> producer, FilePair pair, PrintWriter err) {
        byte[] image;
        try {
            if (Files.size(pair.image()) > maxBytes) {
                passOver(
                        err,
                        pair.image() + " has " + Files.size(pair.image()) + " bytes, more than --max-bytes "
                                + maxBytes);
                return;
            }
            image = Files.readAllBytes(pair.image());
        } catch (IOException e) {
            passOver(err, pair.image() + " cannot be read: " + e);
            return;
        }
        String id = PairIds.of(pair.sourceUrl(), image, pair.text());
        CrawledPair record = new CrawledPair(
                id,
                pair.sourceUrl().orElse(null),
                pair.text(),
                ByteBuffer.wrap(image),
                null,
                Map.of(),
                name,
                clock.instant());
        Future<RecordMetadata> unused = producer.send(
                new ProducerRecord<>(Topics.PAIRS_CRAWLED.topicName(), id, record), (metadata, failure) -> {
                    if (failure == null) {
                        sent.incrementAndGet();
                        return;
                    }
                    failed.incrementAndGet();
                    err.println(pair.image() + " was not sent: " + failure.getMessage());
                });
    }

    private void passOver(PrintWriter err, String problem) {
        passedOver.incrementAndGet();
        err.println("passed over: " + problem);
    }

    private static KafkaProducer<String, CrawledPair> producer(KafkaSettings settings) {
        Map<String, Object> properties = settings.producerProperties();
        properties.put("linger.ms", 20);
        properties.put("max.request.size", Topics.PAIRS_CRAWLED.maxMessageBytes());
        AvroSerializer<CrawledPair> serializer = new AvroSerializer<>();
        serializer.configure(properties, false);
        return new KafkaProducer<>(properties, new StringSerializer(), serializer);
    }
}
