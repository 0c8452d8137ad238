package dev.capstan.ingest;

import dev.capstan.ingest.concepts.ConceptCatalog;
import dev.capstan.ingest.filter.CurationPolicy;
import dev.capstan.platform.Service;
import dev.capstan.platform.takedowns.Takedowns;
import dev.capstan.platform.tracing.Tracing;
import dev.capstan.schemas.Provisioning;
import dev.capstan.schemas.Topics;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KafkaStreams.State;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ingest service: provisions its topics and schemas, reads the limits of its outputs, and runs {@link IngestTopology}.
 *
 * <p>One owner starts and closes it, once each; health checks may ask from any thread. States: new, starting (topics,
 * schemas, restoring), running, and closed or failed, from which none leads back.
 */
public final class IngestService implements Service {

    private static final Logger LOG = LoggerFactory.getLogger(IngestService.class);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(15);
    private static final List<Topics> TOPICS = List.of(
            Topics.PAIRS_CRAWLED,
            Topics.PAIRS_CURATED,
            Topics.PAIRS_HELDOUT,
            Topics.PAIRS_REJECTED,
            Topics.LABELS_SETS,
            Topics.TAKEDOWNS);

    private final IngestConfig config;
    private final Clock clock;
    private final MeterRegistry registry;
    private final IngestMetrics metrics;
    private final Tracing tracing;
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile @Nullable KafkaStreams streams;
    private volatile boolean failed;
    private @Nullable BoundedStateMemory memory;
    private volatile @Nullable HashFollower hashes;

    /** Without traces. */
    public IngestService(IngestConfig config, Clock clock, MeterRegistry registry) {
        this(config, clock, registry, Tracing.off());
    }

    public IngestService(IngestConfig config, Clock clock, MeterRegistry registry, Tracing tracing) {
        this.config = config;
        this.tracing = tracing;
        this.clock = clock;
        this.registry = registry;
        this.metrics = new IngestMetrics(registry);
    }

    @Override
    public void start() {
        Map<String, Object> clientProperties = config.kafka().clientProperties();
        CurationPolicy.NearDuplicateRule nearRule = config.policy().nearDuplicates();
        List<Topics> topics = new ArrayList<>(TOPICS);
        if (!nearRule.isOff()) {
            topics.add(Topics.PAIRS_HASHES);
        }
        if (config.policy().minClipScore() > 0) {
            topics.add(Topics.PAIRS_UNSCORED);
        }
        Provisioning.ensure(clientProperties, topics, config.streams().provisionTopics());
        Optional<NearDuplicates> nearDuplicates =
                nearRule.isOff() ? Optional.empty() : Optional.of(new NearDuplicates(nearRule));
        nearDuplicates.ifPresent(looks -> {
            HashFollower follower = new HashFollower(config.kafka(), nearRule, looks, clock, this::fail);
            hashes = follower;
            follower.start();
        });
        TopicLimits topicLimits = new TopicLimits(clientProperties, TopicLimits.OUTPUTS);
        RecordLimits limits = new RecordLimits(topicLimits, tracing.headerBytes());
        ConceptCatalog concepts = new ConceptCatalog(config.concepts());
        Curator curator = new Curator(config.policy(), concepts, clock);
        IngestParts parts = new IngestParts(
                config.policy(),
                curator,
                concepts,
                limits,
                topicLimits.partitions(Topics.PAIRS_CRAWLED),
                metrics,
                clock,
                Patience.waiting(),
                new Takedowns(),
                nearDuplicates,
                tracing,
                clientProperties);
        BoundedStateMemory bounded = new BoundedStateMemory(config.streams().stateMemoryBytes());
        memory = bounded;
        Properties properties = new Properties();
        properties.putAll(StreamsProperties.of(config, limits, bounded));
        KafkaStreams created = new KafkaStreams(IngestTopology.build(parts), properties);
        streams = created;
        created.setUncaughtExceptionHandler(new ThreadReplacement(clock, metrics));
        created.setStateListener(this::changed);
        Gauge.builder("capstan.ingest.running", () -> isReady() ? 1 : 0)
                .description("1 while the service holds its partitions and processes them")
                .register(registry);
        LOG.info(
                "applicationId={} policyVersion={} stateDirectory={}",
                config.streams().applicationId(),
                curator.policyVersion(),
                config.streams().stateDirectory());
        created.start();
    }

    @Override
    public int awaitTermination() throws InterruptedException {
        ended.await();
        return failed ? 1 : 0;
    }

    @Override
    public boolean isReady() {
        KafkaStreams current = streams;
        return current != null && current.state() == State.RUNNING;
    }

    @Override
    public boolean isLive() {
        return !failed;
    }

    @Override
    public void close() {
        HashFollower follower = hashes;
        if (follower != null) {
            follower.close();
        }
        KafkaStreams current = streams;
        if (current != null) {
            // Leaving the group hands the partitions over at once; otherwise they stand still for the session time-out.
            boolean closed = current.close(CloseOptions.timeout(CLOSE_TIMEOUT)
                    .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
            if (!closed) {
                LOG.warn("streams=closing timeoutSeconds={}", CLOSE_TIMEOUT.toSeconds());
                // State stores may still use the memory; the process ends.
                ended.countDown();
                return;
            }
        }
        BoundedStateMemory bounded = memory;
        if (bounded != null) {
            bounded.close();
            memory = null;
        }
        ended.countDown();
    }

    private void changed(State now, State before) {
        LOG.info("streams={} before={}", now, before);
        if (now == State.ERROR) {
            fail();
        }
    }

    private void fail() {
        failed = true;
        ended.countDown();
    }
}
