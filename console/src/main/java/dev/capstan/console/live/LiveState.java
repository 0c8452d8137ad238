package dev.capstan.console.live;

import dev.capstan.platform.Ages;
import dev.capstan.schemas.records.CaptionEvent;
import dev.capstan.schemas.records.CheckpointLineage;
import dev.capstan.schemas.records.LabelSet;
import dev.capstan.schemas.records.LiveVersion;
import dev.capstan.schemas.records.RejectedPair;
import dev.capstan.schemas.records.ReloadEvent;
import dev.capstan.schemas.records.ReloadOutcome;
import dev.capstan.schemas.records.StepLoss;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * What the topics said lately, each kind bounded. Written by the follower's thread, read by any. Texts are shortened here:
 * whoever writes to a topic does not choose how much the page holds.
 */
public final class LiveState {
    private static final int SHOWN = 40;
    private static final int MAX_VERSIONS = 400;
    private static final int MAX_NAMES = 64;
    private static final int MAX_TEXT = 300;

    private final String model;
    private final TreeMap<Long, Views.Version> versions = new TreeMap<>();
    private final TreeMap<Long, Map<TopicPartition, Long>> positions = new TreeMap<>();
    private final Map<String, Views.Serving> servings = new LinkedHashMap<>();
    private final Map<String, Long> rules = new HashMap<>();
    private final Deque<Views.Rejected> rejected = new ArrayDeque<>();
    private final Deque<Views.Caption> captions = new ArrayDeque<>();
    private final TreeMap<String, Integer> labelSets = new TreeMap<>();
    private Views.@Nullable Live live;
    private long rejections;
    private long answers;
    private long trainedPairs;
    private long checkpointsRevision;
    private long rejectedRevision;
    private long captionsRevision;

    public LiveState(String model) {
        this.model = model;
    }

    /** @param counts whether it came after the console started, and so belongs into rates */
    synchronized void checkpoint(CheckpointLineage lineage, boolean counts) {
        if (!lineage.getModel().equals(model)) {
            return;
        }
        if (versions.put(lineage.getVersion(), version(lineage)) == null && counts) {
            trainedPairs += lineage.getPairs();
        }
        Map<TopicPartition, Long> offsets = new HashMap<>();
        lineage.getOffsets()
                .forEach(offset ->
                        offsets.put(new TopicPartition(offset.getTopic(), offset.getPartition()), offset.getOffset()));
        positions.put(lineage.getVersion(), offsets);
        while (versions.size() > MAX_VERSIONS) {
            versions.pollFirstEntry();
            positions.pollFirstEntry();
        }
        checkpointsRevision++;
    }

    synchronized void live(LiveVersion decision) {
        if (decision.getModel().equals(model)) {
            live = new Views.Live(
                    decision.getVersion(),
                    decision.getAction().name(),
                    shortened(decision.getReason()),
                    shortened(decision.getDecidedBy()),
                    decision.getDecidedAt().toEpochMilli());
            checkpointsRevision++;
        }
    }

    synchronized void reload(ReloadEvent event) {
        if (!event.getModel().equals(model)) {
            return;
        }
        String instance = shortened(event.getInstance());
        servings.remove(instance);
        servings.put(
                instance,
                new Views.Serving(
                        instance,
                        event.getVersion(),
                        event.getOutcome() == ReloadOutcome.SERVING,
                        event.getReason() == null ? null : shortened(event.getReason()),
                        event.getFinishedAt().toEpochMilli()));
        if (servings.size() > MAX_NAMES) {
            servings.remove(servings.keySet().iterator().next());
        }
        checkpointsRevision++;
    }

    /** @param counts whether it came after the console started, and so belongs into rates */
    synchronized void rejected(RejectedPair pair, boolean counts) {
        String rule = shortened(pair.getRule());
        if (rules.containsKey(rule) || rules.size() < MAX_NAMES) {
            rules.merge(rule, 1L, Long::sum);
        }
        rejected.addFirst(new Views.Rejected(
                rule,
                finite(pair.getScore()),
                finite(pair.getThreshold()),
                shortened(pair.getDetail()),
                pair.getSource() == null ? null : shortened(pair.getSource()),
                shortened(pair.getTopic()),
                pair.getPartition(),
                pair.getOffset(),
                pair.getRejectedAt().toEpochMilli()));
        if (rejected.size() > SHOWN) {
            rejected.removeLast();
        }
        if (counts) {
            rejections++;
        }
        rejectedRevision++;
    }

    /** @param counts whether it came after the console started, and so belongs into rates */
    synchronized void captioned(CaptionEvent event, boolean counts) {
        captions.addFirst(new Views.Caption(
                shortened(event.getEventId()),
                shortened(event.getCaption()),
                Double.isFinite(event.getGrounding()) ? event.getGrounding() : 0,
                event.getCheckpoint(),
                event.getAnsweredAt().toEpochMilli(),
                Ages.between(event.getRequestedAt(), event.getAnsweredAt()).toMillis()));
        if (captions.size() > SHOWN) {
            captions.removeLast();
        }
        if (counts) {
            answers++;
        }
        captionsRevision++;
    }

    synchronized void classified() {
        answers++;
    }

    synchronized void labelSet(String name, @Nullable LabelSet set) {
        if (set == null) {
            labelSets.remove(name);
            return;
        }
        if (labelSets.containsKey(name) || labelSets.size() < MAX_NAMES) {
            labelSets.put(shortened(name), set.getLabels().size());
        }
    }

    /** Rises whenever {@link #checkpoints} changes. */
    public synchronized long checkpointsRevision() {
        return checkpointsRevision;
    }

    /** Rises whenever {@link #rejections} changes. */
    public synchronized long rejectedRevision() {
        return rejectedRevision;
    }

    /** Rises whenever {@link #captions} changes. */
    public synchronized long captionsRevision() {
        return captionsRevision;
    }

    public synchronized Views.Checkpoints checkpoints() {
        return new Views.Checkpoints(
                model, live, new ArrayList<>(servings.values()), new ArrayList<>(versions.values()));
    }

    public synchronized Views.Rejections rejections() {
        return new Views.Rejections(
                rules.values().stream().mapToLong(Long::longValue).sum(), rules, new ArrayList<>(rejected));
    }

    /** The newest captions, the newest first. */
    public synchronized List<Views.Caption> captions() {
        return List.copyOf(captions);
    }

    public synchronized List<Views.Labels> labelSets() {
        return labelSets.entrySet().stream()
                .map(set -> new Views.Labels(set.getKey(), set.getValue()))
                .toList();
    }

    /** Refusals since the console started. */
    synchronized long rejectedCount() {
        return rejections;
    }

    /** Answers since the console started. */
    synchronized long answerCount() {
        return answers;
    }

    /** Pairs in checkpoints since the console started. */
    synchronized long trainedPairs() {
        return trainedPairs;
    }

    /** The newest version, if there is one. */
    synchronized Optional<Views.Version> newest() {
        return Optional.ofNullable(versions.lastEntry()).map(Map.Entry::getValue);
    }

    /** The version that was served last, if one was. */
    synchronized Optional<Long> served() {
        return servings.values().stream()
                .filter(Views.Serving::serving)
                .reduce((older, newer) -> newer)
                .map(Views.Serving::version);
    }

    /** Offsets of pairs.curated up to which the served version has learnt; empty if nothing is served or it is not kept. */
    synchronized Map<TopicPartition, Long> servedPositions() {
        return served().map(version -> positions.getOrDefault(version, Map.of()))
                .orElse(Map.of());
    }

    private static Views.Version version(CheckpointLineage lineage) {
        return new Views.Version(
                lineage.getVersion(),
                lineage.getParent(),
                lineage.getMode().name(),
                lineage.getStep(),
                lineage.getPairs(),
                lineage.getBytesPublished(),
                lineage.getPublishedAt().toEpochMilli(),
                lineage.getEvaluation().getHeldoutPairs(),
                finite(lineage.getEvaluation().getRecallAt1()),
                finite(lineage.getEvaluation().getZeroShotTop1()),
                finite(lineage.getEvaluation().getContrastiveLoss()),
                finite(lineage.getEvaluation().getCaptionLoss()),
                mean(lineage.getLosses().stream().map(StepLoss::getContrastive).toList()),
                mean(lineage.getLosses().stream().map(StepLoss::getCaption).toList()));
    }

    private static @Nullable Double mean(List<@Nullable Double> losses) {
        double sum = 0;
        int count = 0;
        for (Double loss : losses) {
            if (loss != null && Double.isFinite(loss)) {
                sum += loss;
                count++;
            }
        }
        return count == 0 ? null : (Double) (sum / count);
    }

    private static @Nullable Double finite(@Nullable Double value) {
        return value == null || !Double.isFinite(value) ? null : value;
    }

    private static String shortened(String text) {
        return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "…";
    }
}
