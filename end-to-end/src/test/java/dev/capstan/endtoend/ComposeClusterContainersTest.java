package dev.capstan.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.corpora.SampleItem;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CaptionEvent;
import dev.capstan.schemas.records.ClassificationEvent;
import dev.capstan.schemas.records.CuratedPair;
import dev.capstan.schemas.records.RejectedPair;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** docker-compose.yml with three brokers, of which one is killed: nothing is lost and nothing comes twice. */
@Tag("containers")
class ComposeClusterContainersTest {
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final List<String> SERVICES = List.of(
            "kafka", "kafka-2", "kafka-3", "registry", "ingest-1", "ingest-2", "trainer", "inference-1", "inference-2");
    private static final int PAIRS = 200;
    private static final int QUESTIONS = 20;

    private static final ComposeProject PROJECT = ComposeProject.threeBrokers("capstan-cluster-test");
    private static final LoopClient CLIENT = PROJECT.client(LIMIT);

    @BeforeAll
    static void bringUp() {
        PROJECT.bringUp(SERVICES, LIMIT);
    }

    @AfterAll
    static void takeDown() {
        PROJECT.takeDown();
    }

    @Test
    void shouldGoOnWithTwoOfThreeBrokers() {
        List<String> pairs =
                IntStream.range(0, PAIRS).mapToObj(i -> "cluster-" + i).toList();
        List<String> questions =
                IntStream.range(0, QUESTIONS).mapToObj(i -> "question-" + i).toList();

        SampleItem picture = CLIENT.feed("cluster-", PAIRS);
        CLIENT.ask(questions.subList(0, QUESTIONS / 2), picture);
        PROJECT.run("kill", "kafka-2");
        CLIENT.ask(questions.subList(QUESTIONS / 2, QUESTIONS), picture);

        assertOnce(
                pairs,
                Map.of(
                        Topics.PAIRS_CURATED, CuratedPair.class,
                        Topics.PAIRS_HELDOUT, CuratedPair.class,
                        Topics.PAIRS_REJECTED, RejectedPair.class));
        assertOnce(questions, Map.of(Topics.EVENTS_CLASSIFICATIONS, ClassificationEvent.class));
        assertOnce(questions, Map.of(Topics.EVENTS_CAPTIONS, CaptionEvent.class));
    }

    private static void assertOnce(List<String> ids, Map<Topics, Class<? extends SpecificRecord>> topics) {
        assertThat(CLIENT.count(topics, ids, LoopClient::id))
                .allSatisfy((id, times) -> assertThat(times).isEqualTo(1));
    }
}
