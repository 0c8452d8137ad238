package dev.capstan.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.corpora.SampleItem;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CaptionEvent;
import dev.capstan.schemas.records.ClassificationEvent;
import dev.capstan.schemas.records.CuratedPair;
import dev.capstan.schemas.records.RejectedPair;
import dev.capstan.schemas.records.ReloadEvent;
import dev.capstan.schemas.records.ReloadOutcome;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * docker-compose.yml as it is shipped: brought up, fed, asked, robbed of a container of each kind that scales, taken down. Needs a
 * Docker engine and the images that {@code docker-compose build} makes. One story, so the tests come in order.
 */
@Tag("containers")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ComposeContainersTest {
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final List<String> SERVICES =
            List.of("kafka", "registry", "ingest-1", "ingest-2", "trainer", "inference-1", "inference-2");
    private static final int PAIRS = 600;
    private static final int QUESTIONS = 60;

    private static final ComposeProject PROJECT = ComposeProject.oneBroker("capstan-test");
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
    @Order(1)
    void shouldServeWhatItLearnt() {
        SampleItem picture = CLIENT.feed("compose-", PAIRS);

        CLIENT.await(
                Topics.EVENTS_RELOADS,
                ReloadEvent.class,
                event -> event.getOutcome() == ReloadOutcome.SERVING && event.getVersion() >= 2);
        CLIENT.ask(List.of("compose-question"), picture);
        CaptionEvent caption = CLIENT.await(
                Topics.EVENTS_CAPTIONS,
                CaptionEvent.class,
                event -> event.getRequestId().equals("compose-question"));

        assertThat(caption.getCheckpoint()).isGreaterThanOrEqualTo(2);
    }

    @Test
    @Order(2)
    void shouldHoldNothingThatAnIntruderCouldUse() {
        assertThat(SERVICES).allSatisfy(service -> {
            assertThat(PROJECT.inspect(service, "{{.HostConfig.ReadonlyRootfs}}"))
                    .isEqualTo("true");
            assertThat(PROJECT.inspect(service, "{{.HostConfig.CapDrop}}")).isEqualTo("[ALL]");
            assertThat(PROJECT.inspect(service, "{{.HostConfig.Memory}}")).isNotEqualTo("0");
            assertThat(PROJECT.run("exec", "-T", service, "id", "-u")).isNotEqualTo("0");
        });
    }

    @Test
    @Order(3)
    void shouldAnswerEveryQuestionOnceThoughAContainerIsKilled() {
        List<String> ids =
                IntStream.range(0, QUESTIONS).mapToObj(i -> "killed-" + i).toList();
        SampleItem picture = CLIENT.feed("compose-more-", 1);

        CLIENT.ask(ids.subList(0, QUESTIONS / 2), picture);
        PROJECT.run("kill", "inference-1");
        CLIENT.ask(ids.subList(QUESTIONS / 2, QUESTIONS), picture);

        assertThat(CLIENT.count(Map.of(Topics.EVENTS_CLASSIFICATIONS, ClassificationEvent.class), ids, LoopClient::id))
                .allSatisfy((id, times) -> assertThat(times).isEqualTo(1));
        assertThat(CLIENT.count(Map.of(Topics.EVENTS_CAPTIONS, CaptionEvent.class), ids, LoopClient::id))
                .allSatisfy((id, times) -> assertThat(times).isEqualTo(1));
    }

    @Test
    @Order(4)
    void shouldCurateEveryPairOnceThoughAContainerIsKilled() {
        List<String> ids =
                IntStream.range(0, PAIRS).mapToObj(i -> "robbed-" + i).toList();

        CLIENT.feed("robbed-", PAIRS);
        PROJECT.run("kill", "ingest-1");

        assertThat(CLIENT.count(
                        Map.of(
                                Topics.PAIRS_CURATED, CuratedPair.class,
                                Topics.PAIRS_HELDOUT, CuratedPair.class,
                                Topics.PAIRS_REJECTED, RejectedPair.class),
                        ids,
                        LoopClient::id))
                .allSatisfy((id, times) -> assertThat(times).isEqualTo(1));
    }
}
