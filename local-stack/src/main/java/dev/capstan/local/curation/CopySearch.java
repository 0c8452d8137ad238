package dev.capstan.local.curation;

import dev.capstan.platform.KafkaSettings;
import dev.capstan.platform.takedowns.Takedowns;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.PoisonRecordException;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.schemas.records.CuratedPair;
import dev.capstan.schemas.records.TakedownKind;
import dev.capstan.schemas.records.TakedownPlace;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.InterruptException;

/**
 * Looks for the copies of what a takedown names by reading the topics that hold pictures, once each and up to where they
 * end now: time grows with what the topics hold, memory does not. At most {@value #MAX_COPIES} copies are listed, more are
 * counted.
 *
 * <p>One thread.
 */
public final class CopySearch {
    /** Copies that are listed. */
    public static final int MAX_COPIES = 1000;

    /** A broker looks for what has expired every five minutes by default. */
    private static final Duration CHECK_INTERVAL = Duration.ofMinutes(5);

    private static final long TIMEOUT_SECONDS = 30;

    private final KafkaSettings settings;
    private final Takedowns wanted = new Takedowns();
    private final ReadingProgress progress;
    private final List<PairCopy> copies = new ArrayList<>();
    private long further;

    /**
     * What was found.
     *
     * @param copies in the order of topics, partitions and offsets as they were read
     * @param further copies beyond those
     */
    public record Found(List<PairCopy> copies, long further) {
        public Found {
            copies = List.copyOf(copies);
        }

        /** Those in some topics. */
        public List<TakedownPlace> places(List<Topics> topics) {
            return copies.stream()
                    .map(PairCopy::place)
                    .filter(place ->
                            topics.stream().anyMatch(topic -> topic.topicName().equals(place.getTopic())))
                    .toList();
        }
    }

    private CopySearch(KafkaSettings settings, String key, ReadingProgress progress) {
        this.settings = settings;
        this.progress = progress;
        wanted.take(key, false);
    }

    /**
     * Searches topics for what a takedown's key names.
     *
     * @param topics some of those of crawled and curated pairs
     * @throws CurationException if they cannot be read
     */
    public static Found find(KafkaSettings settings, String key, List<Topics> topics, ReadingProgress progress) {
        CopySearch search = new CopySearch(settings, key, progress);
        Map<Topics, Optional<Duration>> kept = search.kept(topics);
        for (Topics topic : topics) {
            Optional<Duration> longest = kept.getOrDefault(topic, Optional.empty());
            if (topic.valueType() == CrawledPair.class) {
                search.read(topic, CrawledPair.class, search.wanted::naming, longest);
            } else {
                search.read(topic, CuratedPair.class, search.wanted::naming, longest);
            }
        }
        return new Found(search.copies, search.further);
    }

    private <T extends SpecificRecord> void read(
            Topics topic, Class<T> type, Function<T, Optional<TakedownKind>> naming, Optional<Duration> kept) {
        try (RangeReader reader = new RangeReader(settings, progress);
                AvroDeserializer<T> records = new AvroDeserializer<>(type)) {
            records.configure(settings.clientProperties(), false);
            reader.read(reader.all(topic), record -> {
                T pair;
                try {
                    pair = records.deserialize(record.topic(), record.value());
                } catch (PoisonRecordException e) {
                    return;
                }
                if (pair == null || naming.apply(pair).isEmpty()) {
                    return;
                }
                if (copies.size() == MAX_COPIES) {
                    further++;
                    return;
                }
                Instant time = Instant.ofEpochMilli(record.timestamp());
                copies.add(new PairCopy(
                        new TakedownPlace(record.topic(), record.partition(), record.offset(), time),
                        kept.map(time::plus).orElse(Instant.MAX)));
            });
        }
    }

    /**
     * How long a record stays at the longest, as the topics are set up now: until the last record of its segment is older
     * than the retention. Empty where a topic keeps for ever.
     */
    private Map<Topics, Optional<Duration>> kept(List<Topics> topics) {
        List<ConfigResource> resources = topics.stream()
                .map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic.topicName()))
                .toList();
        try (Admin admin = Admin.create(settings.clientProperties())) {
            Map<Topics, Optional<Duration>> kept = new HashMap<>();
            admin.describeConfigs(resources)
                    .all()
                    .get(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                    .forEach((resource, config) -> kept.put(Topics.byName(resource.name()), kept(config)));
            return kept;
        } catch (ExecutionException | TimeoutException e) {
            throw new CurationException("The retention of " + topics + " cannot be read: " + e);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    private static Optional<Duration> kept(Config config) {
        long retention = millis(config, TopicConfig.RETENTION_MS_CONFIG);
        if (retention < 0) {
            return Optional.empty();
        }
        return Optional.of(Duration.ofMillis(retention)
                .plusMillis(millis(config, TopicConfig.SEGMENT_MS_CONFIG))
                .plus(CHECK_INTERVAL));
    }

    private static long millis(Config config, String name) {
        String value = config.get(name).value();
        if (value == null) {
            throw new CurationException("The cluster does not say what " + name + " is");
        }
        return Long.parseLong(value);
    }
}
