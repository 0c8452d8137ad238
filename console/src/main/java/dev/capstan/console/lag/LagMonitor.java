package dev.capstan.console.lag;

import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.Topics;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the lag again and again on a thread of its own, from {@link #start} to {@link #close}, and keeps the newest. A
 * cluster that does not answer leaves the last one in place, whose age is told.
 */
public final class LagMonitor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LagMonitor.class);
    private static final long CLOSE_SECONDS = 15;

    private final Options options;
    private final Clock clock;
    private final LagReader reader;
    private final LagMetrics metrics;
    private final Supplier<Map<String, Map<TopicPartition, Long>>> positions;
    private final Consumer<LagSnapshot> listener;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread created = new Thread(task, "lag");
        created.setDaemon(true);
        return created;
    });
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile LagSnapshot newest;
    private volatile String problem = "";

    /**
     * What to read and how often.
     *
     * @param cluster name of the cluster in metrics
     * @param groups consumer groups with the topics that each must read
     * @param interval pause between two reads
     * @param stallAfter how long a partition with lag may stand still
     */
    public record Options(String cluster, Map<String, Set<String>> groups, Duration interval, Duration stallAfter) {
        public Options {
            groups = Map.copyOf(groups);
        }
    }

    /**
     * @param positions offsets by name that are kept outside of consumer groups; called on this monitor's thread
     * @param listener hears of every snapshot, on this monitor's thread
     */
    public LagMonitor(
            KafkaSettings settings,
            Options options,
            MeterRegistry registry,
            Clock clock,
            Supplier<Map<String, Map<TopicPartition, Long>>> positions,
            Consumer<LagSnapshot> listener) {
        this.options = options;
        this.clock = clock;
        this.positions = positions;
        this.listener = listener;
        newest = LagSnapshot.empty(clock.instant());
        metrics = new LagMetrics(registry, options.cluster(), clock);
        Set<String> topics = Arrays.stream(Topics.values())
                .filter(topic -> !topic.isCompacted())
                .map(Topics::topicName)
                .collect(Collectors.toSet());
        reader = new LagReader(
                settings, new LagReader.Watched(new HashMap<>(options.groups()), topics, options.stallAfter()), clock);
    }

    // The task catches what it expects; what it does not expect ends the schedule and shows as an old snapshot.
    @SuppressWarnings("FutureReturnValueIgnored")
    public void start() {
        thread.scheduleWithFixedDelay(this::read, 0, options.interval().toMillis(), TimeUnit.MILLISECONDS);
    }

    /** The newest lag. */
    public LagSnapshot newest() {
        return newest;
    }

    /** Why the last read failed, if it did. */
    public Optional<String> problem() {
        return Optional.of(problem).filter(text -> !text.isEmpty());
    }

    /** Whether the lag was read in the time of several reads. */
    public boolean isFresh() {
        Duration patience = options.interval().multipliedBy(6).plusSeconds(30);
        return Duration.between(newest.at(), clock.instant()).compareTo(patience) < 0;
    }

    @Override
    public void close() {
        closed.set(true);
        reader.wakeup();
        thread.shutdownNow();
        try {
            if (!thread.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the lag's reader did not end within " + CLOSE_SECONDS + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        reader.close();
    }

    private void read() {
        long began = System.nanoTime();
        try {
            LagSnapshot snapshot = reader.read(positions.get());
            // Metrics first: whoever sees the snapshot finds it in them.
            metrics.read(snapshot, Duration.ofNanos(System.nanoTime() - began));
            newest = snapshot;
            problem = "";
            listener.accept(snapshot);
        } catch (LagUnavailableException | KafkaException e) {
            if (closed.get()) {
                return;
            }
            metrics.failed();
            problem = String.valueOf(e.getMessage());
            LOG.warn("lag cannot be read: {}", problem);
        }
    }
}
