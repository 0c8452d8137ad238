package dev.capstan.local.demo;

import dev.capstan.corpora.EmojiPackages;
import dev.capstan.corpora.EvaluationPictures.EvaluationPicture;
import dev.capstan.corpora.Novelty;
import dev.capstan.local.audit.Audit;
import dev.capstan.local.audit.GroupLag;
import dev.capstan.local.audit.Report;
import dev.capstan.local.audit.ReportFile;
import dev.capstan.local.requests.RequestClient;
import dev.capstan.local.stack.LocalStack;
import dev.capstan.local.stack.ServiceMetrics;
import dev.capstan.local.supervisor.ProcessStatus;
import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CheckpointLineage;
import dev.capstan.schemas.records.StepLoss;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The demo from the first process to the report.
 *
 * <p>One thread runs {@link #run} and draws; the feed, the rounds of probes, the tail of the topics and the measurements
 * have threads of their own, which end with it. {@link #interrupt} may be called from any thread.
 */
public final class Demo {
    /** The model that the services use where they are told no other. */
    public static final String MODEL = "capstan-demo";

    private static final Duration FRAME = Duration.ofMillis(250);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration DRAIN_LIMIT = Duration.ofSeconds(90);
    private static final double FIRST_PAIRS_PER_SECOND = 150;
    private static final int SHOWN_NOTICES = 3;

    private final DemoOptions options;
    private final Function<DemoStackNeeds, LocalStack> stacks;
    private final Screen screen;
    private final Clock clock;
    private final RequestBoard requests;
    private final MemoryLog memory = new MemoryLog();
    private final Deque<String> notices = new ConcurrentLinkedDeque<>();
    private final AtomicBoolean interrupted = new AtomicBoolean();
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();
    private volatile String stage = "starting";
    private volatile GroupLag.Lags lags = new GroupLag.Lags(new TreeMap<>(), new TreeMap<>());
    private volatile ServiceMetrics ingest = new ServiceMetrics(Map.of());

    /**
     * What the demo needs of its stack.
     *
     * @param environment variables of the services
     * @param beforeServices runs when broker and registry are ready, before any service starts
     */
    public record DemoStackNeeds(Map<String, String> environment, Consumer<KafkaSettings> beforeServices) {}

    /**
     * @param stacks starts a stack; it is closed by the caller
     * @param screen where the view goes
     */
    public Demo(DemoOptions options, Function<DemoStackNeeds, LocalStack> stacks, DemoScreen screen, Clock clock) {
        this.options = options;
        this.stacks = stacks;
        this.screen = screen.screen();
        this.clock = clock;
        requests = new RequestBoard(clock);
    }

    /** Makes {@link #run} return soon, without a report. */
    public void interrupt() {
        interrupted.set(true);
    }

    /** Prints a line above the view. */
    public void say(String line) {
        screen.print(line);
    }

    /**
     * Runs the demo.
     *
     * @return whether it came to its end rather than being interrupted
     * @throws DemoException if it cannot go on
     */
    public boolean run() throws InterruptedException {
        requireBaseWeights();
        CompletableFuture<DemoCorpus> loading = loadCorpus();
        LocalStack stack = stacks.apply(new DemoStackNeeds(
                loading.join().trainerEnvironment(),
                settings -> LabelSetWriter.publish(settings, loading.join().labelSets())));
        DemoCorpus corpus = loading.join();
        corpus.fallback().ifPresent(reason -> say("Streaming generated shapes instead of emoji: " + reason));
        stack.awaitReady();
        stack.page().ifPresent(page -> say("The page is at " + page));
        double readySeconds = sinceStart();
        try (Run run = new Run(stack, corpus)) {
            run.stream(readySeconds);
        }
        return !interrupted.get();
    }

    private CompletableFuture<DemoCorpus> loadCorpus() {
        if (!options.shapes() && !new EmojiPackages(options.cache()).isCached()) {
            say("Fetching the emoji packages once; this takes a minute or two ...");
        }
        return CompletableFuture.supplyAsync(() -> DemoCorpus.load(options, this::say));
    }

    private void requireBaseWeights() {
        if (!Files.isDirectory(options.baseWeights())) {
            throw new DemoException("The base weights " + options.baseWeights() + " are not there: get them with the "
                    + "repository, make them again with ./capstan base-weights, or name others with --base-weights");
        }
    }

    /** From the start of this process, the launcher's included, as its process id stays. */
    private double sinceStart() {
        return secondsSinceStart(clock.instant());
    }

    private static double secondsSinceStart(Instant when) {
        Instant started = ProcessHandle.current().info().startInstant().orElse(when);
        return Duration.between(started, when).toMillis() / 1000.0;
    }

    /** Everything that exists while the stack runs. */
    private final class Run implements AutoCloseable {
        private final LocalStack stack;
        private final DemoCorpus corpus;
        private final RequestClient client;
        private final PairWriter writer;
        private final CrawlFeed feed;
        private final TopicTail tail;
        private final ProbeBoard probes;
        private final Asker asker;
        private final FeedPace pace;
        private final ScheduledExecutorService measurements = Executors.newScheduledThreadPool(3, Demo::daemon);
        private final Thread feeder;
        private final Thread tailer;
        private final AtomicBoolean roundsEnded = new AtomicBoolean();
        private @Nullable Thread prober;
        private @Nullable GroupLag groupLag;
        private volatile long lastProbed;

        Run(LocalStack stack, DemoCorpus corpus) {
            this.stack = stack;
            this.corpus = corpus;
            KafkaSettings settings = stack.settings();
            client = new RequestClient(settings, clock, PATIENCE);
            writer = new PairWriter(settings, clock);
            pace = new FeedPace(FIRST_PAIRS_PER_SECOND, options.fastestPairsPerSecond());
            feed = new CrawlFeed(
                    corpus.feed(options.seed(), options.newShare(), options.dirtShare()),
                    writer,
                    clock,
                    pace.pairsPerSecond());
            tail = new TopicTail(settings, MODEL);
            probes = new ProbeBoard(corpus.examples());
            List<EvaluationPicture> unseen = corpus.unseen(Novelty.NEW);
            asker = new Asker(
                    client,
                    requests,
                    probes,
                    unseen,
                    unseen,
                    corpus.newConcepts(),
                    new SplittableRandom(options.seed()));
            feeder = daemon(feed);
            tailer = daemon(tail);
        }

        void stream(double readySeconds) throws InterruptedException {
            tailer.start();
            every(Duration.ofSeconds(2), "memory", () -> memory.sample(stack));
            every(Duration.ofSeconds(1), "lag", this::measureLag);
            every(Duration.ofSeconds(1), "meters", this::scrape);
            stage = "first request";
            asker.firstAnswer();
            stage = "asking the base weights";
            asker.round();
            lastProbed = tail.served().orElse(0);
            feeder.start();
            await("first pair", () -> feed.startedAt() != null, PATIENCE);
            feed.bringNewConcepts();
            startRounds();
            startLoad();
            stage = "streaming";
            await("the end of the stream", this::isOver, Duration.ofDays(3650));
            if (!interrupted.get()) {
                finish(readySeconds);
            }
        }

        private void finish(double readySeconds) throws InterruptedException {
            feed.stop();
            feeder.join();
            writer.flush();
            stage = "waiting until every pair is in a checkpoint";
            await(stage, this::isDrained, DRAIN_LIMIT);
            stage = "waiting until the newest version is served";
            await(stage, this::isNewestServed, PATIENCE);
            endRounds();
            stage = "asking the last version";
            asker.round();
            measurements.shutdownNow();
            stage = "waiting for the last answers";
            await(stage, () -> client.inFlight() == 0, PATIENCE);
            stage = "stopping the services";
            draw();
            stack.stopServices();
            stage = "reading the topics again for the report";
            draw();
            report(readySeconds);
        }

        private void report(double readySeconds) {
            Report report = new Audit(stack.settings(), MODEL, topic -> {})
                    .run(clock.instant())
                    .with(environment(readySeconds));
            options.report().ifPresent(path -> {
                ReportFile.write(report, path);
                say("Report: " + path.toAbsolutePath());
            });
            Summary.of(report).forEach(Demo.this::say);
        }

        private Report.Environment environment(double readySeconds) {
            Instant firstAnswer = requests.firstAnswer();
            return new Report.Environment(
                    stack.options().directory().toString(),
                    corpus.name(),
                    readySeconds,
                    firstAnswer == null ? null : secondsSinceStart(firstAnswer),
                    Runtime.getRuntime().availableProcessors(),
                    memory.peaks(),
                    memory.totals(),
                    stack.statuses().stream().mapToInt(ProcessStatus::restarts).sum());
        }

        private boolean isOver() {
            Instant started = feed.startedAt();
            return !options.duration().isZero()
                    && started != null
                    && Duration.between(started, clock.instant()).compareTo(options.duration()) >= 0;
        }

        private boolean isDrained() {
            return lags.of(Topics.PAIRS_CRAWLED) == 0
                    && lags.of(Topics.PAIRS_CURATED) == 0
                    && lags.committed().getOrDefault(Topics.PAIRS_CURATED.topicName(), 0L) > 0;
        }

        private boolean isNewestServed() {
            OptionalLong served = tail.served();
            return served.isPresent()
                    && tail.latest()
                            .map(latest -> latest.getVersion() <= served.getAsLong())
                            .orElse(false);
        }

        private void startRounds() {
            Thread started = daemon(() -> {
                try {
                    rounds();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            prober = started;
            started.start();
        }

        private void rounds() throws InterruptedException {
            while (!roundsEnded.get()) {
                long began = System.nanoTime();
                long version = tail.served().orElse(0);
                if (version > lastProbed) {
                    lastProbed = version;
                    asker.round();
                    long left = options.probeInterval().toNanos() - (System.nanoTime() - began);
                    for (; left > 0 && !roundsEnded.get(); left -= FRAME.toNanos()) {
                        TimeUnit.NANOSECONDS.sleep(Math.min(left, FRAME.toNanos()));
                    }
                } else {
                    TimeUnit.MILLISECONDS.sleep(50);
                }
            }
        }

        private void endRounds() throws InterruptedException {
            roundsEnded.set(true);
            Thread running = prober;
            if (running != null) {
                running.join();
            }
        }

        private void startLoad() {
            if (options.requestsPerSecond() <= 0) {
                return;
            }
            AtomicBoolean caption = new AtomicBoolean();
            every(Duration.ofNanos((long) (1e9 / options.requestsPerSecond())), "requests", () -> {
                boolean next = !caption.get();
                caption.set(next);
                asker.ask(next);
            });
        }

        private void every(Duration period, String what, Runnable task) {
            // What the task throws is noted; its future ends with the executor.
            ScheduledFuture<?> unused =
                    measurements.scheduleAtFixedRate(noting(what, task), 0, period.toNanos(), TimeUnit.NANOSECONDS);
        }

        private void measureLag() {
            GroupLag source = groupLag;
            if (source == null) {
                source = new GroupLag(stack.settings());
                groupLag = source;
            }
            GroupLag.Lags measured = source.at(clock.instant());
            lags = measured;
            ServiceMetrics trainer = meters("trainer");
            pace.observe(new FeedPace.Observation(
                    System.nanoTime() / 1e9,
                    measured.of(Topics.PAIRS_CRAWLED) + measured.of(Topics.PAIRS_CURATED),
                    ingest.isEmpty() ? Double.NaN : curated(ingest),
                    trainer.isEmpty() ? Double.NaN : trainer.sum("capstan_trainer_pairs_total", "trained")));
            feed.pace(pace.pairsPerSecond());
        }

        private void scrape() {
            ingest = meters("ingest");
        }

        private static double curated(ServiceMetrics ingest) {
            return ingest.sum("capstan_ingest_admitted_total", Topics.PAIRS_CURATED.topicName());
        }

        private ServiceMetrics meters(String service) {
            URI health = stack.healthAddresses().get(service);
            return health == null ? new ServiceMetrics(Map.of()) : ServiceMetrics.scrape(http, health);
        }

        /** Draws until a condition holds, a limit has passed, or the demo is interrupted. */
        private void await(String what, BooleanSupplier condition, Duration limit) throws InterruptedException {
            Instant deadline = clock.instant().plus(limit);
            while (!condition.getAsBoolean() && !interrupted.get()) {
                check(feed.failure());
                check(tail.failure());
                if (stack.hasEnded()) {
                    stack.awaitEnd();
                    return;
                }
                if (clock.instant().isAfter(deadline)) {
                    notice("gave up " + what + " after " + limit.toSeconds() + " s");
                    return;
                }
                draw();
                TimeUnit.MILLISECONDS.sleep(FRAME.toMillis());
            }
        }

        private void check(@Nullable RuntimeException failure) {
            if (failure != null) {
                throw failure;
            }
        }

        private void draw() {
            screen.show(snapshot(), System.nanoTime() / 1_000_000);
        }

        private DemoSnapshot snapshot() {
            Instant started = feed.startedAt();
            List<CheckpointLineage> versions = tail.versions();
            OptionalLong served = tail.served();
            return new DemoSnapshot(
                    stage,
                    started == null ? Duration.ZERO : Duration.between(started, clock.instant()),
                    options.duration(),
                    corpus.newConcepts(),
                    feed.bringsNewConcepts(),
                    stage.equals("streaming") ? pace.pairsPerSecond() : 0,
                    writer.written(),
                    (long) curated(ingest),
                    (long) ingest.sum("capstan_ingest_admitted_total", Topics.PAIRS_HELDOUT.topicName()),
                    (long) ingest.sum("capstan_ingest_rejected_total", ""),
                    versions.stream().mapToLong(CheckpointLineage::getPairs).sum(),
                    versions.stream()
                            .mapToLong(CheckpointLineage::getStep)
                            .max()
                            .orElse(0),
                    newestLoss(versions, StepLoss::getContrastive),
                    newestLoss(versions, StepLoss::getCaption),
                    lags.of(Topics.PAIRS_CRAWLED),
                    lags.of(Topics.PAIRS_CURATED),
                    versions.stream().mapToLong(CheckpointLineage::getVersion).max(),
                    served,
                    served.isPresent() ? tail.publishToServing(served.getAsLong()) : OptionalLong.empty(),
                    tail.reloads(),
                    requests.counts(),
                    probes.results(),
                    examples(),
                    memory.latestTotal(),
                    currentNotices());
        }

        private List<DemoSnapshot.Example> examples() {
            List<DemoSnapshot.Example> examples = new ArrayList<>();
            for (String label : probes.shown()) {
                probes.firstAndLast(label)
                        .ifPresent(said -> examples.add(new DemoSnapshot.Example(label, said.get(0), said.get(1))));
            }
            return examples;
        }

        private List<String> currentNotices() {
            List<String> current = new ArrayList<>(notices);
            tail.lastFailure()
                    .ifPresent(reload -> current.add(
                            "version " + reload.getVersion() + " could not be served: " + reload.getReason()));
            return current.subList(Math.max(0, current.size() - SHOWN_NOTICES), current.size());
        }

        @Override
        public void close() {
            feed.stop();
            tail.stop();
            roundsEnded.set(true);
            measurements.shutdownNow();
            client.close();
            writer.close();
            GroupLag source = groupLag;
            try {
                if (source != null && measurements.awaitTermination(5, TimeUnit.SECONDS)) {
                    source.close();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Runnable noting(String what, Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                if (!interrupted.get() && !Thread.currentThread().isInterrupted()) {
                    notice(what + ": " + e.getMessage());
                }
            }
        };
    }

    private void notice(String text) {
        notices.addLast(text);
        while (notices.size() > SHOWN_NOTICES) {
            notices.pollFirst();
        }
    }

    private static double newestLoss(List<CheckpointLineage> versions, Function<StepLoss, @Nullable Double> loss) {
        for (int i = versions.size() - 1; i >= 0; i--) {
            List<StepLoss> losses = versions.get(i).getLosses();
            for (int j = losses.size() - 1; j >= 0; j--) {
                Double value = loss.apply(losses.get(j));
                if (value != null) {
                    return value;
                }
            }
        }
        return Double.NaN;
    }

    private static Thread daemon(Runnable body) {
        Thread thread = new Thread(body, "demo");
        thread.setDaemon(true);
        return thread;
    }
}
