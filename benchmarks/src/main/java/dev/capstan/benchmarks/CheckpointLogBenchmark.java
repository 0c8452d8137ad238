package dev.capstan.benchmarks;

import dev.capstan.broker.EmbeddedBroker;
import dev.capstan.checkpoints.CheckpointDraft;
import dev.capstan.checkpoints.CheckpointFollower;
import dev.capstan.checkpoints.CheckpointLog;
import dev.capstan.checkpoints.CheckpointWriter;
import dev.capstan.checkpoints.FollowerOptions;
import dev.capstan.checkpoints.ModelLoader;
import dev.capstan.checkpoints.Promotion;
import dev.capstan.checkpoints.Published;
import dev.capstan.model.tensors.TensorType;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.schemas.TopicProvisioner;
import dev.capstan.schemas.records.CheckpointManifest;
import dev.capstan.schemas.records.ReloadOutcome;
import dev.capstan.schemas.records.TensorRole;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;

/**
 * How long it takes to publish a whole checkpoint and a small change to it, and until the change is served, over an
 * embedded broker in this JVM. Arguments: size of the checkpoint and of the change in MB (600 and 10), changes (10).
 *
 * <p>The model that is served does nothing, so these are the times of the log alone. Needs a heap of four times the
 * checkpoint.
 */
public final class CheckpointLogBenchmark {
    private static final int MEGABYTE = 1_000_000;
    private static final int TENSOR_BYTES = 4 * MEGABYTE;
    private static final String MODEL = "benchmark";
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    private final Map<String, Object> clientProperties;
    private final Random random = new Random(1);
    private final BlockingQueue<Long> servings = new LinkedBlockingQueue<>();

    /** A model of nothing. */
    private record NoModel() implements AutoCloseable {
        @Override
        public void close() {}
    }

    private CheckpointLogBenchmark(Map<String, Object> clientProperties) {
        this.clientProperties = clientProperties;
    }

    /** @param arguments megabytes of the checkpoint, megabytes of the change, how many changes */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        int wholeMegabytes = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 600;
        int changedMegabytes = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 10;
        int changes = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 10;
        Path directory = Files.createTempDirectory("capstan-benchmark");
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory, 0)) {
            Map<String, Object> properties =
                    Map.of("bootstrap.servers", broker.bootstrapServers(), "schema.registry.url", "mock://benchmark");
            try (Admin admin = Admin.create(properties)) {
                new TopicProvisioner(admin, TopicProvisioner.Options.defaults()).ensureAll();
            }
            new CheckpointLogBenchmark(properties).run(wholeMegabytes, changedMegabytes, changes);
        } finally {
            delete(directory);
        }
    }

    private void run(int wholeMegabytes, int changedMegabytes, int changes) throws InterruptedException {
        List<TensorValue> frozen = tensors("frozen", wholeMegabytes - changedMegabytes);
        List<TensorValue> learnt = tensors("learnt", changedMegabytes);
        ModelLoader<NoModel> loader = (manifest, tensors) -> new NoModel();
        FollowerOptions defaults = FollowerOptions.of(MODEL, "benchmark");
        FollowerOptions options = new FollowerOptions(
                MODEL,
                "benchmark",
                defaults.limits(),
                2L * wholeMegabytes * MEGABYTE,
                defaults.firstBackOff(),
                defaults.longestBackOff(),
                defaults.closeTimeout());
        try (CheckpointWriter writer = new CheckpointWriter(clientProperties, "benchmark");
                Promotion promotion = new Promotion(clientProperties);
                CheckpointLog log = new CheckpointLog(clientProperties);
                CheckpointFollower<NoModel> follower = new CheckpointFollower<>(
                        clientProperties, options, loader, event -> served(event.getOutcome()), Clock.systemUTC())) {
            writer.initialise();
            follower.start();

            long begun = System.nanoTime();
            CheckpointManifest whole = publish(writer, frozen, learnt).manifest();
            long published = System.nanoTime();
            promotion.promote(MODEL, 1, "benchmark", "benchmark");
            long decided = System.nanoTime();
            long served = nextServing();
            report("publish " + wholeMegabytes + " MB", published - begun);
            report("live record to serving, " + wholeMegabytes + " MB", served - decided);
            report("publish to serving, " + wholeMegabytes + " MB", served - begun);

            long reading = System.nanoTime();
            log.fetch(whole, Set.of(TensorRole.SERVING), Set.of());
            report("fetch and verify " + wholeMegabytes + " MB again", System.nanoTime() - reading);

            change(writer, promotion, frozen, changedMegabytes, changes);
        }
        long starting = System.nanoTime();
        try (CheckpointWriter restarted = new CheckpointWriter(clientProperties, "benchmark")) {
            restarted.initialise();
            report("start of a writer on this log", System.nanoTime() - starting);
        }
    }

    private void change(
            CheckpointWriter writer, Promotion promotion, List<TensorValue> frozen, int changedMegabytes, int changes)
            throws InterruptedException {
        long[] publishes = new long[changes];
        long[] reloads = new long[changes];
        long[] totals = new long[changes];
        for (int i = 0; i < changes; i++) {
            List<TensorValue> learnt = tensors("learnt", changedMegabytes);
            long begun = System.nanoTime();
            Published change = publish(writer, frozen, learnt);
            long published = System.nanoTime();
            promotion.promote(MODEL, change.version(), "benchmark", "benchmark");
            long decided = System.nanoTime();
            long served = nextServing();
            publishes[i] = published - begun;
            reloads[i] = served - decided;
            totals[i] = served - begun;
        }
        report("publish a change of " + changedMegabytes + " MB", publishes);
        report("live record to serving, " + changedMegabytes + " MB", reloads);
        report("publish to serving, " + changedMegabytes + " MB", totals);
    }

    private static Published publish(CheckpointWriter writer, List<TensorValue> frozen, List<TensorValue> learnt) {
        List<TensorValue> all = new ArrayList<>(frozen);
        all.addAll(learnt);
        return writer.publish(CheckpointDraft.imported(MODEL, "{}", all));
    }

    private void served(ReloadOutcome outcome) {
        if (outcome != ReloadOutcome.SERVING) {
            throw new IllegalStateException("The follower did not serve the version");
        }
        servings.add(System.nanoTime());
    }

    private long nextServing() throws InterruptedException {
        Long served = servings.poll(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        if (served == null) {
            throw new IllegalStateException("The version was not served within " + TIMEOUT);
        }
        return served;
    }

    private List<TensorValue> tensors(String prefix, int megabytes) {
        List<TensorValue> tensors = new ArrayList<>();
        long left = (long) megabytes * MEGABYTE;
        while (left > 0) {
            byte[] content = new byte[(int) Math.min(left, TENSOR_BYTES)];
            random.nextBytes(content);
            tensors.add(new TensorValue(
                    prefix + "." + tensors.size(),
                    TensorType.U8,
                    new long[] {content.length},
                    ByteBuffer.wrap(content)));
            left -= content.length;
        }
        return tensors;
    }

    private static void report(String what, long... nanos) {
        long[] sorted = nanos.clone();
        Arrays.sort(sorted);
        System.out.printf(
                Locale.ROOT,
                "%-45s median %8.1f ms   worst %8.1f ms%n",
                what,
                sorted[sorted.length / 2] / 1e6,
                sorted[sorted.length - 1] / 1e6);
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> {
                try {
                    Files.deleteIfExists(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
