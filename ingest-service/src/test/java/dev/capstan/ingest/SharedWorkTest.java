package dev.capstan.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.schemas.Topics;
import dev.capstan.testing.KafkaExtension;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * One, two and four instances share four partitions evenly, and each pair has one answer while they come and go. What a
 * killed one does: {@link KilledInstanceTest}.
 */
class SharedWorkTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private static final String APPLICATION = "shared-work";
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int PAIRS_A_STEP = 60;

    @TempDir
    private Path directory;

    @Test
    void shouldAnswerEachPairOnceWhileInstancesComeAndGo() throws Exception {
        KAFKA.createTopics();
        List<IngestService> running = new ArrayList<>();
        try (PairStream pairs = new PairStream(KAFKA.clientProperties());
                Admin admin = Admin.create(KAFKA.clientProperties())) {
            int fed = 0;
            for (int instances : new int[] {1, 2, 4, 1}) {
                resize(running, instances);
                // While the partitions move, and after.
                fed = feed(pairs, fed);
                List<Integer> even = Collections.nCopies(instances, 4 / instances);
                await().atMost(PATIENCE).until(() -> crawledPartitions(admin).equals(even));
                fed = feed(pairs, fed);
                int all = fed;
                await().atMost(PATIENCE).until(() -> pairs.read() >= all);
            }

            assertThat(pairs.read()).isEqualTo(fed);
            assertThat(pairs.admittedIds())
                    .containsExactlyInAnyOrderElementsOf(IntStream.range(0, fed)
                            .mapToObj(seed -> "pair-" + seed)
                            .toList());
            assertThat(pairs.rulesByOrigin()).isEmpty();
        } finally {
            running.forEach(IngestService::close);
        }
    }

    private void resize(List<IngestService> running, int instances) {
        while (running.size() > instances) {
            running.remove(running.size() - 1).close();
        }
        while (running.size() < instances) {
            IngestConfig config = TestConfig.of(
                    Map.of(
                            "bootstrap-servers", KAFKA.bootstrapServers(),
                            "registry", String.valueOf(KAFKA.clientProperties().get("schema.registry.url")),
                            "ingest.application-id", APPLICATION),
                    directory.resolve("instance-" + running.size()));
            IngestService service = new IngestService(config, Clock.systemUTC(), new SimpleMeterRegistry());
            running.add(service);
            service.start();
        }
    }

    private static int feed(PairStream pairs, int from) {
        for (int seed = from; seed < from + PAIRS_A_STEP; seed++) {
            pairs.crawl(TestPairs.good(seed));
        }
        return from + PAIRS_A_STEP;
    }

    /** How many partitions of pairs.crawled each member owns. */
    private static List<Integer> crawledPartitions(Admin admin) throws InterruptedException {
        List<Integer> counts = new ArrayList<>();
        try {
            ConsumerGroupDescription group = Objects.requireNonNull(admin.describeConsumerGroups(List.of(APPLICATION))
                            .describedGroups()
                            .get(APPLICATION))
                    .get();
            for (MemberDescription member : group.members()) {
                counts.add((int) member.assignment().topicPartitions().stream()
                        .filter(partition -> partition.topic().equals(Topics.PAIRS_CRAWLED.topicName()))
                        .count());
            }
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof GroupIdNotFoundException)) {
                throw new IllegalStateException(e);
            }
        }
        return counts;
    }
}
