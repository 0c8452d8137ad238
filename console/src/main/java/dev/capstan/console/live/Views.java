package dev.capstan.console.live;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the page is told, as it travels: plain values, times in milliseconds since 1970, null for what is not known. */
public final class Views {
    private Views() {}

    /**
     * The pipeline at one moment.
     *
     * @param at when
     * @param stages in the order of the stream
     * @param freshness the age of what is not learnt and served yet
     * @param problems what keeps the console from seeing, one sentence each
     */
    public record Pulse(long at, List<Stage> stages, Freshness freshness, List<String> problems) {
        public Pulse {
            stages = List.copyOf(stages);
            problems = List.copyOf(problems);
        }
    }

    /**
     * One stage.
     *
     * @param id its name in the picture
     * @param rate what it takes a second
     * @param lagSeconds age of the oldest record that it has not committed
     * @param lagRecords records that it has not committed
     * @param stalled partitions with lag on which it does not move
     * @param figures further rates and counts by name
     */
    public record Stage(
            String id,
            double rate,
            @Nullable Double lagSeconds,
            long lagRecords,
            int stalled,
            Map<String, Double> figures) {
        public Stage {
            figures = Map.copyOf(figures);
        }
    }

    /**
     * Freshness and its objective.
     *
     * @param seconds age of the oldest pair that the served checkpoint has not learnt, null if nothing is served
     * @param objective what it should not exceed
     * @param metShare share of checks at which it did not, null before the first
     * @param history what it was, oldest first; null where it was not known
     */
    public record Freshness(
            @Nullable Double seconds,
            double objective,
            @Nullable Double metShare,
            List<History> history) {
        public Freshness {
            history = List.copyOf(history);
        }
    }

    /** One earlier moment of the freshness. */
    public record History(long at, @Nullable Double seconds) {}

    /**
     * The versions of the model.
     *
     * @param model its name
     * @param live the version that should be served, if one was chosen
     * @param serving what each inference instance says of itself
     * @param versions the newest, ascending
     */
    public record Checkpoints(String model, @Nullable Live live, List<Serving> serving, List<Version> versions) {
        public Checkpoints {
            serving = List.copyOf(serving);
            versions = List.copyOf(versions);
        }
    }

    /** The version that should be served, and why. */
    public record Live(long version, String action, String reason, String decidedBy, long decidedAt) {}

    /** The last attempt of one instance to serve a version. */
    public record Serving(
            String instance,
            long version,
            boolean serving,
            @Nullable String reason,
            long at) {}

    /** One checkpoint. Losses are in nats, shares from 0 to 1. */
    public record Version(
            long version,
            @Nullable Long parent,
            String mode,
            long step,
            long pairs,
            long bytes,
            long publishedAt,
            int heldoutPairs,
            @Nullable Double recallAt1,
            @Nullable Double top1,
            @Nullable Double heldoutContrastive,
            @Nullable Double heldoutCaption,
            @Nullable Double contrastive,
            @Nullable Double caption) {}

    /**
     * What was refused lately.
     *
     * @param total refusals that were seen
     * @param rules refusals by rule, of those
     * @param newest the newest first
     */
    public record Rejections(long total, Map<String, Long> rules, List<Rejected> newest) {
        public Rejections {
            rules = Map.copyOf(rules);
            newest = List.copyOf(newest);
        }
    }

    /** One refusal, with the coordinates of its original. */
    public record Rejected(
            String rule,
            @Nullable Double score,
            @Nullable Double threshold,
            String detail,
            @Nullable String source,
            String topic,
            int partition,
            long offset,
            long rejectedAt) {}

    /** One caption. */
    public record Caption(
            String eventId, String caption, double grounding, long checkpoint, long answeredAt, long millis) {}

    /** A named list of classes that a question may be asked with. */
    public record Labels(String name, int labels) {}
}
