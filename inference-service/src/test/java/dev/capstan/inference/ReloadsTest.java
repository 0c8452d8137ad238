package dev.capstan.inference;

import static dev.capstan.inference.InferenceContext.caption;
import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.schemas.records.CaptionEvent;
import dev.capstan.schemas.records.ReloadEvent;
import dev.capstan.schemas.records.ReloadOutcome;
import dev.capstan.testing.KafkaExtension;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ReloadsTest {
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
    }

    @AfterEach
    void end() {
        context.close();
        assertThat(models.violations()).isEmpty();
        assertThat(models.open()).isEmpty();
    }

    @Test
    void shouldServeTheOldModelWhileNoNewOneLoads() {
        long good = context.publish(FakeModels.tensor(4));
        InferenceService service = context.start(models);
        long unloadable = context.publish(FakeModels.tensor(FakeModels.UNLOADABLE));
        context.reloads(2);
        long cold = context.publish(FakeModels.tensor(FakeModels.COLD));
        List<ReloadEvent> reloads = context.reloads(3);

        context.ask(caption("still", 1));

        assertThat(context.captions(1)).extracting(CaptionEvent::getCheckpoint).containsExactly(good);
        assertThat(reloads).extracting(ReloadEvent::getVersion).containsExactly(good, unloadable, cold);
        assertThat(reloads)
                .extracting(ReloadEvent::getOutcome)
                .containsExactly(ReloadOutcome.SERVING, ReloadOutcome.FAILED, ReloadOutcome.FAILED);
        assertThat(reloads).extracting(ReloadEvent::getInstance).containsOnly("one");
        assertThat(Objects.requireNonNull(reloads.get(1).getReason())).contains("no model has this weight");
        assertThat(Objects.requireNonNull(reloads.get(2).getReason())).contains("this model stays cold");
        assertThat(models.open()).containsExactly(4);
        assertThat(service.isReady()).isTrue();
    }
}
