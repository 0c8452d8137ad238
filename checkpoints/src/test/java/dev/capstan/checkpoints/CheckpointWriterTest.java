package dev.capstan.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.model.tensors.TensorValue;
import dev.capstan.schemas.records.CheckpointManifest;
import dev.capstan.schemas.records.TensorRole;
import dev.capstan.testing.KafkaExtension;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CheckpointWriterTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    @BeforeEach
    void emptyTopics() {
        KAFKA.recreateTopics();
    }

    @Test
    void shouldGiveBackTheTensorsThatWerePublished() {
        try (CheckpointWriter writer = new CheckpointWriter(KAFKA.clientProperties(), "writer");
                CheckpointLog log = new CheckpointLog(KAFKA.clientProperties())) {
            writer.initialise();
            TensorValue weights = Drafts.tensor("weights", 1, 600_000);
            TensorValue bias = Drafts.tensor("bias", 2, 3);

            Published published = writer.publish(Drafts.imported(weights, bias));

            CheckpointManifest manifest = log.latest(Drafts.MODEL).orElseThrow();
            assertThat(manifest).isEqualTo(published.manifest());
            assertThat(log.fetch(manifest, Set.of(TensorRole.SERVING), Set.of()))
                    .isEqualTo(List.of(weights, bias));
        }
    }
}
