package dev.capstan.local.audit;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The figures of a run. Everything but {@code environment} derives from the topics; a figure that cannot be measured is
 * null.
 *
 * @param model name of the model
 * @param auditedAt when the topics were read, in ISO 8601; ages are counted up to then
 * @param pairs what became of the crawled pairs
 * @param training what the trainer did
 * @param checkpoints one entry a version, ascending
 * @param reloads one entry for each time that an instance began to serve a version, in order
 * @param requests what was asked and answered
 * @param freshnessSeconds from crawled to served, over the pairs that were trained
 * @param lagSeconds age of the oldest record that the topic's consumer group has not committed, by topic; 0 if there is
 *     none
 * @param violations what contradicts the promises: pairs trained twice or never, answers nobody asked for; empty if all
 *     is well
 * @param environment what the topics cannot tell: memory, start times, the run's directory; never compared
 */
@JsonPropertyOrder({
    "model",
    "auditedAt",
    "pairs",
    "training",
    "checkpoints",
    "reloads",
    "requests",
    "freshnessSeconds",
    "lagSeconds",
    "violations",
    "environment"
})
public record Report(
        String model,
        String auditedAt,
        Pairs pairs,
        Training training,
        List<Checkpoint> checkpoints,
        List<Reload> reloads,
        Requests requests,
        Freshness freshnessSeconds,
        SortedMap<String, Double> lagSeconds,
        List<String> violations,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Environment environment) {
    public Report {
        checkpoints = List.copyOf(checkpoints);
        reloads = List.copyOf(reloads);
        lagSeconds = new TreeMap<>(lagSeconds);
        violations = List.copyOf(violations);
    }

    /** The same figures with what the topics cannot tell. */
    public Report with(Environment measured) {
        return new Report(
                model,
                auditedAt,
                pairs,
                training,
                checkpoints,
                reloads,
                requests,
                freshnessSeconds,
                lagSeconds,
                violations,
                measured);
    }

    /**
     * Records of the pair topics.
     *
     * @param crawled records of pairs.crawled
     * @param curated records of pairs.curated
     * @param heldout records of pairs.heldout
     * @param rejected records of pairs.rejected by rule
     */
    public record Pairs(long crawled, long curated, long heldout, SortedMap<String, Long> rejected) {
        public Pairs {
            rejected = new TreeMap<>(rejected);
        }
    }

    /**
     * Training from the first version to the last.
     *
     * @param pairs records of pairs.curated that lie in a shard of the lineage
     * @param steps optimiser steps since the import
     * @param pairsPerSecond pairs by seconds spent training, or null before the first step
     * @param loss the recorded losses, by step
     */
    public record Training(long pairs, long steps, @Nullable Double pairsPerSecond, List<Loss> loss) {
        public Training {
            loss = List.copyOf(loss);
        }
    }

    /** Losses of one step, before its update. */
    public record Loss(
            long step,
            @Nullable Double contrastive,
            @Nullable Double caption) {}

    /**
     * One version of the model.
     *
     * @param bytesPublished bytes of tensors that it added to the log
     * @param bytesTotal bytes of all its tensors
     * @param heldout scores on held-out pairs, measured by the trainer
     * @param newConcepts scores on pictures of concepts that the base weights had never seen, by its answers to probes
     */
    public record Checkpoint(
            long version, long step, long bytesPublished, long bytesTotal, Heldout heldout, NewConcepts newConcepts) {}

    /** Scores on held-out pairs. */
    public record Heldout(
            @Nullable Double zeroShotTop1, @Nullable Double recallAt1) {}

    /**
     * Scores on probes.
     *
     * @param zeroShotTop1 share of pictures whose best label is the true one
     * @param captionExact share of pictures whose caption is the true label, but for case and white space
     * @param classified probes behind the first
     * @param captioned probes behind the second
     */
    public record NewConcepts(
            @Nullable Double zeroShotTop1, @Nullable Double captionExact, long classified, long captioned) {}

    /**
     * An instance began to serve a version.
     *
     * @param publishToServingMs from the manifest's publication to the swap
     * @param decisionToServingMs from the decision to serve it to the swap; differs where a version is served again
     */
    public record Reload(long version, String instance, long publishToServingMs, long decisionToServingMs) {}

    /** Both request topics. */
    public record Requests(Answers classify, Answers caption) {}

    /**
     * One request topic.
     *
     * @param asked distinct requests
     * @param answered distinct requests with an answer
     * @param rejected distinct requests that were refused with a reason
     * @param duplicates answers beyond the first of their request
     * @param p50Ms median from asked to answered
     * @param p99Ms the same for the slowest hundredth
     */
    public record Answers(
            long asked,
            long answered,
            long rejected,
            long duplicates,
            @Nullable Long p50Ms,
            @Nullable Long p99Ms) {}

    /**
     * From the crawl of a pair to the first moment at which a version that learnt from it was served.
     *
     * @param unserved trained pairs that no served version holds yet
     */
    public record Freshness(@Nullable Double p50, @Nullable Double p95, long unserved) {}

    /**
     * What the run's own process measured.
     *
     * @param directory the run's directory: its topics can be audited again
     * @param corpus what was streamed
     * @param startToReadySeconds from the start to the last process that was ready
     * @param startToFirstAnswerSeconds from the start to the first answered request
     * @param processors processors that the run could use
     * @param residentMebibytes peak resident memory by process, and in total at one moment
     * @param residentOverTime total resident memory in MiB, sampled evenly
     * @param restarts processes that had to be started again
     */
    public record Environment(
            String directory,
            String corpus,
            double startToReadySeconds,
            @Nullable Double startToFirstAnswerSeconds,
            int processors,
            SortedMap<String, Long> residentMebibytes,
            List<Long> residentOverTime,
            int restarts) {
        public Environment {
            residentMebibytes = new TreeMap<>(residentMebibytes);
            residentOverTime = List.copyOf(residentOverTime);
        }
    }
}
