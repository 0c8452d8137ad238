package dev.capstan.inference.score;

import dev.capstan.checkpoints.CheckpointFollower;
import dev.capstan.checkpoints.FollowerOptions;
import dev.capstan.checkpoints.FollowerState;
import dev.capstan.checkpoints.ModelLoader;
import dev.capstan.checkpoints.ReadLimits;
import dev.capstan.platform.Service;
import dev.capstan.platform.images.BoundedImageDecoder;
import dev.capstan.platform.images.ImageLimits;
import dev.capstan.platform.tracing.Tracing;
import dev.capstan.schemas.Provisioning;
import dev.capstan.schemas.Topics;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KafkaStreams.State;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pairs in, scored pairs out: follows the live model and runs {@link ScoreTopology}. While no model is live, pairs go
 * through unscored. A failure of the stream ends the process, and whoever supervises it starts it again at the last commit.
 *
 * <p>One owner starts and closes it, once each; health checks may ask from any thread. States: made, running, and closed
 * or failed.
 */
public final class ScoreService implements Service {
    private static final Logger LOG = LoggerFactory.getLogger(ScoreService.class);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(15);
    private static final List<Topics> TOPICS = List.of(
            Topics.PAIRS_UNSCORED,
            Topics.PAIRS_CURATED,
            Topics.PAIRS_REJECTED,
            Topics.CHECKPOINTS_LIVE,
            Topics.CHECKPOINTS_MANIFESTS,
            Topics.CHECKPOINTS_TENSORS);

    private final ScoreConfig config;
    private final Clock clock;
    private final ScoreMetrics metrics;
    private final Tracing tracing;
    private final CheckpointFollower<ScoringModel> follower;
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean failed;
    private volatile @Nullable KafkaStreams streams;

    /**
     * Without traces.
     *
     * @param models builds models of checkpoints
     */
    public ScoreService(ScoreConfig config, ModelLoader<ScoringModel> models, MeterRegistry registry, Clock clock) {
        this(config, models, registry, clock, Tracing.off());
    }

    /** @param models builds models of checkpoints */
    public ScoreService(
            ScoreConfig config,
            ModelLoader<ScoringModel> models,
            MeterRegistry registry,
            Clock clock,
            Tracing tracing) {
        this.config = config;
        this.tracing = tracing;
        this.clock = clock;
        this.metrics = new ScoreMetrics(registry);
        this.follower = new CheckpointFollower<>(
                config.kafka().clientProperties(),
                new FollowerOptions(
                        config.model(),
                        config.applicationId(),
                        ReadLimits.defaults(),
                        config.tensorCacheBytes(),
                        Duration.ofSeconds(1),
                        Duration.ofMinutes(1),
                        CLOSE_TIMEOUT),
                models,
                event -> LOG.info("checkpoint={} outcome={}", event.getVersion(), event.getOutcome()),
                clock);
        Gauge.builder(
                        "capstan.score.checkpoint",
                        follower,
                        served -> served.servedVersion().orElse(-1))
                .description("Version of the model that scores; -1 while there is none and pairs go through unscored")
                .register(registry);
    }

    @Override
    public void start() {
        Map<String, Object> clientProperties = config.kafka().clientProperties();
        Provisioning.ensure(clientProperties, TOPICS, true);
        follower.start();
        ImageLimits defaults = new ImageLimits(
                Topics.PAIRS_UNSCORED.maxMessageBytes(),
                4096L * 4096,
                ImageLimits.DEFAULT_MAX_DECODED_PIXELS,
                ImageLimits.allFormats(),
                ImageLimits.WHITE);
        BoundedImageDecoder decoder = new BoundedImageDecoder(defaults);
        Properties properties = new Properties();
        properties.putAll(ScoreTopology.properties(config));
        KafkaStreams created = new KafkaStreams(
                ScoreTopology.build(() -> new ScoreProcessor(
                        follower::tryLease, config.model(), decoder, metrics, clock, tracing, clientProperties)),
                properties);
        streams = created;
        created.setUncaughtExceptionHandler(failure -> {
            LOG.error("stream failed", failure);
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
        created.setStateListener((now, before) -> {
            if (now == State.ERROR) {
                failed = true;
                ended.countDown();
            }
        });
        created.start();
    }

    @Override
    public int awaitTermination() throws InterruptedException {
        ended.await();
        return failed ? 1 : 0;
    }

    /** Whether it holds its partitions, with a model or without. */
    @Override
    public boolean isReady() {
        KafkaStreams current = streams;
        return current != null && current.state() == State.RUNNING;
    }

    @Override
    public boolean isLive() {
        return !failed && follower.state() != FollowerState.STOPPED;
    }

    @Override
    public void close() {
        KafkaStreams current = streams;
        if (current != null) {
            boolean closed = current.close(CloseOptions.timeout(CLOSE_TIMEOUT)
                    .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
            if (!closed) {
                LOG.warn("streams=closing timeoutSeconds={}", CLOSE_TIMEOUT.toSeconds());
            }
        }
        follower.close();
        ended.countDown();
    }
}
