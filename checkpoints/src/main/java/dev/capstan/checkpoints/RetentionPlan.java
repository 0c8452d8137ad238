package dev.capstan.checkpoints;

import dev.capstan.schemas.records.CheckpointManifest;
import dev.capstan.schemas.records.LiveVersion;
import dev.capstan.schemas.records.TensorEntry;
import dev.capstan.schemas.records.TensorRole;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Decides what the log of one model still needs. Pure: the same log and policy give the same plan. */
final class RetentionPlan {
    private final String model;
    private final RetentionPolicy policy;
    private final List<CheckpointManifest> manifests;
    private final Map<String, Long> live = new HashMap<>();

    /**
     * @param manifests every manifest of every model
     * @param live the live version of every model
     */
    RetentionPlan(
            String model,
            RetentionPolicy policy,
            Collection<CheckpointManifest> manifests,
            Collection<LiveVersion> live) {
        this.model = model;
        this.policy = policy;
        this.manifests = List.copyOf(manifests);
        live.forEach(version -> this.live.put(version.getModel(), version.getVersion()));
    }

    /** Versions of this model whose manifests may go, oldest first. */
    List<Long> removableManifests() {
        List<Long> newestFirst = newestFirst();
        return newestFirst.subList(Math.min(policy.manifests(), newestFirst.size()), newestFirst.size()).stream()
                .filter(version -> !isKeptWhole(version))
                .sorted()
                .toList();
    }

    /** Digests that must stay: what any manifest serves, and the training state where that is still kept. */
    Set<String> neededDigests() {
        List<Long> newestFirst = newestFirst();
        Set<Long> withTrainingState =
                new HashSet<>(newestFirst.subList(0, Math.min(policy.trainingStates(), newestFirst.size())));
        Set<String> needed = new HashSet<>();
        for (CheckpointManifest manifest : manifests) {
            long version = manifest.getLineage().getVersion();
            // What other models need is for their own trainers to say.
            boolean whole = !manifest.getLineage().getModel().equals(model)
                    || withTrainingState.contains(version)
                    || isKeptWhole(version);
            for (TensorEntry entry : manifest.getTensors()) {
                if (whole || entry.getRole() == TensorRole.SERVING) {
                    needed.add(entry.getDigest());
                }
            }
        }
        return needed;
    }

    private boolean isKeptWhole(long version) {
        return policy.pinned().contains(version) || version == live.getOrDefault(model, 0L);
    }

    private List<Long> newestFirst() {
        return manifests.stream()
                .filter(manifest -> manifest.getLineage().getModel().equals(model))
                .map(manifest -> manifest.getLineage().getVersion())
                .sorted(Comparator.reverseOrder())
                .toList();
    }
}
