package dev.capstan.trainer;

import dev.capstan.checkpoints.CheckpointLog;
import dev.capstan.checkpoints.CheckpointRetention;
import dev.capstan.checkpoints.CheckpointWriter;
import dev.capstan.checkpoints.Promotion;
import dev.capstan.checkpoints.PublishStages;
import dev.capstan.checkpoints.RetentionPolicy;
import dev.capstan.checkpoints.WriterOptions;
import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.Service;
import dev.capstan.platform.images.BoundedImageDecoder;
import dev.capstan.platform.images.ImageFormat;
import dev.capstan.platform.takedowns.TakedownFollower;
import dev.capstan.platform.takedowns.Takedowns;
import dev.capstan.platform.tracing.Tracing;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CuratedPair;
import dev.capstan.schemas.records.LabelSet;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The trainer as a service: its parts, its thread, and their end in the right order. The constructor opens the clients,
 * {@link #start} starts the threads, {@link #close} asks the loop to publish what it has trained and closes everything.
 */
public final class TrainerService implements Service {
    private static final Logger LOG = LoggerFactory.getLogger(TrainerService.class);
    /** A load of a large model is the longest round. */
    private static final Duration LONGEST_ROUND = Duration.ofMinutes(5);

    private static final Duration LAST_CHECKPOINT = Duration.ofSeconds(25);
    private static final Duration CLOSE = Duration.ofSeconds(5);
    private static final int MAX_IMAGE_BYTES = Topics.PAIRS_CURATED.maxMessageBytes();
    private static final long MAX_IMAGE_PIXELS = 16L << 20;

    private final TrainerLoop loop;
    private final TakedownFollower takedownFollower;
    private final Thread thread;
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    /**
     * As a process has it.
     *
     * @throws dev.capstan.platform.InvalidConfigurationException naming every key that is wrong
     */
    public static TrainerService of(ConfigurationSource source, MeterRegistry registry, Clock clock, Tracing tracing) {
        TrainerConfig config = TrainerConfig.from(source);
        return new TrainerService(config, registry, new TraineeModels(config), PublishStages.none(), clock, tracing);
    }

    /**
     * @param models makes models from weights, and says how pictures are prepared for them
     * @param stages called between the stages of a publish
     */
    TrainerService(
            TrainerConfig config,
            MeterRegistry registry,
            Models models,
            PublishStages stages,
            Clock clock,
            Tracing tracing) {
        TrainerClients clients = new TrainerClients(config);
        Map<String, Object> properties = config.kafka().clientProperties();
        TrainerMetrics metrics = new TrainerMetrics(registry);
        int threads = config.input().decodeThreads();
        ExecutorService workers = workers(threads);
        BoundedImageDecoder decoder = new BoundedImageDecoder(
                MAX_IMAGE_BYTES, MAX_IMAGE_PIXELS, EnumSet.of(ImageFormat.PNG, ImageFormat.JPEG));

        Takedowns takedowns = new Takedowns();
        takedownFollower = new TakedownFollower(config.kafka(), takedowns);
        Gauge.builder("capstan.trainer.takedowns", takedowns, Takedowns::size)
                .description("takedowns that are known and honoured")
                .register(registry);
        CuratedPairPreparer training = closing(new CuratedPairPreparer(
                config.model(),
                true,
                takedowns,
                decoder,
                models::preprocessor,
                Stream.generate(() -> clients.deserializer(CuratedPair.class))
                        .limit(threads)
                        .toList()));
        CuratedPairPreparer scoring = closing(new CuratedPairPreparer(
                config.model(),
                false,
                takedowns,
                decoder,
                models::preprocessor,
                java.util.List.of(clients.deserializer(CuratedPair.class))));
        open.push(() -> stop(workers));
        CheckpointWriter writer = new CheckpointWriter(
                properties,
                config.transactionalId(),
                WriterOptions.defaults()
                        .withTransactionTimeout(config.checkpoint().transactionTimeout()),
                stages,
                clock);
        CheckpointPublisher publisher = closing(new CheckpointPublisher(
                writer,
                new CheckpointLog(properties),
                new Promotion(properties),
                new PromotionGate(config.heldout().recallFraction()),
                new CheckpointRetention(writer, properties, config.model(), RetentionPolicy.defaults(), clock),
                metrics));
        HeldoutFeed heldout = closing(new HeldoutFeed(
                clients.heldout(),
                clients.deserializer(LabelSet.class),
                scoring,
                new HeldoutSample(config.heldout().pairs()),
                config.heldout().pairs(),
                config.heldout().labelSet()));
        ReplayMemory memory = new ReplayMemory(
                config.replay().pairs(),
                config.replay().bytes(),
                config.replay().runPairs());
        TrainerLoop.Parts parts = new TrainerLoop.Parts(
                closing(new CheckpointLog(properties)),
                publisher,
                closing(new CuratedStream(clients.curated(), Topics.PAIRS_CURATED.topicName(), tracing)),
                new PairPipeline(
                        training,
                        workers,
                        new PairPipeline.Limits(
                                config.input().prefetchPairs(), config.input().prefetchBytes()),
                        System::nanoTime),
                new ReplayDraws(config.model(), config.replayedPairs(), memory, training, workers),
                heldout,
                models);
        loop = new TrainerLoop(config, parts, metrics, clock, System::nanoTime, tracing);
        thread = new Thread(this::train, "trainer");
    }

    @Override
    public void start() {
        takedownFollower.start();
        thread.start();
    }

    @Override
    public int awaitTermination() throws InterruptedException {
        thread.join();
        return loop.ending().exitCode();
    }

    @Override
    public boolean isReady() {
        return loop.isReady();
    }

    @Override
    public boolean isLive() {
        return !thread.isAlive() || loop.sinceMove().compareTo(LONGEST_ROUND) < 0;
    }

    @Override
    public void close() {
        loop.stop();
        takedownFollower.close();
        try {
            thread.join(LAST_CHECKPOINT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            LOG.warn("trainer still at work; the next start trains again what is not published");
            return;
        }
        while (!open.isEmpty()) {
            closeQuietly(open.pop());
        }
    }

    /** No pair is read before it is known which must not be. */
    private void train() {
        try {
            if (!takedownFollower.awaitCaughtUp()) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        loop.run();
    }

    private <C extends AutoCloseable> C closing(C part) {
        open.push(part);
        return part;
    }

    private static void closeQuietly(AutoCloseable part) {
        try {
            part.close();
        } catch (Exception e) {
            LOG.warn("closing failed", e);
        }
    }

    private static ExecutorService workers(int threads) {
        AtomicInteger number = new AtomicInteger();
        return Executors.newFixedThreadPool(threads, task -> {
            Thread worker = new Thread(task, "decode-" + number.incrementAndGet());
            worker.setDaemon(true);
            return worker;
        });
    }

    private static void stop(ExecutorService workers) throws InterruptedException {
        workers.shutdownNow();
        if (!workers.awaitTermination(CLOSE.toSeconds(), TimeUnit.SECONDS)) {
            LOG.warn("a picture is still being decoded");
        }
    }
}
