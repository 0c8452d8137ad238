package dev.capstan.local.audit;

import dev.capstan.checkpoints.AuditableLineage;
import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CaptionEvent;
import dev.capstan.schemas.records.CheckpointLineage;
import dev.capstan.schemas.records.ClassificationEvent;
import dev.capstan.schemas.records.CuratedPair;
import dev.capstan.schemas.records.RejectedPair;
import dev.capstan.schemas.records.RejectedRequest;
import dev.capstan.schemas.records.ReloadEvent;
import dev.capstan.schemas.records.ReloadOutcome;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Recomputes every figure of a run from its topics, through read_committed readers. Each topic is read once, streaming;
 * what is kept is a few bytes a request and one bit a curated pair. One thread.
 */
public final class Audit {
    /** Topics whose rejections say that a pair could not be fetched. */
    private static final Set<String> FETCHED =
            Set.of(Topics.PAIRS_LOCATED.topicName(), Topics.PAIRS_LOCATED_RETRY.topicName());

    private final KafkaSettings settings;
    private final String model;
    private final Consumer<String> progress;

    /**
     * @param model the model whose lineage is audited
     * @param progress told which topic is being read
     */
    public Audit(KafkaSettings settings, String model, Consumer<String> progress) {
        this.settings = settings;
        this.model = model;
        this.progress = progress;
    }

    /**
     * Reads everything.
     *
     * @param now the moment up to which the age of unread records is counted
     * @throws AuditException if the topics cannot be read
     */
    public Report run(Instant now) {
        try (Admin admin = Admin.create(settings.clientProperties());
                TopicScan scan = new TopicScan(settings, admin)) {
            List<String> violations = new ArrayList<>();
            // Ends of the answers before the requests are read: each answer up to there has its request.
            Map<TopicPartition, Long> classifications = scan.ends(Topics.EVENTS_CLASSIFICATIONS);
            Map<TopicPartition, Long> captions = scan.ends(Topics.EVENTS_CAPTIONS);
            Map<TopicPartition, Long> refusals = scan.ends(Topics.REQUESTS_REJECTED);
            AnswerTally classify = new AnswerTally(String::equals);
            AnswerTally caption =
                    new AnswerTally((said, truth) -> normalised(said).equals(normalised(truth)));
            progress.accept("requests and answers");
            scan.read(Topics.REQUESTS_CLASSIFY, classify::request);
            scan.read(Topics.REQUESTS_CAPTION, caption::request);
            readEvents(scan, classifications, captions, classify, caption);
            readRefusals(scan, refusals, classify, caption);
            unasked(Topics.EVENTS_CLASSIFICATIONS, classify, violations);
            unasked(Topics.EVENTS_CAPTIONS, caption, violations);

            progress.accept("checkpoints and reloads");
            List<CheckpointLineage> lineage = lineage(scan);
            List<ReloadEvent> reloads = reloads(scan);
            progress.accept("curated pairs");
            TrainedPairs trained = new TrainedPairs(lineage, reloads);
            long curated = readCurated(scan, trained);
            AuditableLineage.violations(lineage, trained)
                    .forEach(violation -> violations.add(
                            violation.kind() + " in version " + violation.version() + ": " + violation.detail()));

            progress.accept("crawled pairs");
            Report.Pairs pairs = new Report.Pairs(
                    count(scan, Topics.PAIRS_CRAWLED), curated, count(scan, Topics.PAIRS_HELDOUT), rejections(scan));
            return new Report(
                    model,
                    now.truncatedTo(ChronoUnit.MILLIS).toString(),
                    pairs,
                    training(lineage, trained.trained()),
                    checkpoints(lineage, classify, caption),
                    servings(lineage, reloads),
                    new Report.Requests(classify.answers(), caption.answers()),
                    trained.freshness(),
                    lagSeconds(now),
                    violations,
                    null);
        }
    }

    private SortedMap<String, Double> lagSeconds(Instant now) {
        try (GroupLag lag = new GroupLag(settings)) {
            return lag.at(now).seconds();
        }
    }

    private void readEvents(
            TopicScan scan,
            Map<TopicPartition, Long> classifications,
            Map<TopicPartition, Long> captions,
            AnswerTally classify,
            AnswerTally caption) {
        try (AvroDeserializer<ClassificationEvent> events = deserializer(ClassificationEvent.class)) {
            scan.read(classifications, record -> {
                ClassificationEvent event = decode(events, record);
                if (event.getModel().equals(model)) {
                    classify.answer(
                            event.getRequestId(),
                            event.getLabel(),
                            event.getCheckpoint(),
                            event.getRequestedAt(),
                            event.getAnsweredAt());
                }
            });
        }
        try (AvroDeserializer<CaptionEvent> events = deserializer(CaptionEvent.class)) {
            scan.read(captions, record -> {
                CaptionEvent event = decode(events, record);
                if (event.getModel().equals(model)) {
                    caption.answer(
                            event.getRequestId(),
                            event.getCaption(),
                            event.getCheckpoint(),
                            event.getRequestedAt(),
                            event.getAnsweredAt());
                }
            });
        }
    }

    private void readRefusals(
            TopicScan scan, Map<TopicPartition, Long> ends, AnswerTally classify, AnswerTally caption) {
        try (AvroDeserializer<RejectedRequest> refusals = deserializer(RejectedRequest.class)) {
            scan.read(ends, record -> {
                RejectedRequest refusal = decode(refusals, record);
                String requestId = refusal.getRequestId();
                if (requestId == null) {
                    return;
                }
                if (refusal.getTopic().equals(Topics.REQUESTS_CAPTION.topicName())) {
                    caption.rejection(requestId);
                } else {
                    classify.rejection(requestId);
                }
            });
        }
    }

    private static void unasked(Topics topic, AnswerTally tally, List<String> violations) {
        if (tally.unasked() > 0) {
            violations.add(topic.topicName() + " holds " + tally.unasked() + " answers to requests that nobody asked");
        }
    }

    private List<CheckpointLineage> lineage(TopicScan scan) {
        // A compacted topic may hold a key more than once; the newest record counts.
        Map<Long, CheckpointLineage> versions = new TreeMap<>();
        try (AvroDeserializer<CheckpointLineage> records = deserializer(CheckpointLineage.class)) {
            scan.read(Topics.CHECKPOINTS_LINEAGE, record -> {
                if (record.value() != null) {
                    CheckpointLineage version = decode(records, record);
                    if (version.getModel().equals(model)) {
                        versions.put(version.getVersion(), version);
                    }
                }
            });
        }
        return List.copyOf(versions.values());
    }

    private List<ReloadEvent> reloads(TopicScan scan) {
        List<ReloadEvent> reloads = new ArrayList<>();
        try (AvroDeserializer<ReloadEvent> records = deserializer(ReloadEvent.class)) {
            scan.read(Topics.EVENTS_RELOADS, record -> {
                ReloadEvent reload = decode(records, record);
                if (reload.getModel().equals(model)) {
                    reloads.add(reload);
                }
            });
        }
        reloads.sort(Comparator.comparing(ReloadEvent::getFinishedAt).thenComparing(ReloadEvent::getInstance));
        return reloads;
    }

    private long readCurated(TopicScan scan, TrainedPairs trained) {
        AtomicLong curated = new AtomicLong();
        try (AvroDeserializer<CuratedPair> records = deserializer(CuratedPair.class)) {
            scan.read(Topics.PAIRS_CURATED, record -> {
                curated.incrementAndGet();
                trained.curated(
                        record.partition(),
                        record.offset(),
                        decode(records, record).getCrawledAt());
            });
        }
        return curated.get();
    }

    private static long count(TopicScan scan, Topics topic) {
        AtomicLong count = new AtomicLong();
        scan.read(topic, record -> count.incrementAndGet());
        return count.get();
    }

    private SortedMap<String, Long> rejections(TopicScan scan) {
        SortedMap<String, Long> rules = new TreeMap<>();
        try (AvroDeserializer<RejectedPair> records = deserializer(RejectedPair.class)) {
            scan.read(Topics.PAIRS_REJECTED, record -> {
                RejectedPair pair = decode(records, record);
                // What could not be fetched was never crawled.
                if (!FETCHED.contains(pair.getTopic())) {
                    rules.merge(pair.getRule(), 1L, Long::sum);
                }
            });
        }
        return rules;
    }

    private static Report.Training training(List<CheckpointLineage> lineage, long pairs) {
        double seconds = lineage.stream()
                .mapToDouble(CheckpointLineage::getTrainingSeconds)
                .sum();
        long steps =
                lineage.stream().mapToLong(CheckpointLineage::getStep).max().orElse(0);
        List<Report.Loss> losses = lineage.stream()
                .flatMap(version -> version.getLosses().stream())
                .map(loss -> new Report.Loss(loss.getStep(), loss.getContrastive(), loss.getCaption()))
                .toList();
        return new Report.Training(pairs, steps, seconds > 0 ? pairs / seconds : null, losses);
    }

    private static List<Report.Checkpoint> checkpoints(
            List<CheckpointLineage> lineage, AnswerTally classify, AnswerTally caption) {
        return lineage.stream()
                .map(version -> new Report.Checkpoint(
                        version.getVersion(),
                        version.getStep(),
                        version.getBytesPublished(),
                        version.getBytesTotal(),
                        new Report.Heldout(
                                version.getEvaluation().getZeroShotTop1(),
                                version.getEvaluation().getRecallAt1()),
                        newConcepts(classify.score(version.getVersion()), caption.score(version.getVersion()))))
                .toList();
    }

    private static Report.NewConcepts newConcepts(
            AnswerTally.@Nullable Score classified, AnswerTally.@Nullable Score captioned) {
        return new Report.NewConcepts(
                classified == null ? null : classified.share(),
                captioned == null ? null : captioned.share(),
                classified == null ? 0 : classified.all(),
                captioned == null ? 0 : captioned.all());
    }

    private static List<Report.Reload> servings(List<CheckpointLineage> lineage, List<ReloadEvent> reloads) {
        Map<Long, CheckpointLineage> versions =
                lineage.stream().collect(Collectors.toMap(CheckpointLineage::getVersion, Function.identity()));
        List<Report.Reload> servings = new ArrayList<>();
        for (ReloadEvent reload : reloads) {
            CheckpointLineage version = versions.get(reload.getVersion());
            if (reload.getOutcome() != ReloadOutcome.SERVING || version == null) {
                continue;
            }
            servings.add(new Report.Reload(
                    reload.getVersion(),
                    reload.getInstance(),
                    Duration.between(version.getPublishedAt(), reload.getFinishedAt())
                            .toMillis(),
                    Duration.between(reload.getDecidedAt(), reload.getFinishedAt())
                            .toMillis()));
        }
        return servings;
    }

    /** Case and white space say nothing about a caption. */
    private static String normalised(String text) {
        return text.strip().replaceAll("\\s+", " ").toLowerCase(Locale.ROOT);
    }

    private <T extends SpecificRecord> AvroDeserializer<T> deserializer(Class<T> type) {
        AvroDeserializer<T> deserializer = new AvroDeserializer<>(type);
        deserializer.configure(settings.clientProperties(), false);
        return deserializer;
    }

    private static <T extends SpecificRecord> T decode(
            AvroDeserializer<T> deserializer, ConsumerRecord<String, byte[]> record) {
        T value = deserializer.deserialize(record.topic(), record.value());
        if (value == null) {
            throw new AuditException("The record at " + record.topic() + "-" + record.partition() + " offset "
                    + record.offset() + " has no value");
        }
        return value;
    }
}
