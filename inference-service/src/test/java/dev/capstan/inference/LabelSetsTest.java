package dev.capstan.inference;

import static dev.capstan.inference.InferenceContext.PATIENCE;
import static dev.capstan.inference.InferenceContext.classify;
import static dev.capstan.inference.InferenceContext.classifyBySet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.inference.labels.LabelTexts;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.ClassificationEvent;
import dev.capstan.schemas.records.LabelSet;
import dev.capstan.schemas.records.RejectedRequest;
import dev.capstan.testing.KafkaExtension;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class LabelSetsTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private final FakeModels models = new FakeModels();
    private InferenceContext context;

    @BeforeAll
    static void createTopics() {
        KAFKA.createTopics();
    }

    @BeforeEach
    void begin() {
        context = new InferenceContext(KAFKA);
        context.publish(FakeModels.tensor(1));
    }

    @AfterEach
    void end() {
        context.close();
        assertThat(models.violations()).isEmpty();
    }

    @Test
    void shouldKnowASetThatWasWrittenJustBeforeTheRequest() {
        context.start(models);
        for (int i = 0; i < 10; i++) {
            String name = "fresh-" + i;
            context.labelSet(name, new LabelSet(name, List.of("one " + i), List.of("{}")));
            context.ask(classifyBySet("r-" + i, 0, name));
        }

        List<ClassificationEvent> events = context.classifications(10);

        assertThat(events)
                .allSatisfy(event -> assertThat(event.getLabel())
                        .isEqualTo("one " + event.getRequestId().substring(2)));
    }

    @Test
    void shouldFollowASetThroughUpdateAndRemoval() {
        context.labelSet("animals", new LabelSet("animals", List.of("cat"), List.of("a {}")));
        context.start(models);
        context.ask(classifyBySet("first", 0, "animals"));
        assertThat(context.classifications(1).get(0).getLabel()).isEqualTo("cat");
        AtomicInteger asked = new AtomicInteger();

        context.labelSet("animals", new LabelSet("animals", List.of("dog"), List.of()));

        await().atMost(PATIENCE).until(() -> {
            context.ask(classifyBySet("again-" + asked.incrementAndGet(), 0, "animals"));
            List<ClassificationEvent> events = context.classifications(1 + asked.get());
            return events.get(events.size() - 1).getLabel().equals("dog");
        });
        context.labelSet("animals", null);
        await().atMost(PATIENCE).until(() -> {
            context.ask(classifyBySet("gone-" + asked.incrementAndGet(), 0, "animals"));
            return context.<RejectedRequest>allOf(Topics.REQUESTS_REJECTED).stream()
                    .anyMatch(request -> request.getReason().equals("label-set-unknown"));
        });
    }

    @Test
    void shouldRejectRequestsForSetsThatCannotBeUsed() {
        context.labelSet("bare", new LabelSet("bare", List.of(), List.of("{}")));
        context.labelSet("flat", new LabelSet("flat", List.of("cat"), List.of("no placeholder")));
        context.sendBytes(Topics.LABELS_SETS, "garbage", new byte[] {1, 2, 3});
        context.start(models);

        context.ask(classifyBySet("bare", 0, "bare"));
        context.ask(classifyBySet("flat", 0, "flat"));
        context.ask(classifyBySet("garbage", 0, "garbage"));

        assertThat(context.rejections(3))
                .extracting(RejectedRequest::getReason)
                .containsExactlyInAnyOrder("label-set-unusable", "label-set-unusable", "label-set-unknown");
        assertThat(context.rejections(3))
                .extracting(RejectedRequest::getDetail)
                .anySatisfy(detail -> assertThat(detail).contains("it has no labels"))
                .anySatisfy(detail -> assertThat(detail).contains("a template lacks {}"));
    }

    @Test
    void shouldEmbedSetsAndRecentLabelsBeforeANewModelGoesLive() {
        LabelTexts set = new LabelTexts(List.of("sun", "moon"), List.of("{} above"));
        LabelTexts own = new LabelTexts(List.of("salt", "pepper"), LabelTexts.PLAIN);
        context.labelSet("sky", new LabelSet("sky", set.labels(), set.templates()));
        context.start(models);
        context.ask(classify("own", 0, own.labels()));
        context.ask(classifyBySet("by set", 0, "sky"));
        context.classifications(2);

        context.publish(FakeModels.tensor(2));
        context.reloads(2);

        context.ask(classify("own again", 0, own.labels()));
        context.ask(classifyBySet("by set again", 0, "sky"));
        context.classifications(4);
        assertThat(models.prepared().stream().filter(prepared -> prepared.weight() == 2))
                .allSatisfy(prepared -> assertThat(prepared.thread()).startsWith("checkpoint-follower"))
                .extracting(FakeModels.Prepared::texts)
                .contains(set, own);
    }
}
