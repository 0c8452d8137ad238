package dev.capstan.console.live;

import dev.capstan.console.ConsoleConfig;
import dev.capstan.console.lag.LagSnapshot;
import dev.capstan.console.lag.PartitionLag;
import dev.capstan.schemas.Topics;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Makes the picture of the pipeline from each reading of the lag, and keeps account of the freshness objective. The lag's
 * thread calls {@link #take}; any thread reads {@link #newest}.
 *
 * <p>Freshness is the age of the oldest crawled pair that the served checkpoint has not learnt: the larger of ingest's lag
 * and of the lag that the served checkpoint's own offsets have on pairs.curated, whose records carry the time of the crawl.
 */
public final class PulseBoard {
    /** Name under which the offsets of the served checkpoint appear among the groups. */
    public static final String SERVED = "capstan-served-checkpoint";

    private static final Duration WINDOW = Duration.ofSeconds(60);
    private static final int HISTORY = 300;

    private final ConsoleConfig config;
    private final LiveState state;
    private final Supplier<List<String>> problems;
    private final Map<String, Growth> growths = new TreeMap<>();
    private final Deque<Views.History> history = new ArrayDeque<>();
    private final Counter met;
    private final Counter missed;
    private volatile double freshness = Double.NaN;
    private volatile Views.Pulse newest;

    public PulseBoard(ConsoleConfig config, LiveState state, MeterRegistry registry, Supplier<List<String>> problems) {
        this.config = config;
        this.state = state;
        this.problems = problems;
        met = checks(registry, "met");
        missed = checks(registry, "missed");
        newest = new Views.Pulse(
                0,
                List.of(),
                new Views.Freshness(null, config.freshness().toMillis() / 1000.0, null, List.of()),
                List.of());
        Gauge.builder("capstan.console.freshness.seconds", () -> freshness)
                .description("age of the oldest crawled pair that the served checkpoint has not learnt")
                .register(registry);
        Gauge.builder(
                        "capstan.console.freshness.objective.seconds",
                        () -> config.freshness().toMillis() / 1000.0)
                .description("what the freshness should not exceed")
                .register(registry);
    }

    /** The newest picture; its problems are those of now. */
    public Views.Pulse newest() {
        Views.Pulse pulse = newest;
        return new Views.Pulse(pulse.at(), pulse.stages(), pulse.freshness(), problems.get());
    }

    /** The offsets of the served checkpoint, for the lag's reader. */
    public Map<String, Map<TopicPartition, Long>> positions() {
        return Map.of(SERVED, state.servedPositions());
    }

    /** Takes a reading of the lag. */
    public void take(LagSnapshot lag) {
        Double seconds = age(lag);
        freshness = seconds == null ? Double.NaN : seconds;
        if (seconds != null) {
            (seconds <= config.freshness().toMillis() / 1000.0 ? met : missed).increment();
        }
        history.addLast(new Views.History(lag.at().toEpochMilli(), seconds));
        if (history.size() > HISTORY) {
            history.removeFirst();
        }
        newest = new Views.Pulse(
                lag.at().toEpochMilli(),
                List.of(crawl(lag), ingest(lag), trainer(lag), checkpoints(lag), inference(lag)),
                freshness(seconds),
                List.of());
    }

    private @Nullable Double age(LagSnapshot lag) {
        OptionalDouble crawled = lag.seconds(config.groups().ingest(), Topics.PAIRS_CRAWLED.topicName());
        OptionalDouble served = lag.seconds(SERVED, Topics.PAIRS_CURATED.topicName());
        return crawled.isEmpty() || served.isEmpty()
                ? null
                : (Double) Math.max(crawled.getAsDouble(), served.getAsDouble());
    }

    private Views.Freshness freshness(@Nullable Double seconds) {
        double good = met.count();
        double all = good + missed.count();
        return new Views.Freshness(
                seconds,
                config.freshness().toMillis() / 1000.0,
                all == 0 ? null : (Double) (good / all),
                List.copyOf(history));
    }

    private Views.Stage crawl(LagSnapshot lag) {
        long end = lag.ends().entrySet().stream()
                .filter(one -> one.getKey().topic().equals(Topics.PAIRS_CRAWLED.topicName()))
                .mapToLong(Map.Entry::getValue)
                .sum();
        return stage(
                "crawl",
                rate("crawl", lag.at(), end),
                lag,
                config.groups().fetch(),
                List.of(Topics.PAIRS_LOCATED),
                Map.of("total", (double) end));
    }

    private Views.Stage ingest(LagSnapshot lag) {
        String group = config.groups().ingest();
        double rejected = rate("rejected", lag.at(), state.rejectedCount());
        return stage(
                "ingest",
                rate("ingest", lag.at(), lag.consumed(group, Topics.PAIRS_CRAWLED.topicName())),
                lag,
                group,
                List.of(Topics.PAIRS_CRAWLED),
                Map.of("rejectedRate", rejected));
    }

    private Views.Stage trainer(LagSnapshot lag) {
        Map<String, Double> figures = new TreeMap<>();
        state.newest().ifPresent(version -> figures.put("step", (double) version.step()));
        return stage(
                "trainer",
                rate("trainer", lag.at(), state.trainedPairs()),
                lag,
                config.groups().trainer(),
                List.of(Topics.PAIRS_CURATED),
                figures);
    }

    private Views.Stage checkpoints(LagSnapshot lag) {
        Map<String, Double> figures = new TreeMap<>();
        state.newest().ifPresent(version -> {
            figures.put("newest", (double) version.version());
            figures.put("age", Math.max(0, lag.at().toEpochMilli() - version.publishedAt()) / 1000.0);
        });
        state.served().ifPresent(version -> figures.put("served", (double) version));
        return stage("checkpoints", 0, lag, SERVED, List.of(Topics.PAIRS_CURATED), figures);
    }

    private Views.Stage inference(LagSnapshot lag) {
        return stage(
                "inference",
                rate("inference", lag.at(), state.answerCount()),
                lag,
                config.groups().inference(),
                List.of(Topics.REQUESTS_CLASSIFY, Topics.REQUESTS_CAPTION),
                Map.of());
    }

    private static Views.Stage stage(
            String id, double rate, LagSnapshot lag, String group, List<Topics> topics, Map<String, Double> figures) {
        List<OptionalDouble> seconds = topics.stream()
                .map(topic -> lag.seconds(group, topic.topicName()))
                .toList();
        Double worst = seconds.stream().anyMatch(OptionalDouble::isEmpty)
                ? null
                : (Double) seconds.stream()
                        .flatMapToDouble(OptionalDouble::stream)
                        .max()
                        .orElse(0);
        Stream<PartitionLag> stalled =
                lag.stalled().stream().filter(one -> one.of().group().equals(group));
        return new Views.Stage(
                id,
                rate,
                worst,
                topics.stream()
                        .mapToLong(topic -> lag.records(group, topic.topicName()))
                        .sum(),
                (int) stalled.count(),
                figures);
    }

    private double rate(String name, Instant at, long count) {
        return growths.computeIfAbsent(name, any -> new Growth(WINDOW)).observe(at, count);
    }

    private static Counter checks(MeterRegistry registry, String outcome) {
        return Counter.builder("capstan.console.freshness.checks")
                .description("readings of the freshness, by whether it met its objective")
                .tag("outcome", outcome)
                .register(registry);
    }
}
