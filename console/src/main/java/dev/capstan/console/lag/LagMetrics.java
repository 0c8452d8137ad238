package dev.capstan.console.lag;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Lag as metrics, under the names and labels that kafka-lag-exporter made known, so that dashboards and alerts made for
 * it work here. One thread updates; any may scrape.
 */
final class LagMetrics {
    private final String cluster;
    private final MultiGauge lag;
    private final MultiGauge lagSeconds;
    private final MultiGauge maxLag;
    private final MultiGauge maxLagSeconds;
    private final MultiGauge offset;
    private final MultiGauge latest;
    private final MultiGauge stalled;
    private final Counter failures;
    private final Timer reads;
    private volatile LagSnapshot newest;

    /** @param cluster value of the label cluster_name */
    LagMetrics(MeterRegistry registry, String cluster, Clock clock) {
        this.cluster = cluster;
        newest = LagSnapshot.empty(clock.instant());
        lag = gauges(registry, "kafka.consumergroup.group.lag", "records that a group is behind on a partition");
        lagSeconds = gauges(
                registry,
                "kafka.consumergroup.group.lag.seconds",
                "age of the oldest record of a partition that a group has not committed");
        maxLag = gauges(registry, "kafka.consumergroup.group.max.lag", "the largest lag of a group's partitions");
        maxLagSeconds = gauges(
                registry, "kafka.consumergroup.group.max.lag.seconds", "the largest lag of a group's partitions");
        offset = gauges(registry, "kafka.consumergroup.group.offset", "offset that a group reads next");
        latest = gauges(registry, "kafka.partition.latest.offset", "offset behind the last committed record");
        stalled = gauges(
                registry,
                "capstan.console.partition.stalled",
                "1 where a group has lag and has not moved for too long, else 0");
        failures = Counter.builder("capstan.console.lag.failures")
                .description("times that the lag could not be read")
                .register(registry);
        reads = Timer.builder("capstan.console.lag.read")
                .description("reading of the lag of all groups")
                .register(registry);
        Gauge.builder(
                        "capstan.console.lag.age.seconds",
                        () -> Duration.between(newest.at(), clock.instant()).toMillis() / 1000.0)
                .description("age of the lag that is shown")
                .register(registry);
    }

    void failed() {
        failures.increment();
    }

    void read(LagSnapshot snapshot, Duration took) {
        newest = snapshot;
        reads.record(took);
        List<Row<?>> lags = new ArrayList<>();
        List<Row<?>> seconds = new ArrayList<>();
        List<Row<?>> offsets = new ArrayList<>();
        List<Row<?>> standing = new ArrayList<>();
        Map<String, Double> worst = new TreeMap<>();
        Map<String, Double> worstSeconds = new TreeMap<>();
        for (PartitionLag one : snapshot.partitions()) {
            Tags tags = tags(one.of());
            String group = one.of().group();
            lags.add(Row.of(tags, one.records()));
            offsets.add(Row.of(tags, one.next()));
            standing.add(Row.of(tags, one.stalled() ? 1 : 0));
            worst.merge(group, (double) one.records(), Math::max);
            one.seconds().ifPresent(age -> {
                seconds.add(Row.of(tags, age));
                worstSeconds.merge(group, age, Math::max);
            });
        }
        lag.register(lags, true);
        lagSeconds.register(seconds, true);
        offset.register(offsets, true);
        stalled.register(standing, true);
        maxLag.register(byGroup(worst), true);
        maxLagSeconds.register(byGroup(worstSeconds), true);
        List<Row<?>> ends = new ArrayList<>();
        snapshot.ends()
                .forEach((partition, end) -> ends.add(Row.of(
                        Tags.of(
                                "cluster_name",
                                cluster,
                                "topic",
                                partition.topic(),
                                "partition",
                                Integer.toString(partition.partition())),
                        end)));
        latest.register(ends, true);
    }

    private List<Row<?>> byGroup(Map<String, Double> values) {
        List<Row<?>> rows = new ArrayList<>();
        values.forEach((group, value) -> rows.add(Row.of(Tags.of("cluster_name", cluster, "group", group), value)));
        return rows;
    }

    private Tags tags(GroupPartition one) {
        return Tags.of(
                "cluster_name",
                cluster,
                "group",
                one.group(),
                "topic",
                one.topic(),
                "partition",
                Integer.toString(one.partition().partition()));
    }

    private static MultiGauge gauges(MeterRegistry registry, String name, String description) {
        return MultiGauge.builder(name).description(description).register(registry);
    }
}
