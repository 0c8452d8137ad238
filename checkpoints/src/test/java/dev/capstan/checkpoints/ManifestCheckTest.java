package dev.capstan.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.model.tensors.TensorValue;
import dev.capstan.schemas.records.TensorEntry;
import dev.capstan.schemas.records.TensorRole;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ManifestCheckTest {
    private static final ReadLimits LIMITS = new ReadLimits(1_000, 1_500, Duration.ofSeconds(1));
    private static final TensorValue TENSOR = Drafts.tensor("weights", 1, 100);

    private final TensorEntry entry = Manifests.entry(TENSOR, TensorRole.SERVING, 0);

    @Test
    void shouldGiveTheEntriesOfTheAskedRoles() {
        TensorEntry state = Manifests.entry(Drafts.tensor("adam", 2, 10), TensorRole.TRAINING_STATE, 0);

        assertThat(check(entry, state)).containsExactly(entry);
    }

    @Test
    void shouldRefuseATensorOverTheLimit() {
        entry.setShape(List.of(251L));
        entry.setBytes(1_004);

        assertRefused("states 1004 bytes, the limit of one tensor is 1000", entry);
    }

    @Test
    void shouldRefuseAFetchOverTheLimit() {
        TensorEntry[] entries = {
            entry,
            Manifests.entry(Drafts.tensor("b", 2, 200), TensorRole.SERVING, 0),
            Manifests.entry(Drafts.tensor("c", 3, 200), TensorRole.SERVING, 0)
        };

        assertRefused("brings the fetch over the limit of 1500 bytes", entries);
    }

    @Test
    void shouldCountASharedTensorOnce() {
        TensorEntry[] entries = {
            Manifests.entry(Drafts.tensor("a", 2, 200), TensorRole.SERVING, 0),
            Manifests.entry(Drafts.tensor("b", 2, 200), TensorRole.SERVING, 0)
        };

        assertThat(check(entries)).hasSize(2);
    }

    @Test
    void shouldRefuseBytesThatTheShapeDoesNotGive() {
        entry.setBytes(396);

        assertRefused("is not what type F32 and shape [100] give", entry);
    }

    @Test
    void shouldRefuseAShapeThatOverflows() {
        entry.setShape(List.of(1L << 40, 1L << 40));

        assertRefused("impossible shape", entry);
    }

    @Test
    void shouldRefuseANegativeDimension() {
        entry.setShape(List.of(-10L, -10L));

        assertRefused("negative dimension", entry);
    }

    @Test
    void shouldRefuseAnUnknownType() {
        entry.setType("F8");

        assertRefused("a type that this reader does not know: F8", entry);
    }

    @Test
    void shouldRefuseWhatIsNoDigest() {
        entry.setDigest("../../etc/passwd");

        assertRefused("has no SHA-256 digest", entry);
    }

    @Test
    void shouldRefuseANameThatStandsTwice() {
        assertRefused("is named twice in role SERVING", entry, Manifests.entry(TENSOR, TensorRole.SERVING, 3));
    }

    @Test
    void shouldRefuseOneDigestForTwoShapes() {
        TensorEntry reshaped = Manifests.entry(TENSOR.withName("reshaped"), TensorRole.SERVING, 0);
        reshaped.setShape(List.of(10L, 10L));

        assertRefused("shares its digest with weights but not its type and shape", entry, reshaped);
    }

    private static List<TensorEntry> check(TensorEntry... entries) {
        return new ManifestCheck(Manifests.manifest(Drafts.MODEL, 3, entries), LIMITS)
                .entries(Set.of(TensorRole.SERVING));
    }

    private static void assertRefused(String problem, TensorEntry... entries) {
        assertThatThrownBy(() -> check(entries))
                .isInstanceOf(CheckpointRefusedException.class)
                .hasMessageContaining("capstan-test version 3")
                .hasMessageContaining(problem);
    }
}
