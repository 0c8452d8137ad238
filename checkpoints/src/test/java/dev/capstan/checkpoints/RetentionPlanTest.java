package dev.capstan.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.model.tensors.TensorValue;
import dev.capstan.schemas.records.CheckpointManifest;
import dev.capstan.schemas.records.LiveAction;
import dev.capstan.schemas.records.LiveVersion;
import dev.capstan.schemas.records.TensorRole;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RetentionPlanTest {
    private static final RetentionPolicy POLICY =
            new RetentionPolicy(3, 2, Set.of(2L), Duration.ofMinutes(10), Duration.ofMinutes(1), 100);

    @Test
    void shouldRemoveWhatIsNeitherNewNorPinnedNorLive() {
        RetentionPlan plan = plan(live(4));

        assertThat(plan.removableManifests()).containsExactly(1L, 3L, 5L);
    }

    @Test
    void shouldRemoveNothingWhileThereAreFewManifests() {
        RetentionPlan plan = new RetentionPlan(Drafts.MODEL, POLICY, manifests(3), List.of());

        assertThat(plan.removableManifests()).isEmpty();
    }

    @Test
    void shouldNeedWhatEveryManifestServesAndTheTrainingStateOfSome() {
        Set<String> needed = plan(live(4)).neededDigests();

        assertThat(needed)
                .contains(
                        serving(1), serving(2), serving(3), serving(4), serving(5), serving(6), serving(7), serving(8))
                .contains(state(8), state(7), state(4), state(2))
                .doesNotContain(state(6), state(5), state(3), state(1));
    }

    @Test
    void shouldNeedAllThatOtherModelsName() {
        TensorValue other = Drafts.tensor("other", 99, 4);
        List<CheckpointManifest> all = new ArrayList<>(manifests(8));
        for (long version = 1; version <= 5; version++) {
            all.add(Manifests.manifest("another", version, Manifests.entry(other, TensorRole.TRAINING_STATE, 0)));
        }

        RetentionPlan plan = new RetentionPlan(Drafts.MODEL, POLICY, all, List.of());

        assertThat(plan.neededDigests()).contains(other.digest());
        assertThat(plan.removableManifests()).containsExactly(1L, 3L, 4L, 5L);
    }

    @Test
    void shouldRefuseAGraceThatAFetchCanOutlast() {
        assertThatThrownBy(() -> new RetentionPolicy(3, 2, Set.of(), Duration.ofMinutes(1), Duration.ofMinutes(1), 100))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("grace PT1M must be longer than the longest fetch PT1M");
    }

    private static RetentionPlan plan(LiveVersion live) {
        return new RetentionPlan(Drafts.MODEL, POLICY, manifests(8), List.of(live));
    }

    private static List<CheckpointManifest> manifests(int newest) {
        List<CheckpointManifest> manifests = new ArrayList<>();
        for (long version = 1; version <= newest; version++) {
            manifests.add(Manifests.manifest(
                    Drafts.MODEL,
                    version,
                    Manifests.entry(Drafts.tensor("w", version, 4), TensorRole.SERVING, 0),
                    Manifests.entry(Drafts.tensor("adam", 100 + version, 4), TensorRole.TRAINING_STATE, 0)));
        }
        return manifests;
    }

    private static String serving(long version) {
        return Drafts.tensor("w", version, 4).digest();
    }

    private static String state(long version) {
        return Drafts.tensor("adam", 100 + version, 4).digest();
    }

    private static LiveVersion live(long version) {
        return new LiveVersion(Drafts.MODEL, version, LiveAction.PROMOTE, "better", "test", Instant.EPOCH);
    }
}
