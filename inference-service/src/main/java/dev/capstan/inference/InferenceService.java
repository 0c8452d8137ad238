package dev.capstan.inference;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.capstan.checkpoints.CheckpointFollower;
import dev.capstan.checkpoints.FollowerOptions;
import dev.capstan.checkpoints.FollowerState;
import dev.capstan.checkpoints.Lease;
import dev.capstan.checkpoints.ReadLimits;
import dev.capstan.checkpoints.ReloadListener;
import dev.capstan.inference.labels.LabelSetFollower;
import dev.capstan.inference.labels.LabelSetTable;
import dev.capstan.inference.loop.AnswerTransactions;
import dev.capstan.inference.loop.BatchAnswerer;
import dev.capstan.inference.loop.BatchStages;
import dev.capstan.inference.loop.CaptionHandler;
import dev.capstan.inference.loop.ClassifyHandler;
import dev.capstan.inference.loop.ImageDecoding;
import dev.capstan.inference.loop.InferenceMetrics;
import dev.capstan.inference.loop.LoopSettings;
import dev.capstan.inference.loop.OutcomeRecords;
import dev.capstan.inference.loop.RequestLoop;
import dev.capstan.inference.loop.RequestTraces;
import dev.capstan.inference.reload.ReloadEventPublisher;
import dev.capstan.inference.reload.ReloadTraces;
import dev.capstan.inference.reload.ServedModelLoader;
import dev.capstan.inference.reload.ServingModels;
import dev.capstan.inference.requests.ReplyAddresses;
import dev.capstan.inference.requests.RequestReaders;
import dev.capstan.inference.serving.ModelLease;
import dev.capstan.inference.serving.RecentLabels;
import dev.capstan.inference.serving.ServedModel;
import dev.capstan.platform.Service;
import dev.capstan.platform.images.BoundedImageDecoder;
import dev.capstan.platform.tracing.Tracing;
import dev.capstan.schemas.TopicProvisioner;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CaptionRequest;
import dev.capstan.schemas.records.ClassifyRequest;
import dev.capstan.schemas.records.LabelSet;
import dev.capstan.schemas.records.LiveVersion;
import dev.capstan.schemas.records.ReloadEvent;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requests in, events out, hot reload. Puts the parts together and owns their threads:
 *
 * <ul>
 *   <li>the request loop's thread, which alone asks the model that is served;
 *   <li>the follower's thread, which builds and warms the next model beside it;
 *   <li>threads that decode images while the loop waits.
 * </ul>
 *
 * <p>States: made; started, not ready until a model is served; ended, by {@link #close} or because the request loop ended.
 */
public final class InferenceService implements Service {
    private static final Logger LOG = LoggerFactory.getLogger(InferenceService.class);
    private static final Duration PARTITIONS_KNOWN_FOR = Duration.ofMinutes(1);
    private static final List<Topics> TOPICS = List.of(
            Topics.REQUESTS_CLASSIFY,
            Topics.REQUESTS_CAPTION,
            Topics.EVENTS_CLASSIFICATIONS,
            Topics.EVENTS_CAPTIONS,
            Topics.REQUESTS_REJECTED,
            Topics.EVENTS_RELOADS,
            Topics.LABELS_SETS,
            Topics.CHECKPOINTS_LIVE,
            Topics.CHECKPOINTS_MANIFESTS,
            Topics.CHECKPOINTS_TENSORS);

    private final InferenceConfig config;
    private final Clock clock;
    private final LabelSetFollower labelSets;
    private final ReloadEventPublisher reloads;
    private final ReloadTraces reloadTraces;
    private final CheckpointFollower<ServedModel> follower;
    private final ExecutorService decoders;
    private final RequestLoop loop;
    private final Thread loopThread;

    /** Without traces. */
    public InferenceService(
            InferenceConfig config, ServingModels models, MeterRegistry registry, BatchStages stages, Clock clock) {
        this(config, models, registry, stages, clock, Tracing.off());
    }

    /**
     * @param models builds models of checkpoints
     * @param stages told of the stages of every batch
     */
    public InferenceService(
            InferenceConfig config,
            ServingModels models,
            MeterRegistry registry,
            BatchStages stages,
            Clock clock,
            Tracing tracing) {
        this.config = config;
        this.clock = clock;
        InferenceClients clients = new InferenceClients(config);
        InferenceMetrics metrics = new InferenceMetrics(registry, clock);
        LoopSettings settings = LoopSettings.defaults();
        LabelSetTable table = new LabelSetTable(config.labelSets());
        labelSets = new LabelSetFollower(
                clients.follower(), clients.deserializer(LabelSet.class), table, settings.timeout(), clock);
        reloads = new ReloadEventPublisher(clients.reloads());
        reloadTraces = new ReloadTraces(tracing, config.instance());
        follower = new CheckpointFollower<>(
                config.kafka().clientProperties(),
                followerOptions(config),
                new ServedModelLoader(
                        models,
                        new RecentLabels(config.labels().maxWarmTexts(), table::usable, clock),
                        config.labels().maxCached()),
                new Reloads(metrics, reloads, reloadTraces),
                clock);
        decoders = Executors.newFixedThreadPool(config.decodeThreads(), namedDaemons("image-decoder-"));
        Consumer<byte[], byte[]> consumer = clients.requests();
        loop = new RequestLoop(
                new RequestLoop.Parts(
                        consumer,
                        labelSets,
                        () -> follower.tryLease().map(FollowerLease::new),
                        answerer(clients, consumer, settings.timeout()),
                        new AnswerTransactions(
                                clients::answers, new OutcomeRecords(clients.serializer(), clock), stages)),
                config.batch(),
                settings,
                stages,
                metrics,
                new RequestTraces(tracing, reloadTraces::of),
                clock);
        loopThread = new Thread(loop, "request-loop");
    }

    @Override
    public void start() {
        try (Admin admin = Admin.create(config.kafka().clientProperties())) {
            new TopicProvisioner(admin, TopicProvisioner.Options.defaults()).ensure(TOPICS);
        }
        labelSets.catchUp();
        follower.start();
        loopThread.start();
        LOG.info("inference started model={} instance={}", config.model(), config.instance());
    }

    @Override
    public int awaitTermination() throws InterruptedException {
        try {
            return loop.ended().get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("The request loop ended without an exit code", e);
        }
    }

    /** Whether a model is served. */
    @Override
    public boolean isReady() {
        return isLive() && follower.servedVersion().isPresent();
    }

    /** Whether the request loop turns and the checkpoints are followed. */
    @Override
    public boolean isLive() {
        Duration turn = Duration.between(loop.lastTurn(), clock.instant());
        return !loop.ended().isDone()
                && turn.compareTo(config.timing().stall()) < 0
                && follower.state() != FollowerState.STOPPED;
    }

    @Override
    public void close() {
        loop.close();
        if (loopThread.getState() == Thread.State.NEW) {
            // Ends at once, and closes what it owns on the way.
            loopThread.start();
        }
        awaitLoop();
        follower.close();
        reloadTraces.close();
        reloads.close();
        decoders.shutdownNow();
    }

    private void awaitLoop() {
        try {
            loop.ended().get(config.timing().close().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.warn("a batch is still in hand while the service closes");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new IllegalStateException("The request loop ended without an exit code", e);
        }
    }

    private BatchAnswerer answerer(InferenceClients clients, Consumer<byte[], byte[]> consumer, Duration timeout) {
        Cache<String, Integer> partitions =
                Caffeine.newBuilder().expireAfterWrite(PARTITIONS_KNOWN_FOR).build();
        RequestReaders readers =
                new RequestReaders(config.requests(), new ReplyAddresses(config.replyTopics(), topic -> {
                    // A topic that is missing is not remembered: somebody may be creating it.
                    Integer known = partitions.get(topic, name -> partitionsOf(consumer, name, timeout));
                    return known == null ? 0 : known;
                }));
        return new BatchAnswerer(
                config.model(),
                List.of(
                        new ClassifyHandler(
                                readers.classify(clients.deserializer(ClassifyRequest.class), labelSets), clock),
                        new CaptionHandler(readers.caption(clients.deserializer(CaptionRequest.class)), clock)),
                new ImageDecoding(new BoundedImageDecoder(config.images()), decoders));
    }

    private static @Nullable Integer partitionsOf(Consumer<byte[], byte[]> consumer, String topic, Duration timeout) {
        int count = consumer.partitionsFor(topic, timeout).size();
        return count == 0 ? null : count;
    }

    private static FollowerOptions followerOptions(InferenceConfig config) {
        return new FollowerOptions(
                config.model(),
                config.instance(),
                ReadLimits.defaults(),
                config.tensorCacheBytes(),
                Duration.ofSeconds(1),
                Duration.ofMinutes(1),
                config.timing().close());
    }

    private static ThreadFactory namedDaemons(String prefix) {
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, prefix + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    /** All who want to know of reloads. */
    private record Reloads(InferenceMetrics metrics, ReloadEventPublisher events, ReloadTraces traces)
            implements ReloadListener {
        @Override
        public void beginning(LiveVersion live, Headers manifest) {
            traces.beginning(live, manifest);
        }

        @Override
        public void reloaded(ReloadEvent event) {
            traces.reloaded(event);
            metrics.reloaded(event);
            events.publish(event);
        }
    }

    /** The follower's lease as the request loop sees it. */
    private record FollowerLease(Lease<ServedModel> lease) implements ModelLease {
        @Override
        public long checkpoint() {
            return lease.version();
        }

        @Override
        public ServedModel model() {
            return lease.model();
        }

        @Override
        public void close() {
            lease.close();
        }
    }
}
